package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tundish/adapters/foreign"
	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// Past is what a comparison may do with the store: read.
type Past interface {
	Messages(ctx context.Context, q core.MessageQuery) ([]core.LoggedMessage, error)
	OutboxMessages(ctx context.Context, q core.OutboxQuery) ([]core.OutboxMessage, error)
}

// Compared is what two mappings make of one message.
type Compared struct {
	ID          string               `json:"id"`
	Operation   string               `json:"operation"`
	Differences []foreign.Difference `json:"differences"`
	// Trouble is why the message could not be compared, "" if it could.
	Trouble string `json:"trouble,omitempty"`
}

// Candidate reads a mapping that might take the place of a system's own. What it names lies beside it, or
// where the system's own lies.
func (s *Settings) Candidate(sys *config.System, file string) (*mapping.Mapping, error) {
	var p lang.Problems
	dir, name := filepath.Split(filepath.Clean(file))
	if dir == "" {
		dir = "."
	}
	around := surroundings(s.Tree, sys, s.Types.Codes(), s.References, nil)
	around.Folder, around.AnyName = filepath.ToSlash(dir), true
	m := mapping.Load(firstOf{os.DirFS(dir), os.DirFS(s.Config.Dirs.Mappings)}, name, around, &p)
	return m, p.Err()
}

// firstOf are folders, the first of which that has a file gives it.
type firstOf []fs.FS

func (all firstOf) Open(name string) (f fs.File, err error) {
	for _, folder := range all {
		if f, err = folder.Open(name); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return f, err
}

// Compare runs the last messages of a system, those it sent, the lists it was asked for and
// what it was or is to be told, through the mapping that is live and a candidate. Nothing is
// written. told hears of every message that was looked at.
func Compare(ctx context.Context, past Past, sys *config.System, live, candidate *mapping.Mapping, last int, l lang.Lang, told func(Compared)) error {
	id := core.SystemID(sys.ID.V)
	messages, err := past.Messages(ctx, core.MessageQuery{System: id, Limit: last, WithBodies: true})
	if err != nil {
		return err
	}
	for i := range slices.Backward(messages) {
		m := &messages[i]
		c := Compared{ID: m.ID, Operation: m.Operation}
		var err error
		known := true
		if m.Direction == core.Inbound {
			c.Differences, known, err = foreign.CompareRequest(live, candidate, m.Request, l)
		} else if c.Differences, known = nil, false; len(m.Response) > 0 {
			a, b := pulling(live, m), pulling(candidate, m)
			if known = a != nil || b != nil; known {
				c.Differences, err = foreign.CompareAnswer(a, b, m.Response, l)
			}
		}
		if !known {
			continue
		}
		if err != nil {
			c.Trouble = err.Error()
		}
		told(c)
	}
	owed, err := past.OutboxMessages(ctx, core.OutboxQuery{Target: id, Limit: last})
	if err != nil {
		return err
	}
	for i := range slices.Backward(owed) {
		c := Compared{ID: owed[i].ID, Operation: string(owed[i].Kind)}
		if c.Differences, err = foreign.CompareTold(live, candidate, &owed[i]); err != nil {
			c.Trouble = err.Error()
		}
		told(c)
	}
	return nil
}

// pulling finds the pull whose answer a message holds.
func pulling(m *mapping.Mapping, message *core.LoggedMessage) *mapping.Pulling {
	for _, p := range m.Pulls {
		if p.Name == message.Operation {
			return p
		}
	}
	return nil
}

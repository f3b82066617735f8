package reconcile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Parallel holds the orders of two systems that should bring the same ones, a new way in beside the
// one it will replace, against each other by reference and field. Only what a source decides
// is looked at: numbers, versions and how far work has got are each side's own.
type Parallel struct {
	ignore []string
	tally  ParallelTally
	out    []ParallelDifference
}

// ParallelTally counts a comparison.
type ParallelTally struct {
	Left    int `json:"left"`  // orders of the first system
	Right   int `json:"right"` // of the second
	Same    int `json:"same"`
	Differ  int `json:"differ"`   // on both sides, in other words
	OnlyOne int `json:"only_one"` // on one side
}

// Agree tells that both sides have the same.
func (t ParallelTally) Agree() bool { return t.Differ == 0 && t.OnlyOne == 0 }

// ParallelDifference is one thing on which two systems disagree.
type ParallelDifference struct {
	Ref    string `json:"ref"`    // the source's number, with its period
	Period string `json:"period"` // "" without
	// Field that differs; order where one side has none.
	Field string `json:"field"`
	Left  string `json:"left"`
	Right string `json:"right"`
}

// NewParallel begins a comparison. ignore are fields that may differ, such as channel or customer,
// which stands for all its parts.
func NewParallel(ignore []string) *Parallel { return &Parallel{ignore: ignore} }

// Pair holds two orders against each other. nil is an order that a side lacks.
func (p *Parallel) Pair(left, right *core.WorkOrder) {
	switch {
	case left == nil && right == nil:
		return
	case right == nil:
		p.tally.Left++
		p.lacks(left, ParallelDifference{Left: string(left.No)})
		return
	case left == nil:
		p.tally.Right++
		p.lacks(right, ParallelDifference{Right: string(right.No)})
		return
	}
	p.tally.Left, p.tally.Right = p.tally.Left+1, p.tally.Right+1
	a, b := SourceFields(left), SourceFields(right)
	same := true
	for name := range b {
		if _, ok := a[name]; !ok {
			a[name] = ""
		}
	}
	for name, text := range a {
		if text != b[name] && !p.ignores(name) && !(name == "deadline" && sameRule(left, right)) {
			same = false
			p.out = append(p.out, ParallelDifference{Ref: left.Ref.External, Period: left.Ref.Period, Field: name, Left: text, Right: b[name]})
		}
	}
	if same {
		p.tally.Same++
	} else {
		p.tally.Differ++
	}
}

// sameRule tells that two deadlines may both be the order type's, which counts from when an order
// came in; a row of a list has none of its own.
func sameRule(left, right *core.WorkOrder) bool {
	if right.ReceivedAt.IsZero() {
		return right.DueAt.IsZero()
	}
	return (left.DueAt.Sub(left.ReceivedAt) - right.DueAt.Sub(right.ReceivedAt)).Abs() < time.Second
}

func (p *Parallel) lacks(o *core.WorkOrder, d ParallelDifference) {
	p.tally.OnlyOne++
	d.Ref, d.Period, d.Field = o.Ref.External, o.Ref.Period, "order"
	if d.Left+d.Right == "" {
		d.Right = "listed" // a row has no number of ours
	}
	p.out = append(p.out, d)
}

func (p *Parallel) ignores(field string) bool {
	return slices.ContainsFunc(p.ignore, func(i string) bool { return field == i || strings.HasPrefix(field, i+".") })
}

// Result is what was found, by reference and field.
func (p *Parallel) Result() (ParallelTally, []ParallelDifference) {
	slices.SortFunc(p.out, func(a, b ParallelDifference) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Period, b.Period), cmp.Compare(a.Field, b.Field))
	})
	return p.tally, p.out
}

// SourceFields are what a source decides about an order, by the names that mappings use; empty ones
// are left out.
func SourceFields(o *core.WorkOrder) map[string]string {
	out := map[string]string{"type": o.Type, "urgency": string(o.Urgency), "channel": o.Channel}
	for name, t := range map[string]time.Time{"source_at": o.SourceAt, "deadline": o.DueAt} {
		if !t.IsZero() {
			out[name] = t.UTC().Format(time.RFC3339Nano)
		}
	}
	for name, part := range map[string]any{"customer": o.Customer, "place": o.Place, "meter": o.Meter, "report": o.Report, "appointment": o.Appointment, "extra": o.Extra} {
		flatten(out, name, part)
	}
	for name, text := range out {
		if text == "" {
			delete(out, name)
		}
	}
	return out
}

// flatten puts the parts of a value under names with dots, as its JSON has them.
func flatten(out map[string]string, name string, part any) {
	text, err := json.Marshal(part)
	if err != nil {
		out[name] = err.Error()
		return
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		out[name] = err.Error()
		return
	}
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case nil:
		case map[string]any:
			for k, x := range v {
				walk(name+"."+k, x)
			}
		case []any:
			for i, x := range v {
				walk(fmt.Sprintf("%s.%d", name, i+1), x)
			}
		default:
			if text := fmt.Sprint(v); text != "0001-01-01T00:00:00Z" {
				out[name] = text
			}
		}
	}
	walk(name, tree)
}

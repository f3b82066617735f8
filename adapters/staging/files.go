package staging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"

	"go.uber.org/zap"

	"tundish/adapters/mapping"
	"tundish/core"
	"tundish/core/pull"
)

// FilesOptions of [Files].
type FilesOptions struct {
	System core.SystemID
	Sheet  *mapping.Sheet
	Folder string // where Sheet.Folder is
	// Complete fills in what orders of the system leave out.
	Complete func(*core.WorkOrder) error
	Clock    core.Clock
	Log      *zap.Logger
	Chinese  bool // language of receipts
}

// Files is a list of orders that lies in a folder, as files of rows. A file is one piece: its rows
// are looked through before the first is taken, and when the last is stored or refused it is done.
type Files struct {
	o        FilesOptions
	optional map[string]bool
	dry      bool // leaves everything as it is
	reader   *reader

	mu    sync.Mutex // Fetch and Confirm come from two hands
	now   *run
	open  *cursor
	lines map[string]map[int]bool // by journal: lines that have their receipt

	step func(what string) error // tests: dies before something is changed
}

// cursor is a file being read, before part number part.
type cursor struct {
	name string
	part int
	file *os.File
	*sheet
}

var _ pull.Tried = (*Files)(nil)

// NewFiles makes the source of an entry of files.
func NewFiles(o FilesOptions) (*Files, error) {
	if o.System == "" || o.Sheet == nil || o.Folder == "" || o.Complete == nil || o.Clock == nil || o.Log == nil {
		return nil, errors.New("staging: system, sheet, folder, complete, clock and log are required")
	}
	s := &Files{o: o, optional: map[string]bool{}, lines: map[string]map[int]bool{}, step: func(string) error { return nil }}
	for _, c := range o.Sheet.Optional {
		s.optional[c.V] = true
	}
	s.reader = newReader(o.System, o.Sheet.Rows, o.Complete)
	return s, nil
}

func (s *Files) format() format { return format{s.o.Sheet.Charset, s.o.Sheet.Separates()} }

// Try gives a source that lists the files that match, whole or not, where they lie.
func (s *Files) Try() pull.Source {
	dry, err := NewFiles(s.o)
	if err != nil {
		return s // it was made of the same
	}
	dry.dry = true
	return dry
}

// Fetch lists one page. The first page of a run takes the files that are whole; a bad file is a
// row of its own, which is refused.
func (s *Files) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := s.root()
	if err != nil {
		return pull.Page{}, err
	}
	defer root.Close()
	out := pull.Page{Once: true}
	if err := s.begin(ctx, root, w, page, size); err != nil {
		return pull.Page{}, err
	}
	if !s.now.of(w) {
		return out, nil // what it listed is done, or another run has it
	}
	f, part, refused, more := s.now.at(page)
	switch {
	case refused:
		for _, r := range s.now.Refused {
			out.Items = append(out.Items, s.refusal(&r))
		}
	case f != nil:
		if out.Items, err = s.part(root, f, part); err != nil {
			return pull.Page{}, err
		}
	}
	out.More = more
	logged(s.o.System, s.o.Sheet.Name, s.o.Clock, &out)
	return out, nil
}

func (s *Files) refusal(r *refusedFile) pull.Item {
	it := pull.Item{Err: &core.Error{Kind: core.Invalid, Code: "bad_file", Field: r.At, Message: r.En, MessageZH: r.Zh}}
	it.Order.Ref.System = s.o.System
	return it
}

// begin finds out what the run took, or takes it.
func (s *Files) begin(ctx context.Context, root *os.Root, w pull.Window, page, size int) error {
	if s.now.of(w) {
		return nil
	}
	if s.open != nil {
		_ = s.open.file.Close()
		s.open = nil
	}
	if s.dry {
		if page > 0 {
			return nil
		}
		files, err := list(root, ".")
		if err != nil {
			return trouble("list the folder", err)
		}
		for name := range files {
			if fits, _ := path.Match(s.o.Sheet.Pattern.V, name); !fits {
				delete(files, name)
			}
		}
		r := &run{From: w.From, To: w.To, Size: size, dir: "."}
		s.now = r
		return s.look(ctx, root, r, files)
	}
	r, err := recall(root)
	if err != nil {
		return err
	}
	if r.of(w) {
		s.now = r
		return s.settle(root, r)
	}
	if page > 0 {
		s.now = nil
		return nil
	}
	if r, err = s.take(ctx, root, w, size); err != nil {
		return err
	}
	s.now = r
	for _, f := range r.Files {
		s.o.Log.Info("took a file", zap.String("op", s.o.Sheet.Name), zap.String("file", f.Name), zap.Int("rows", f.Rows))
	}
	for _, f := range r.Refused {
		s.o.Log.Error("refused a file as a whole; see the text beside it in the folder refused", zap.String("op", s.o.Sheet.Name), zap.String("file", f.Name), zap.String("at", f.At), zap.String("err", f.En))
	}
	return nil
}

// part reads one page of a file; none when the file is done.
func (s *Files) part(root *os.Root, f *takenFile, part int) ([]pull.Item, error) {
	c, err := s.seek(root, f, part)
	if err != nil || c == nil {
		return nil, err
	}
	s.open = nil // until it is known to be good
	items := make([]pull.Item, 0, s.now.Size)
	for len(items) < s.now.Size {
		line, texts, err := c.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			_ = c.file.Close()
			return nil, err
		}
		items = append(items, s.reader.item(c.columns, texts, place(f.Name, line)))
	}
	if c.part++; c.part < s.now.pages(f) {
		s.open = c
		return items, nil
	}
	return items, c.file.Close()
}

// seek brings a file to the beginning of a part; nil when the file is done.
func (s *Files) seek(root *os.Root, f *takenFile, part int) (*cursor, error) {
	c := s.open
	if c == nil || c.name != f.Name || c.part != part {
		if c != nil {
			_ = c.file.Close()
			s.open = nil
		}
		file, err := root.Open(s.now.dir + "/" + f.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, trouble("open "+f.Name, err)
		}
		c = &cursor{name: f.Name, part: part, file: file}
		if c.sheet, err = newSheet(f.Name, file, s.format()); err != nil {
			_ = file.Close()
			return nil, err
		}
		for range part * s.now.Size {
			if _, _, err := c.next(); err != nil {
				_ = file.Close()
				return nil, err
			}
		}
	}
	info, err := c.file.Stat()
	if err == nil && (info.Size() != f.Bytes || !info.ModTime().Equal(f.Modified)) {
		s.now = nil // the next run looks it through anew
		err = errors.Join(core.Invalidf("file_changed", f.Name, "the file was written to after it was taken; let the system write elsewhere and rename, use a marker, or set settled longer", "文件被取走后又被写入；请让对方先写入别处再改名，或使用 marker，或加长 settled"), c.file.Close(), root.Remove(manifest))
		s.open = nil
	}
	return c, err
}

// Confirm writes down what became of rows, and finishes files of which every row is.
func (s *Files) Confirm(_ context.Context, rs []pull.Receipt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := s.root()
	if err != nil {
		return err
	}
	defer root.Close()
	r := s.now
	if r == nil {
		if r, err = recall(root); err != nil || r == nil {
			return err
		}
	}
	byFile := map[string][]told{}
	for _, receipt := range rs {
		if name, line, ok := whose(receipt.Place); ok {
			byFile[name] = append(byFile[name], toldOf(line, receipt))
		}
	}
	for i := range r.Files {
		f := &r.Files[i]
		if len(byFile[f.Name]) == 0 {
			continue
		}
		if err := s.keep(root, r, f, byFile[f.Name]); err != nil {
			return err
		}
		whole, err := s.complete(root, r, f, byFile[f.Name])
		if err == nil && whole {
			err = s.finish(root, r, f)
		}
		if err != nil {
			return fmt.Errorf("finish %s: %w", f.Name, err)
		}
	}
	return nil
}

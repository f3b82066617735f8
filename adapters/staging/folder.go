package staging

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/pull"
)

// The folder that a system writes to has three of ours in it. A file goes from one to the next by
// being renamed, which either happened or did not:
//
//	FOLDER/orders.csv           theirs
//	FOLDER/taken/orders.csv     a run reads it; nobody writes to it any more
//	FOLDER/done/orders.csv      every row is stored or refused, as orders.receipt.csv says
//	FOLDER/refused/orders.csv   a bad file, as orders.csv.txt says; none of its rows was taken
//
// What a run took stands in taken/.run.json, so that the same run, resumed, has the same pages.
// A run that finds files of another in taken takes them as if they were new: their rows are known.
const (
	takenDir   = "taken"
	doneDir    = "done"
	refusedDir = "refused"
	manifest   = takenDir + "/.run.json"
)

// run is what a run took.
type run struct {
	From    time.Time     `json:"from"`
	To      time.Time     `json:"to"`
	Size    int           `json:"page_size"`
	Refused []refusedFile `json:"refused,omitempty"`
	Files   []takenFile   `json:"files"`

	dir string // of the files: taken, or the folder itself in a dry run
}

// takenFile is a good file.
type takenFile struct {
	Name     string    `json:"name"`
	As       string    `json:"as"` // its name in done
	Rows     int       `json:"rows"`
	Bytes    int64     `json:"bytes"`
	Modified time.Time `json:"modified"`
}

// refusedFile is a bad one and why.
type refusedFile struct {
	Name string `json:"name"`
	As   string `json:"as"`
	At   string `json:"at"`
	En   string `json:"en"`
	Zh   string `json:"zh"`
}

func (r *run) of(w pull.Window) bool {
	return r != nil && r.From.UnixMilli() == w.From.UnixMilli() && r.To.UnixMilli() == w.To.UnixMilli()
}

// pages of a file, each with at most Size rows.
func (r *run) pages(f *takenFile) int { return (f.Rows + r.Size - 1) / r.Size }

// at finds what a page holds: the bad files, or part number part of a file.
func (r *run) at(page int) (f *takenFile, part int, refused, more bool) {
	if len(r.Refused) > 0 {
		if page == 0 {
			return nil, 0, true, slices.ContainsFunc(r.Files, func(f takenFile) bool { return f.Rows > 0 })
		}
		page--
	}
	for i := range r.Files {
		n := r.pages(&r.Files[i])
		if page < n {
			rest := r.Files[i+1:]
			return &r.Files[i], page, false, page+1 < n || slices.ContainsFunc(rest, func(f takenFile) bool { return f.Rows > 0 })
		}
		page -= n
	}
	return nil, 0, false, false
}

// root opens the folder; nothing outside of it can be reached through what it gives.
func (s *Files) root() (*os.Root, error) {
	root, err := os.OpenRoot(s.o.Folder)
	if err == nil && !s.dry {
		for _, dir := range []string{takenDir, doneDir, refusedDir} {
			if err = root.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
				_ = root.Close()
				break
			}
			err = nil
		}
	}
	if err != nil {
		return nil, trouble("open the folder of "+s.o.Sheet.Name, err)
	}
	return root, nil
}

func trouble(doing string, err error) error {
	return &core.Error{Kind: core.Unavailable, Code: "folder", Message: doing, MessageZH: "文件夹无法使用", Err: err}
}

// list is what lies in a folder: files only, without those that begin with a dot.
func list(root *os.Root, dir string) (map[string]fs.FileInfo, error) {
	entries, err := fs.ReadDir(root.FS(), dir)
	if err != nil {
		return nil, err
	}
	found := map[string]fs.FileInfo{}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // gone since
			continue
		}
		if err != nil {
			return nil, err
		}
		found[e.Name()] = info
	}
	return found, nil
}

// settled lists the files that are whole.
func (s *Files) settled(ctx context.Context, root *os.Root) ([]string, error) {
	first, err := list(root, ".")
	if err != nil {
		return nil, err
	}
	wanted := func(name string) bool {
		fits, _ := path.Match(s.o.Sheet.Pattern.V, name)
		return fits && (s.o.Sheet.Marker == "" || first[name+s.o.Sheet.Marker] != nil)
	}
	var names []string
	for name := range first {
		if wanted(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 || s.o.Sheet.Marker != "" || s.o.Sheet.Settled == 0 {
		return names, nil
	}
	wait := time.NewTimer(s.o.Sheet.Settled)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-wait.C:
	}
	then, err := list(root, ".")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool {
		was, is := first[name], then[name]
		return is == nil || was.Size() != is.Size() || !was.ModTime().Equal(is.ModTime())
	}), nil
}

// take begins a run: it takes what is whole, looks through it and writes down what it took.
func (s *Files) take(ctx context.Context, root *os.Root, w pull.Window, size int) (*run, error) {
	left, err := list(root, takenDir)
	if err != nil {
		return nil, trouble("list what was taken", err)
	}
	whole, err := s.settled(ctx, root)
	if err != nil {
		return nil, trouble("list the folder", err)
	}
	for _, name := range whole {
		if left[name] != nil {
			continue // the one before it is not done
		}
		if err := s.step("take"); err != nil {
			return nil, err
		}
		if err := root.Rename(name, takenDir+"/"+name); err != nil {
			return nil, trouble("take "+name, err)
		}
		if s.o.Sheet.Marker != "" {
			if err := root.Remove(name + s.o.Sheet.Marker); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, trouble("take "+name, err)
			}
		}
	}
	if left, err = list(root, takenDir); err != nil {
		return nil, trouble("list what was taken", err)
	}
	r := &run{From: w.From, To: w.To, Size: size, dir: takenDir}
	if err := s.look(ctx, root, r, left); err != nil {
		return nil, err
	}
	if len(r.Files)+len(r.Refused) == 0 {
		return r, nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := s.write(root, manifest, text); err != nil {
		return nil, err
	}
	if err := s.forget(root, r); err != nil {
		return nil, err
	}
	return r, s.settle(root, r)
}

// look reads every file of a run through and sorts good from bad.
func (s *Files) look(ctx context.Context, root *os.Root, r *run, files map[string]fs.FileInfo) error {
	names := map[string]bool{}
	for name := range files {
		names[name] = true
	}
	order := make([]string, 0, len(names))
	for name := range names {
		order = append(order, name)
	}
	slices.SortFunc(order, func(a, b string) int { // oldest first: a later file may amend an earlier one's order
		return cmp.Or(files[a].ModTime().Compare(files[b].ModTime()), cmp.Compare(a, b))
	})
	given := map[string]bool{}
	for _, name := range order {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rows, err := s.through(root, r.dir+"/"+name)
		var e *core.Error
		if errors.As(err, &e) && e.Code == "bad_file" {
			as := free(root, refusedDir, name, given, func(as string) []string { return []string{as, as + ".txt"} })
			r.Refused = append(r.Refused, refusedFile{Name: name, As: as, At: e.Field, En: e.Message, Zh: e.MessageZH})
			continue
		}
		if err != nil {
			return err
		}
		as := free(root, doneDir, name, given, func(as string) []string { return []string{as, receiptName(as)} })
		r.Files = append(r.Files, takenFile{Name: name, As: as, Rows: rows, Bytes: files[name].Size(), Modified: files[name].ModTime()})
	}
	return nil
}

// through reads a file from the first to the last row and counts them.
func (s *Files) through(root *os.Root, name string) (rows int, err error) {
	f, err := root.Open(name)
	if err != nil {
		return 0, trouble("open "+name, err)
	}
	defer f.Close()
	sh, err := newSheet(path.Base(name), f, s.format())
	if err != nil {
		return 0, err
	}
	for _, c := range s.o.Sheet.Rows.Columns() {
		if !slices.Contains(sh.columns, c) && !s.optional[c] {
			return 0, sh.lacks(c)
		}
	}
	for {
		switch _, _, err := sh.next(); {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return 0, err
		}
		rows++
	}
}

// free finds a name that is not taken in dir; uses are the files that will have it.
func free(root *os.Root, dir, name string, given map[string]bool, uses func(as string) []string) string {
	ext := path.Ext(name)
	for i := 1; ; i++ {
		as := name
		if i > 1 {
			as = fmt.Sprintf("%s~%d%s", strings.TrimSuffix(name, ext), i, ext)
		}
		used := slices.ContainsFunc(uses(as), func(n string) bool {
			_, err := root.Lstat(dir + "/" + n)
			return err == nil || given[dir+"/"+n]
		})
		if !used {
			for _, n := range uses(as) {
				given[dir+"/"+n] = true
			}
			return as
		}
	}
}

// settle moves what can be moved at once: bad files, and those without a row. It may be repeated.
func (s *Files) settle(root *os.Root, r *run) error {
	for _, f := range r.Refused {
		if _, err := root.Lstat(takenDir + "/" + f.Name); err != nil {
			continue // it is there
		}
		note := fmt.Sprintf("\ufeff%s\r\n%s\r\n%s\r\n", f.At, f.En, f.Zh)
		if err := s.write(root, refusedDir+"/"+f.As+".txt", []byte(note)); err != nil {
			return err
		}
		if err := s.move(root, takenDir+"/"+f.Name, refusedDir+"/"+f.As); err != nil {
			return err
		}
	}
	for i := range r.Files {
		if f := &r.Files[i]; f.Rows == 0 {
			if err := s.finish(root, r, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// recall reads what a run took.
func recall(root *os.Root) (*run, error) {
	text, err := root.ReadFile(manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	r := &run{dir: takenDir}
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		return nil, trouble("read "+manifest, err)
	}
	return r, nil
}

// write makes a file whole or not at all, and durable.
func (s *Files) write(root *os.Root, name string, text []byte) error {
	if err := s.step("write"); err != nil {
		return err
	}
	tmp := path.Join(path.Dir(name), "."+path.Base(name)+".tmp")
	f, err := root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return trouble("write "+name, err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return trouble("write "+name, err)
	}
	return s.move(root, tmp, name)
}

// move renames, durably.
func (s *Files) move(root *os.Root, from, to string) error {
	if err := s.step("move"); err != nil {
		return err
	}
	if err := root.Rename(from, to); err != nil {
		return trouble("move "+from, err)
	}
	for _, dir := range []string{path.Dir(from), path.Dir(to)} {
		d, err := root.Open(dir)
		if err == nil {
			err = errors.Join(d.Sync(), d.Close())
		}
		if err != nil {
			return trouble("move "+from, err)
		}
	}
	return nil
}

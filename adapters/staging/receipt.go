package staging

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"

	"tundish/core/pull"
)

// Receipts of a file's rows are gathered in taken/.receipts-RUN-NAME, one line of JSON each, and
// become done/NAME.receipt.csv when every row has one.

// told is what became of a row.
type told struct {
	Line int    `json:"line"` // of the file
	Ref  string `json:"ref"`
	No   string `json:"no,omitempty"`
	En   string `json:"refused,omitempty"`
	Zh   string `json:"refused_zh,omitempty"`
}

// receiptName is what the receipt of a file is called: orders.csv has orders.receipt.csv.
func receiptName(as string) string {
	ext := path.Ext(as)
	return strings.TrimSuffix(as, ext) + ".receipt" + ext
}

const journals = ".receipts-"

func journal(r *run, name string) string {
	return fmt.Sprintf("%s/%s%d-%s", takenDir, journals, r.To.UnixMilli(), name)
}

// place is where a row stands; whose takes it apart.
func place(name string, line int) string { return name + ":" + strconv.Itoa(line) }

func whose(place string) (name string, line int, ok bool) {
	i := strings.LastIndexByte(place, ':')
	if i < 0 {
		return "", 0, false
	}
	line, err := strconv.Atoi(place[i+1:])
	return place[:i], line, err == nil
}

// forget removes the receipts of other runs.
func (s *Files) forget(root *os.Root, r *run) error {
	entries, err := fs.ReadDir(root.FS(), takenDir)
	if err != nil {
		return trouble("list what was taken", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), journals) && !strings.HasPrefix(e.Name(), fmt.Sprintf("%s%d-", journals, r.To.UnixMilli())) {
			if err := root.Remove(takenDir + "/" + e.Name()); err != nil {
				return trouble("remove old receipts", err)
			}
		}
	}
	return nil
}

// keep adds receipts to those of their file, durably.
func (s *Files) keep(root *os.Root, r *run, f *takenFile, rs []told) error {
	if err := s.step("receipts"); err != nil {
		return err
	}
	var text bytes.Buffer
	text.WriteByte('\n') // a line that a kill tore ends here
	for _, t := range rs {
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		text.Write(append(line, '\n'))
	}
	file, err := root.OpenFile(journal(r, f.Name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return trouble("keep receipts", err)
	}
	_, err = file.Write(text.Bytes())
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return trouble("keep receipts", err)
	}
	return nil
}

// complete tells whether every row of a file has a receipt, rs among them.
func (s *Files) complete(root *os.Root, r *run, f *takenFile, rs []told) (bool, error) {
	key := journal(r, f.Name)
	if s.lines[key] == nil {
		all, err := gathered(root, r, f)
		if err != nil {
			return false, err
		}
		s.lines[key] = map[int]bool{}
		for line := range all {
			s.lines[key][line] = true
		}
	}
	for _, t := range rs {
		s.lines[key][t.Line] = true
	}
	return len(s.lines[key]) >= f.Rows, nil
}

// gathered are the receipts of a file, by line; the last of several counts.
func gathered(root *os.Root, r *run, f *takenFile) (map[int]told, error) {
	all := map[int]told{}
	file, err := root.Open(journal(r, f.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, trouble("read receipts", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var t told
		if json.Unmarshal(lines.Bytes(), &t) == nil && t.Line > 0 { // else torn: it comes again
			all[t.Line] = t
		}
	}
	if err := lines.Err(); err != nil {
		return nil, trouble("read receipts", err)
	}
	return all, nil
}

// finish moves a file to done beside its receipt, once every row has one. It may be repeated.
func (s *Files) finish(root *os.Root, r *run, f *takenFile) error {
	if _, err := root.Lstat(takenDir + "/" + f.Name); errors.Is(err, fs.ErrNotExist) {
		return nil // it is there
	}
	all, err := gathered(root, r, f)
	if err != nil || len(all) < f.Rows {
		return err
	}
	text, err := s.receipt(root, f, all)
	if err != nil {
		return err
	}
	if err := s.write(root, doneDir+"/"+receiptName(f.As), text); err != nil {
		return err
	}
	if err := s.move(root, takenDir+"/"+f.Name, doneDir+"/"+f.As); err != nil {
		return err
	}
	delete(s.lines, journal(r, f.Name))
	if err := root.Remove(journal(r, f.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return trouble("remove receipts", err)
	}
	return nil
}

// receipt writes the file's answer in its own charset: what that lacks becomes ?.
func (s *Files) receipt(root *os.Root, f *takenFile, all map[int]told) ([]byte, error) {
	file, err := root.Open(takenDir + "/" + f.Name)
	if err != nil {
		return nil, trouble("open "+f.Name, err)
	}
	defer file.Close()
	head := make([]byte, len(mark))
	n, _ := file.Read(head)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = s.format().separator, true
	_ = w.Write([]string{"line", "ref", "order_no", "refused"})
	order := make([]int, 0, len(all))
	for line := range all {
		order = append(order, line)
	}
	slices.Sort(order)
	for _, line := range order {
		t := all[line]
		why := t.En
		if s.o.Chinese && t.Zh != "" {
			why = t.Zh
		}
		_ = w.Write([]string{strconv.Itoa(line), t.Ref, t.No, why})
	}
	w.Flush()
	if c := s.format().chinese(); c != nil {
		return encoding.ReplaceUnsupported(c.NewEncoder()).Bytes(b.Bytes())
	}
	if bytes.Equal(head[:n], mark) {
		return append(slices.Clone(mark), b.Bytes()...), nil
	}
	return b.Bytes(), nil
}

// toldOf is a receipt of the pull as a line of ours.
func toldOf(line int, r pull.Receipt) told {
	return told{Line: line, Ref: r.Ref.External, No: string(r.No), En: r.Refused, Zh: r.RefusedZH}
}

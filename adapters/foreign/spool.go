package foreign

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"tundish/core"
)

const (
	// spoolMemory is what a spool holds in memory before it goes to a file.
	spoolMemory = 4 << 20
	// spoolMost is the longest spool: rows that repeat the namespaces of a whole document are
	// longer than they were in the answer.
	spoolMost = 4 << 30
)

// spool keeps rows in their order: in memory, or, when there are many, in a file that has no
// name any more. First all are added, then all are read.
type spool struct {
	dir        string // of the file; "" is the system's for such files
	mem        []byte // what was added since the last write to the file
	file       *os.File
	named      bool // the file could not be removed while it is open
	size       int64
	rows, read int
	at         int // in mem, of what was read
	from       *bufio.Reader
}

// add appends a row.
func (s *spool) add(row []byte) error {
	if s.size += int64(len(row)); s.size > spoolMost {
		return core.Invalidf("too_long", "", "the rows of the answer have more than %d GiB; ask for a shorter window or for pages", "应答中的数据超过 %d GiB；请缩短时间窗口或分页", spoolMost>>30)
	}
	s.mem = append(binary.AppendUvarint(s.mem, uint64(len(row))), row...)
	s.rows++
	const block = 256 << 10
	if len(s.mem) < spoolMemory && (s.file == nil || len(s.mem) < block) {
		return nil
	}
	return s.flush()
}

// flush moves what is in memory to the file.
func (s *spool) flush() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "tundish-answer-")
		if err != nil {
			return s.trouble(err)
		}
		s.file = f
		// From here on nobody else can open it, and it is gone with the process, however that ends.
		s.named = os.Remove(f.Name()) != nil
	}
	if _, err := s.file.Write(s.mem); err != nil {
		return s.trouble(err)
	}
	if cap(s.mem) > spoolMemory/2 {
		s.mem = nil
	}
	s.mem = s.mem[:0]
	return nil
}

func (s *spool) trouble(err error) error {
	e := core.Fail(core.Unavailable, "spool", "", "a long answer cannot be kept in a file for the time being", "较长的应答无法暂存到文件："+err.Error())
	e.Err = err
	return e
}

// left is how many rows were not read yet.
func (s *spool) left() int { return s.rows - s.read }

// next reads a row, which is the caller's to keep.
func (s *spool) next() ([]byte, error) {
	s.read++
	if s.file == nil {
		n, width := binary.Uvarint(s.mem[s.at:])
		from := s.at + width
		s.at = from + int(n)
		return s.mem[from:s.at:s.at], nil
	}
	if s.from == nil {
		if err := s.flush(); err != nil {
			return nil, err
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return nil, s.trouble(err)
		}
		s.from = bufio.NewReaderSize(s.file, 64<<10)
	}
	n, err := binary.ReadUvarint(s.from)
	if err != nil {
		return nil, s.trouble(err)
	}
	row := make([]byte, n)
	if _, err := io.ReadFull(s.from, row); err != nil {
		return nil, s.trouble(err)
	}
	return row, nil
}

// close lets go of everything. It may be called twice.
func (s *spool) close() error {
	f := s.file
	s.mem, s.file, s.from = nil, nil, nil
	if f == nil {
		return nil
	}
	err := f.Close()
	if s.named {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

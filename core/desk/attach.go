package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http" // DetectContentType only
	"path"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Limits of what people attach to orders at once. The zero value of a field means its default.
type Limits struct {
	Count int      // files, 1 … 50 (6)
	Bytes int64    // of one file (4 MiB)
	Types []string // by content (JPEG, PNG, WebP, PDF)
}

func (l *Limits) fill() {
	if l.Count == 0 {
		l.Count = 6
	}
	if l.Bytes == 0 {
		l.Bytes = 4 << 20
	}
	if l.Types == nil {
		l.Types = []string{"image/jpeg", "image/png", "image/webp", "application/pdf"}
	}
}

// Limits that the service keeps.
func (s *Service) Limits() Limits { return s.opts.Limits }

// Photo is a file as it comes from a person: a photo of a completion, an attachment of a comment.
type Photo struct {
	Name    string    `json:"name"`
	TakenAt time.Time `json:"taken_at,omitzero"`
	Bytes   []byte    `json:"bytes"`
}

// attach checks files by their content and names them as an order keeps them. A result goes back to the order's source,
// whose systems expect pictures: pictures says that nothing else is taken.
func (s *Service) attach(files []Photo, pictures bool) (list []core.Attachment, blobs []core.Blob, err error) {
	l := s.opts.Limits
	if len(files) > l.Count {
		return nil, nil, core.Invalidf("too_many", "photos", "%d files; at most %d are taken", "文件 %d 个，最多 %d 个", len(files), l.Count)
	}
	types := slices.Clone(l.Types)
	if pictures {
		types = slices.DeleteFunc(types, func(t string) bool { return !strings.HasPrefix(t, "image/") })
	}
	for i, p := range files {
		field := fmt.Sprintf("photos[%d]", i)
		if len(p.Bytes) == 0 || int64(len(p.Bytes)) > l.Bytes {
			return nil, nil, core.Invalidf("photo_size", field, "the file has %d bytes; 1 to %d are taken", "文件大小 %d 字节；允许 1 到 %d", len(p.Bytes), l.Bytes)
		}
		kind, _, _ := strings.Cut(http.DetectContentType(p.Bytes), ";")
		if !slices.Contains(types, kind) {
			return nil, nil, core.Invalidf("photo_type", field, "the content is %s; taken are: %s", "内容类型为 %s；可用：%s", kind, types)
		}
		sum := sha256.Sum256(p.Bytes)
		digest := hex.EncodeToString(sum[:])
		blobs = append(blobs, core.Blob{SHA256: digest, ContentType: kind, Bytes: p.Bytes})
		list = append(list, core.Attachment{Name: fileName(p.Name, kind), ContentType: kind, SHA256: digest, Size: int64(len(p.Bytes)), TakenAt: p.TakenAt})
	}
	return list, blobs, nil
}

// fileName is the last part of whatever path a sender calls a file by, on one line.
func fileName(name, kind string) string {
	name = path.Base(strings.ReplaceAll(core.LogText(name, core.MaxExternal), `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		_, end, _ := strings.Cut(kind, "/")
		return "file." + end
	}
	return name
}

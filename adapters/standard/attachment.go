package standard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"tundish/core"
	"tundish/wsdl/vocabulary"
)

// Blobs reads what attachments hold. A store is one.
type Blobs interface {
	Blob(ctx context.Context, sha256 string) (core.Blob, error)
}

// attachments takes what came with an order: by content, whatever its sender called it.
func (s *System) attachments(list []vocabulary.Attachment) ([]core.Attachment, []core.Blob, error) {
	if len(list) == 0 {
		return nil, nil, nil
	}
	if len(list) > s.Limits.Attachments {
		return nil, nil, s.tooMany(len(list))
	}
	out := make([]core.Attachment, 0, len(list))
	blobs := make([]core.Blob, 0, len(list))
	for i := range list {
		a := &list[i]
		name := path.Base(strings.ReplaceAll(trim(a.Name), `\`, "/")) // old callers send whole paths
		if name == "." || name == "/" {
			name = ""
		}
		kind := detect(a.Content)
		sum := sha256.Sum256(a.Content)
		digest := hex.EncodeToString(sum[:])
		out = append(out, core.Attachment{Name: name, ContentType: kind, SHA256: digest, Size: int64(len(a.Content)), TakenAt: s.instant(a.TakenAt)})
		blobs = append(blobs, core.Blob{SHA256: digest, ContentType: kind, Bytes: a.Content})
	}
	if err := s.checkAttachments(out); err != nil {
		return nil, nil, err
	}
	return out, blobs, nil
}

// checkAttachments holds what came with an order, in whatever contract, against the limits.
func (s *System) checkAttachments(list []core.Attachment) error {
	refuse := func(field, en, zh string, args ...any) error {
		return core.Invalidf("attachment_refused", field, en, zh, args...)
	}
	l := &s.Limits
	if len(list) > l.Attachments {
		return s.tooMany(len(list))
	}
	var total int64
	names := map[string]bool{}
	for i := range list {
		a := &list[i]
		field := "Attachment[" + fmt.Sprint(i+1) + "]"
		if a.Name == "" || names[a.Name] {
			return refuse(field, "the name %q is empty or stands twice; give each file a name of its own", "文件名 %q 为空或重复", a.Name)
		}
		names[a.Name] = true
		if total += a.Size; a.Size == 0 || a.Size > l.AttachmentBytes {
			return refuse(field, "%q has %d bytes; 1 to %d are taken", "附件 %q 大小为 %d 字节；允许 1 到 %d", a.Name, a.Size, l.AttachmentBytes)
		}
		if total > l.MessageBytes {
			return refuse("Attachment", "the attachments have more than %d bytes together", "附件合计超过 %d 字节", l.MessageBytes)
		}
		if !slices.Contains(l.Types, a.ContentType) {
			allowed := strings.Join(l.Types, ", ")
			return refuse(field, "the content of %q is %s; allowed: %s", "附件 %q 的内容类型为 %s；可用：%s", a.Name, a.ContentType, allowed)
		}
	}
	return nil
}

func (s *System) tooMany(n int) error {
	return core.Invalidf("attachment_refused", "Attachment", "%d attachments; at most %d are taken", "附件 %d 个，最多 %d 个", n, s.Limits.Attachments)
}

// photos reads attachments back from the store, as many as one message may carry.
func (s *System) photos(ctx context.Context, blobs Blobs, list []core.Attachment) ([]vocabulary.Attachment, error) {
	if blobs == nil || s.NoPhotos {
		return nil, nil
	}
	var total int64
	var out []vocabulary.Attachment
	for _, a := range list {
		if a.Size > s.PhotoBytes || total+a.Size > s.MessagePhotoBytes {
			continue
		}
		b, err := blobs.Blob(ctx, a.SHA256)
		if err != nil {
			return nil, fmt.Errorf("read photo %s: %w", a.Name, err)
		}
		total += a.Size
		out = append(out, vocabulary.Attachment{Content: b.Bytes, Name: Name(a.Name), ContentType: a.ContentType, TakenAt: s.OptionalTime(a.TakenAt)})
	}
	return out, nil
}

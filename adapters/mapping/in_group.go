package mapping

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
)

// group is a repeated element that is one attachment each.
type group struct {
	f                      *input
	name, content, takenAt int // slots; -1 without
	first, last            int // slots of the group
	contentPath, timePath  string
}

var noContent = lang.NewMessage("required", "attachments need content: the path of what they hold", "附件须填写 content：内容的路径")

// group compiles a list of attachments.
func (c *reading) group(f *input, place *shape.Node) {
	steps := c.steps(f.Each, place)
	if steps == nil {
		return
	}
	if f.Content.V == "" {
		c.p.At(f.Input.At, noContent)
		return
	}
	if place != nil {
		place = c.follow(f.Each, steps, place)
	}
	at := c.lay(steps)
	g := &group{f: f, name: -1, takenAt: -1, first: c.in.slots, contentPath: f.Each.V + "/" + f.Content.V, timePath: f.Each.V + "/" + f.TakenAt.V}
	slot := func(inside lang.Value[string]) int {
		if inside.V == "" {
			return -1
		}
		rest := c.steps(inside, place)
		if rest == nil {
			return -1
		}
		f.paths = append(f.paths, f.Each.V+"/"+inside.V)
		return c.slotAt(append(steps[:len(steps):len(steps)], rest...))
	}
	g.content, g.name, g.takenAt = slot(f.Content), slot(f.Name), slot(f.TakenAt)
	g.last = c.in.slots
	at.group = g
}

// attach takes one of the list, whose element has ended, and forgets its texts.
func (w *walk) attach(g *group, rawBefore int) {
	if err := w.attachment(g); err != nil && w.refusal == nil {
		w.refusal = w.in.blame(g.f, err)
	}
	clear(w.texts[g.first:g.last])
	clear(w.seen[g.first:g.last])
	if !slices.ContainsFunc(w.texts, func(s span) bool { return s.to > rawBefore }) { // nothing else was found inside
		w.raw = w.raw[:rawBefore]
	}
}

func (w *walk) attachment(g *group) *core.Error {
	text := trim(w.found(g.content))
	if len(text) == 0 {
		return nil // it holds nothing
	}
	content, ok := decode(text, g.f.Encoding)
	if !ok {
		e := g.f.wrong(string(text[:min(len(text), 60)]), g.f.Encoding, " "+g.f.Encoding)
		e.Field = g.contentPath
		return e
	}
	kind, _, _ := strings.Cut(http.DetectContentType(content), ";")
	a := core.Attachment{Size: int64(len(content)), ContentType: kind}
	if g.name >= 0 { // old callers send whole paths
		a.Name = path.Base(strings.ReplaceAll(string(w.tidy(g.f, w.found(g.name))), `\`, "/"))
	}
	if a.Name == "" || a.Name == "." || a.Name == "/" {
		a.Name = strconv.Itoa(len(w.attached) + 1)
	}
	if g.takenAt >= 0 {
		if text := trim(w.found(g.takenAt)); len(text) > 0 {
			if a.TakenAt, ok = g.f.moment("datetime", text); !ok {
				e := g.f.wrong(string(text), "a datetime", "时间")
				e.Field = g.timePath
				return e
			}
		}
	}
	sum := sha256.Sum256(content)
	a.SHA256 = hex.EncodeToString(sum[:])
	w.attached = append(w.attached, a)
	w.blobs = append(w.blobs, core.Blob{SHA256: a.SHA256, ContentType: a.ContentType, Bytes: content})
	return nil
}

// moment reads a time as the mapping writes times.
func (f *input) moment(as string, text []byte) (time.Time, bool) {
	one := input{as: as, layouts: f.layouts, zone: f.zone, Input: f.Input}
	return one.time(text)
}

// decode reads base64, with or without line ends and padding, or hex.
func decode(text []byte, encoding string) ([]byte, bool) {
	clean := make([]byte, 0, len(text))
	for _, c := range text {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			clean = append(clean, c)
		}
	}
	if encoding == "hex" {
		n, err := hex.Decode(clean, clean)
		return clean[:n], err == nil
	}
	for len(clean) > 0 && clean[len(clean)-1] == '=' {
		clean = clean[:len(clean)-1]
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	return out[:n], err == nil
}

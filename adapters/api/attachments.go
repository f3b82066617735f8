package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/desk"
)

// Attached is a file of an order, and what it came with.
type Attached struct {
	core.Attachment
	// Of is "report", "completion" or "note"; Index counts completions and notes from 0.
	Of    string `json:"of"`
	Index int    `json:"index"`
}

// AttachmentList is the answer to GET /orders/{no}/attachments.
type AttachmentList struct {
	Attachments []Attached `json:"attachments"`
}

// files are added with a comment.
type files struct {
	seen
	Text     string       `json:"text,omitempty"`
	Progress bool         `json:"progress,omitempty"`
	Photos   []desk.Photo `json:"photos"`
}

// attachments are the files of an order: with its report, with results of visits, with comments.
func (a *API) attachments() {
	handle(a, "GET /api/v1/orders/{no}/attachments", onOrder(access.See), func(r *http.Request, _ none) (AttachmentList, error) {
		o, err := a.shownOrder(r)
		return AttachmentList{all(attached(&o))}, err
	})
	a.route(Route{Pattern: "POST /api/v1/orders/{no}/attachments", parts: true, in: reflect.TypeFor[files](), out: reflect.TypeFor[core.WorkOrder]()}, onOrder(access.See), func(w http.ResponseWriter, r *http.Request) error {
		if err := a.permit(r, access.Comment); err != nil {
			return err
		}
		in, err := a.files(r)
		if err != nil {
			return err
		}
		if len(in.Photos) == 0 {
			return core.Fail(core.Invalid, "required", "photos", "there is no file", "没有文件")
		}
		text, _ := json.Marshal(in.Text) // a text has JSON
		c := desk.Command{Action: core.ActComment, Version: in.Version, Photos: in.Photos, Fields: map[string]json.RawMessage{"text": text, "progress": json.RawMessage(strconv.FormatBool(in.Progress))}}
		o, err := a.Desk.Act(r.Context(), orderNo(r), c, a.by(r, ""))
		if err == nil {
			a.answer(w, http.StatusOK, a.show(r, o))
		}
		return err
	})
	a.route(Route{Pattern: "GET /api/v1/orders/{no}/attachments/{sha256}", media: "*/*"}, onOrder(access.See), a.download)
}

// shownOrder is the order {no} as far as the caller may see it.
func (a *API) shownOrder(r *http.Request) (core.WorkOrder, error) {
	o, err := a.Reader.Order(r.Context(), orderNo(r))
	return a.People.Table().Show(callerOf(r).actor, o), err
}

// files reads them as JSON or as parts of a form.
func (a *API) files(r *http.Request) (in files, err error) {
	if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t == "application/json" {
		return in, read(r.Body, &in)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return in, badPart(err)
	}
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return in, nil
		}
		if err == nil {
			err = a.part(p, &in)
		}
		if err != nil {
			return in, badPart(err)
		}
	}
}

func badPart(err error) error {
	var e *core.Error
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &e):
		return err
	case errors.As(err, &size):
		return badJSON(err)
	}
	return core.Fail(core.Invalid, "not_multipart", "", "the parts break off, or are no parts", "multipart 内容不完整或格式有误")
}

// part is a file, or one of the fields beside it.
func (a *API) part(p *multipart.Part, in *files) error {
	l := a.Desk.Limits()
	most := l.Bytes
	if p.FileName() == "" {
		most = textBody
	}
	data, err := io.ReadAll(io.LimitReader(p, most+1))
	switch {
	case err != nil:
		return err
	case p.FileName() != "" && len(in.Photos) == l.Count:
		return core.Invalidf("too_many", "photos", "at most %d files are taken at once", "一次最多 %d 个文件", l.Count)
	case int64(len(data)) > most:
		return core.Invalidf("photo_size", p.FormName(), "the part is larger than %d bytes", "此部分超过 %d 字节", most)
	case p.FileName() != "":
		in.Photos = append(in.Photos, desk.Photo{Name: p.FileName(), Bytes: data})
		return nil
	}
	text := strings.TrimSpace(string(data))
	switch p.FormName() {
	case "text":
		in.Text = text
	case "progress":
		if in.Progress, err = strconv.ParseBool(text); err != nil {
			return core.Invalidf("not_a_flag", "progress", "%q is neither true nor false", "%q 不是 true 或 false", text)
		}
	case "version":
		if in.Version, err = strconv.ParseInt(text, 10, 64); err != nil || in.Version < 1 {
			return core.Invalidf("wrong_type", "version", "%q is no version of an order", "%q 不是工单版本号", text)
		}
	default:
		return core.Invalidf("unknown_field", p.FormName(), "the part %q is not known here; known: text, progress, version, and files", "未知部分 %q；可用：text、progress、version 和文件", p.FormName())
	}
	return nil
}

// download gives the bytes of a file that the order has: a digest alone opens nothing.
func (a *API) download(w http.ResponseWriter, r *http.Request) error {
	o, err := a.shownOrder(r)
	if err != nil {
		return err
	}
	digest := r.PathValue("sha256")
	for _, at := range attached(&o) {
		if at.SHA256 != digest {
			continue
		}
		b, err := a.Reader.Blob(r.Context(), digest)
		if err != nil {
			return err
		}
		shown := "attachment"
		if strings.HasPrefix(b.ContentType, "image/") {
			shown = "inline"
		}
		h := w.Header()
		h.Set("Content-Type", b.ContentType)
		h.Set("Content-Disposition", mime.FormatMediaType(shown, map[string]string{"filename": at.Name}))
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "private, no-cache") // the content of a digest never changes; who may see it does
		h.Set("ETag", `"`+digest+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.Bytes))
		return nil
	}
	return core.Fail(core.NotFound, "no_blob", "", fmt.Sprintf("order %s has no attachment %s", o.No, digest), fmt.Sprintf("工单 %s 没有此附件", o.No))
}

// attached are all files of an order, those of its report first.
func attached(o *core.WorkOrder) (list []Attached) {
	add := func(of string, i int, group []core.Attachment) {
		for _, x := range group {
			list = append(list, Attached{x, of, i})
		}
	}
	add("report", 0, o.Report.Attachments)
	for i := range o.Completions {
		add("completion", i, o.Completions[i].Photos)
	}
	for i := range o.Notes {
		add("note", i, o.Notes[i].Attachments)
	}
	return list
}

package api_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tundish/adapters/api"
	"tundish/core"
)

type file struct {
	name string
	data []byte
}

// upload sends files as a form does, with the fields beside them.
func (h *hub) upload(no core.OrderNo, fields map[string]string, files []file, who func(*http.Request)) *answer {
	h.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, text := range fields {
		h.ok(w.WriteField(name, text))
	}
	for _, f := range files {
		part, err := w.CreateFormFile("file", f.name)
		h.ok(err)
		_, err = part.Write(f.data)
		h.ok(err)
	}
	h.ok(w.Close())
	return h.send(http.MethodPost, "/orders/"+string(no)+"/attachments", b.String(), func(r *http.Request) {
		r.Header.Set("Content-Type", w.FormDataContentType())
		if who != nil {
			who(r)
		}
	})
}

// download reads a file of an order.
func (h *hub) download(no core.OrderNo, digest string, who func(*http.Request)) (*http.Response, []byte) {
	h.Helper()
	req, err := http.NewRequestWithContext(h.Context(), http.MethodGet, h.url+"/orders/"+string(no)+"/attachments/"+digest, nil)
	h.ok(err)
	if who != nil {
		who(req)
	}
	resp, err := http.DefaultClient.Do(req)
	h.ok(err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	h.ok(err)
	return resp, raw
}

func (h *hub) attachments(no core.OrderNo) []api.Attached {
	h.Helper()
	var list api.AttachmentList
	h.must(h.get("/orders/"+string(no)+"/attachments")).into(h.T, &list)
	return list.Attachments
}

var pdf = []byte("%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n")

func TestFilesComeInPartsOrAsBase64AndAreReadThroughTheirOrder(t *testing.T) {
	h := open(t)
	no, other := h.with("R1"), h.receive("leak")
	png, jpeg := picture(t, "png"), picture(t, "jpeg")
	h.must(h.upload(no, map[string]string{"text": "现场", "progress": "true", "version": "2"}, []file{{`C:\照片\现场 1.png`, png}, {"../../受理单.pdf", pdf}}, nil))
	h.must(h.post("/orders/"+string(no)+"/attachments", `{"photos":[{"name":"b.jpg","bytes":"`+base64.StdEncoding.EncodeToString(jpeg)+`"}]}`))
	h.must(h.post("/crews/R1/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done","work":"x"},"photos":[{"name":"c.png","bytes":"`+base64.StdEncoding.EncodeToString(png)+`"}]}`))
	o := h.order(no)
	if len(o.Notes) != 2 || o.Notes[0].Text != "现场" || !o.Notes[0].Progress || o.Notes[0].By != "console" {
		t.Fatalf("%+v", o.Notes)
	}
	list := h.attachments(no)
	var got []string
	for _, x := range list {
		got = append(got, x.Of+" "+x.Name+" "+x.ContentType)
	}
	if s := strings.Join(got, "; "); s != "completion c.png image/png; note 现场 1.png image/png; note 受理单.pdf application/pdf; note b.jpg image/jpeg" || list[3].Index != 1 {
		t.Fatalf("%s %+v", s, list)
	}
	for i, want := range []struct {
		data       []byte
		kind, show string
	}{{png, "image/png", "inline"}, {png, "image/png", "inline"}, {pdf, "application/pdf", "attachment"}, {jpeg, "image/jpeg", "inline"}} {
		resp, raw := h.download(no, list[i].SHA256, nil)
		shown, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
		if resp.StatusCode != 200 || !bytes.Equal(raw, want.data) || resp.Header.Get("Content-Type") != want.kind || err != nil || shown != want.show ||
			resp.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %d, %d bytes, %v", list[i].Name, resp.StatusCode, len(raw), resp.Header)
		}
		if name := params["filename"]; name != list[i].Name && i != 1 { // the note's first picture is that of the completion, too
			t.Errorf("%s is called %s", list[i].Name, name)
		}
		if resp, raw = h.download(no, list[i].SHA256, func(r *http.Request) { r.Header.Set("If-None-Match", `"`+list[i].SHA256+`"`) }); resp.StatusCode != 304 || len(raw) > 0 {
			t.Errorf("again: %d", resp.StatusCode)
		}
	}
	if resp, raw := h.download(other, list[0].SHA256, nil); resp.StatusCode != 404 || !strings.Contains(string(raw), "no_blob") {
		t.Errorf("through another order: %d %s", resp.StatusCode, raw)
	}
}

func TestFilesAreReadAndAddedUnderRights(t *testing.T) {
	h := open(t)
	no := h.with("R1")
	h.depot(no, "ST-01")
	h.must(h.upload(no, nil, []file{{"a.png", picture(t, "png")}}, nil))
	digest := h.attachments(no)[0].SHA256
	for name, c := range map[string]struct {
		who        core.User
		read, adds int
	}{
		"of the station":    {dispatcher("pai", "ST-01"), 200, 200},
		"of another":        {dispatcher("fern", "ST-02"), 403, 403},
		"of the crew":       {core.User{ID: "3001", Roles: []core.Role{core.RoleCrew}, Crew: "R1"}, 200, 200},
		"of another crew":   {core.User{ID: "3002", Roles: []core.Role{core.RoleCrew}, Crew: "R2"}, 403, 403},
		"who may look only": {core.User{ID: "look", Roles: []core.Role{core.RoleViewer}, Everywhere: true}, 200, 403},
		"the auditor":       {core.User{ID: "watch", Roles: []core.Role{core.RoleAuditor}}, 403, 403},
	} {
		who := h.employ(c.who)
		if resp, _ := h.download(no, digest, who); resp.StatusCode != c.read {
			t.Errorf("somebody %s reads: %d", name, resp.StatusCode)
		}
		if a := h.upload(no, nil, []file{{"b.png", picture(t, "jpeg")}}, who); a.Status != c.adds {
			t.Errorf("somebody %s adds: %d %s", name, a.Status, a.Raw)
		}
	}
	if resp, _ := h.download(no, digest, nil); resp.StatusCode != 401 {
		t.Errorf("nobody reads: %d", resp.StatusCode)
	}
}

func TestFilesThatAreNotTakenLeaveNothingBehind(t *testing.T) {
	h := open(t)
	no := h.receive("leak")
	png := picture(t, "png")
	big := append(bytes.Clone(png), make([]byte, 4<<20)...)
	for name, c := range map[string]struct {
		fields map[string]string
		files  []file
		from   string
		status int
		code   string
	}{
		"a page with a photo's name": {nil, []file{{"a.png", []byte("<html><script>")}}, "", 422, "photo_type"},
		"no file":                    {map[string]string{"text": "x"}, nil, "", 422, "required"},
		"an empty one":               {nil, []file{{"a.png", nil}}, "", 422, "photo_size"},
		"one that is too large":      {nil, []file{{"a.png", big}}, "", 422, "photo_size"},
		"too many":                   {nil, []file{{"1.png", png}, {"2", png}, {"3", png}, {"4", png}, {"5", png}, {"6", png}, {"7", png}}, "", 422, "too_many"},
		"a field nobody knows":       {map[string]string{"colour": "red"}, []file{{"a.png", png}}, "", 422, "unknown_field"},
		"no version":                 {map[string]string{"version": "x"}, []file{{"a.png", png}}, "", 422, "wrong_type"},
		"a stale version":            {map[string]string{"version": "9"}, []file{{"a.png", png}}, "", 409, "stale"},
		"a foreign page":             {nil, []file{{"a.png", png}}, "http://evil.example", 403, "cross_origin"},
	} {
		a := h.upload(no, c.fields, c.files, func(r *http.Request) {
			if c.from != "" {
				r.Header.Set("Origin", c.from)
			}
		})
		if a.Status != c.status || a.Error.Code != c.code {
			t.Errorf("%s: %d %s", name, a.Status, a.Raw)
		}
	}
	if a := h.send("POST", "/orders/"+string(no)+"/attachments", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nabc", func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }); a.Status != 422 || a.Error.Code != "not_multipart" {
		t.Errorf("parts that break off: %d %s", a.Status, a.Raw)
	}
	if a := h.post("/orders/"+string(no)+"/complete", `{"completion":{"outcome":"done"},"photos":[{"name":"a.pdf","bytes":"`+base64.StdEncoding.EncodeToString(pdf)+`"}]}`); a.Status != 422 || a.Error.Code != "photo_type" {
		t.Errorf("a PDF as a photo of a result: %d %s", a.Status, a.Raw)
	}
	r := httptest.NewRequest("POST", "http://localhost/api/v1/orders/"+string(no)+"/attachments", io.LimitReader(zeros{}, 64<<20))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.api.ServeHTTP(w, r)
	if w.Code != 422 {
		t.Errorf("an endless body: %d", w.Code)
	}
	if o := h.order(no); o.Version != 1 {
		t.Errorf("something was stored: version %d", o.Version)
	}
}

// zeros are blanks without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

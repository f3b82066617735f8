package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tundish/wsdl/contract"
	"tundish/wsdl/internal/gen/testdata/meterbook"
	"tundish/wsdl/xml"
)

// These tests put generated code in front of foreign stacks: they read our
// WSDL, send what our decoders read, and read what our encoders wrote. The
// transport is as little HTTP and envelope as that needs.

const envelope11 = "http://schemas.xmlsoap.org/soap/envelope/"

// wrap writes a body into a SOAP 1.1 envelope.
func wrap(body func(*xml.Writer) error) ([]byte, error) {
	w := xml.NewWriter()
	w.StartPrefixed("soap", envelope11, "Envelope")
	w.StartPrefixed("soap", envelope11, "Body")
	if err := body(w); err != nil {
		return nil, err
	}
	w.End()
	w.End()
	return w.Finish()
}

// body moves a reader to the first element in the body of an envelope.
func body(doc []byte) (*xml.Reader, error) {
	r := xml.NewReaderBytes(doc, xml.Limits{})
	if _, err := r.Next(); err != nil {
		return nil, err
	}
	for {
		more, err := r.NextChild()
		switch {
		case err != nil:
			return nil, err
		case !more:
			return nil, errors.New("the envelope has no body")
		case r.Name().Local == "Body":
			_, err := r.NextChild()
			return r, err
		}
		if err := r.Skip(); err != nil {
			return nil, err
		}
	}
}

// serveBook serves the test contract and keeps the last request.
func serveBook(t *testing.T) (url string, last *[]byte) {
	h := meterbook.NewMeterbookHubHandler(book{})
	last = new([]byte)
	srv := httptest.NewServer(nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		if r.Method == http.MethodGet {
			_, _ = w.Write(contract.WithAddress(h.WSDL(r.URL.RawQuery == "wsdl=1.2"), srv.URL+"/book"))
			return
		}
		*last, _ = io.ReadAll(r.Body)
		answer, err := exchange(r.Context(), h, *last)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			answer = fault(err)
		}
		_, _ = w.Write(answer)
	})
	t.Cleanup(srv.Close)
	return srv.URL + "/book", last
}

func exchange(ctx context.Context, h *meterbook.MeterbookHubHandler, request []byte) ([]byte, error) {
	r, err := body(request)
	if err != nil {
		return nil, err
	}
	call, err := h.Decode(r.Name(), r)
	if err != nil {
		return nil, err
	}
	answer, err := call(ctx)
	if err != nil {
		return nil, err
	}
	return wrap(answer.MarshalXML)
}

func fault(err error) []byte {
	doc, failed := wrap(func(w *xml.Writer) error {
		w.StartPrefixed("soap", envelope11, "Fault")
		w.Start("faultcode")
		w.Text("soap:Client")
		w.End()
		w.Element("faultstring", err.Error())
		var d interface{ FaultDetail() xml.Marshaler }
		if errors.As(err, &d) {
			w.Start("detail")
			if err := d.FaultDetail().MarshalXML(w); err != nil {
				return err
			}
			w.End()
		}
		w.End()
		return w.Error()
	})
	if failed != nil {
		panic(failed)
	}
	return doc
}

// runStack runs a foreign stack's script, or skips with what to install.
func runStack(t *testing.T, probe []string, install string, command ...string) []byte {
	t.Helper()
	if out, err := exec.Command(probe[0], probe[1:]...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: %s does not run (%v %s): apt install %s", strings.Join(probe, " "), err, out, install)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command, " "), err, out, stderr.String())
	}
	return out
}

func runZeep(t *testing.T, args ...string) []byte {
	return runStack(t, []string{"/usr/bin/python3", "-c", "import zeep"}, "python3-zeep", append([]string{"/usr/bin/python3"}, args...)...)
}

func runPHP(t *testing.T, args ...string) []byte {
	return runStack(t, []string{"php", "-r", "exit(class_exists('SoapClient') ? 0 : 1);"}, "php-cli php-soap", append([]string{"php"}, args...)...)
}

// want compares one value of a foreign stack's report.
func want(t *testing.T, report map[string]any, path string, value any) {
	t.Helper()
	var at any = report
	for step := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				t.Errorf("%s: no %s in %v", path, step, v)
				return
			}
			at = v[i]
		default:
			t.Errorf("%s: no %s in %v", path, step, v)
			return
		}
	}
	if fmt.Sprintf("%T %v", at, at) != fmt.Sprintf("%T %v", value, value) {
		t.Errorf("%s is %T %v; want %T %v", path, at, at, value, value)
	}
}

func TestZeepClient(t *testing.T) {
	url, _ := serveBook(t)
	for _, query := range []string{"?wsdl", "?wsdl=1.2"} {
		t.Run(query, func(t *testing.T) {
			out := runZeep(t, "testdata/zeep_client.py", url+query)
			var report map[string]any
			if err := json.Unmarshal(out, &report); err != nil {
				t.Fatalf("%v in %s", err, out)
			}
			want(t, report, "operations.0", "List")
			want(t, report, "operations.1", "Record")
			// Required zero and false, ours and theirs.
			want(t, report, "record.Known", false)
			want(t, report, "record.Reading.Register", 0.0)
			want(t, report, "record.Reading.Cancelled", false)
			want(t, report, "record.Reading.Inner", 0.0)
			want(t, report, "record.Reading.Book", "B7")
			want(t, report, "record.Reading.BookSequence", 0.0)
			want(t, report, "record.Reading.ByCustomer", true)
			want(t, report, "record.Reading.Account", nil)
			// Digits.
			want(t, report, "record.Reading.Value", "decimal:1234567.50")
			want(t, report, "record.Reading.Rate", "decimal:0.30")
			want(t, report, "record.Reading.Weight._value_1", "decimal:0.500")
			want(t, report, "record.Reading.Weight.unit", "kg")
			// Photos.
			want(t, report, "record.Reading.Photo", "bytes:"+base64.StdEncoding.EncodeToString(everyByte()))
			// Times.
			want(t, report, "record.Reading.At", "date:2026-05-11T10:12:00")
			want(t, report, "record.Reading.OnDay", "date:2026-05-11")
			want(t, report, "record.Reading.ClosedAt", nil)
			// Repetition, nil in the middle, attributes, derived types, names.
			want(t, report, "record.Reading.Tag.1", "b")
			want(t, report, "record.Reading.Line.1.No", 2.0)
			want(t, report, "record.Reading.Estimate.0", 1.0)
			want(t, report, "record.Reading.Estimate.1", nil)
			want(t, report, "record.Reading.Estimate.2", 0.0)
			want(t, report, "record.Reading.id", "R-9")
			want(t, report, "record.Reading.Entry.EntryNo", 0.0)
			want(t, report, "record.Reading.Entry.urgent", false)
			want(t, report, "record.Reading.Place.Address", "解放路 1 号 𠀀 <&>")
			want(t, report, "record.Reading.Remark", "ok")
			// The fault's detail, and our refusal of a value outside its facets.
			want(t, report, "fault.detail.code", "doubted")
			want(t, report, "fault.detail.message", "the reading is doubted 可疑")
			want(t, report, "fault.detail.field", "Value")
			if refused := fmt.Sprint(report["refused"]); !strings.Contains(refused, `<Serial>: "bad" does not match the pattern`) {
				t.Errorf("refused with %s", refused)
			}
		})
	}
}

func TestPHPClient(t *testing.T) {
	url, _ := serveBook(t)
	out := runPHP(t, "testdata/client.php", url+"?wsdl")
	var report map[string]any
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	want(t, report, "record.Known", false)
	want(t, report, "record.Reading.Register", 0.0)
	want(t, report, "record.Reading.Cancelled", false)
	want(t, report, "record.Reading.Value", "1234567.50")
	want(t, report, "record.Reading.Rate", "0.30")
	want(t, report, "record.Reading.At", "2026-05-11T10:12:00")
	want(t, report, "record.Reading.ClosedAt", nil)
	want(t, report, "record.Reading.Photo", fmt.Sprintf("%x", everyByte()))
	want(t, report, "record.Reading.Line.1.Text", "二")
	want(t, report, "record.Reading.Account", "4711")
	want(t, report, "record.Reading.Place.Address", "解放路 1 号 𠀀 <&>")
	want(t, report, "record.Reading.Weight._", "0.500")
	want(t, report, "record.Reading.Weight.unit", "kg")
	want(t, report, "fault.detail.Refusal.code", "doubted")
	if refused := fmt.Sprint(report["refused"]); !strings.Contains(refused, `<Serial>: "bad" does not match the pattern`) {
		t.Errorf("refused with %s", refused)
	}
}

// toPHP is a Caller whose other side is PHP's SoapServer.
type toPHP struct {
	t      *testing.T
	answer []byte
}

func (c *toPHP) Call(_ context.Context, action string, request xml.Marshaler, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	doc, err := wrap(request.MarshalXML)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(action, "/Record") {
		c.t.Errorf("action %q", action)
	}
	cmd := exec.CommandContext(c.t.Context(), "php", "testdata/server.php", "testdata/meterbook/served/hub.wsdl")
	cmd.Stdin = bytes.NewReader(doc)
	c.answer, err = cmd.Output()
	if len(c.answer) == 0 { // PHP ends with status 255 after a fault
		return fmt.Errorf("php: %w", err)
	}
	r, err := body(c.answer)
	if err != nil {
		return err
	}
	if r.Name() != (xml.Name{Space: envelope11, Local: "Fault"}) {
		return response.UnmarshalXML(r)
	}
	for {
		more, err := r.NextChild()
		switch {
		case err != nil:
			return err
		case !more:
			return errors.New("a fault without detail")
		case r.Name().Local != "detail":
			err = r.Skip()
		default:
			if _, err = r.NextChild(); err != nil {
				return err
			}
			detail := faults[r.Name()]
			if detail == nil {
				return fmt.Errorf("no detail %s", r.Name())
			}
			value := detail()
			if err := value.UnmarshalXML(r); err != nil {
				return err
			}
			return value.(error)
		}
		if err != nil {
			return err
		}
	}
}

func TestPHPServer(t *testing.T) {
	runPHP(t, "-v")
	caller := &toPHP{t: t}
	client := meterbook.NewMeterbookHubClient(caller)
	in := sample()
	in.Photo = everyByte()
	in.Line[0].Kind = "line" // PHP writes fixed attributes itself
	in.Estimate = []*int32{nil, new(int32(0))}
	out, err := client.Record(t.Context(), &meterbook.Record{Reading: *in})
	if err != nil {
		t.Fatalf("%v in %s", err, caller.answer)
	}
	if note := "256 boolean 0 1234567.50"; out.Reading.Note != note {
		t.Errorf("PHP understood %q; want %q", out.Reading.Note, note)
	}
	out.Reading.Note = ""
	if got, want := encode(t, &meterbook.Record{Reading: out.Reading}), encode(t, &meterbook.Record{Reading: *in}); got != want {
		t.Errorf("PHP gave back\n%s\nfor\n%s", got, want)
	}
	in.Note = "refuse"
	_, err = client.Record(t.Context(), &meterbook.Record{Reading: *in})
	var refusal *meterbook.Refusal
	if !errors.As(err, &refusal) || refusal.Code != "doubted" || refusal.Message != "可疑" || refusal.Field != "Value" {
		t.Errorf("got %v (%T) from %s", err, err, caller.answer)
	}
}

func everyByte() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

// Every document that is handed out must be one that zeep can read whole.
func TestZeepReadsServed(t *testing.T) {
	_, dir, err := findModule()
	if err != nil {
		t.Fatal(err)
	}
	served, err := filepath.Glob(filepath.Join(dir, "wsdl", "*", "served", "*.wsdl"))
	if err != nil || len(served) < 16 {
		t.Fatalf("found %d documents, %v; four contracts have four each", len(served), err)
	}
	const script = `
import json, sys, zeep
out = {}
for name in sys.argv[1:]:
    services = zeep.Client(name).wsdl.services.values()
    out[name] = {p.name: sorted(p.binding._operations) for s in services for p in s.ports.values()}
print(json.dumps(out))`
	var report map[string]map[string][]string
	if err := json.Unmarshal(runZeep(t, append([]string{"-c", script}, served...)...), &report); err != nil {
		t.Fatal(err)
	}
	for _, name := range served {
		base := filepath.Base(filepath.Dir(filepath.Dir(name)))
		defs, err := contract.Load(os.DirFS(filepath.Join(dir, "wsdl")), base+"/"+base+".wsdl")
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if strings.HasSuffix(name, "12.wsdl") {
			want = 2
		}
		if len(report[name]) != want {
			t.Errorf("%s: zeep sees %d ports; want %d", name, len(report[name]), want)
		}
		for port, got := range report[name] {
			if operations := operationsBehind(defs, strings.TrimSuffix(port, "12")); !slices.Equal(got, operations) || len(got) == 0 {
				t.Errorf("%s, %s: zeep sees %v; want %v", name, port, got, operations)
			}
		}
	}
}

// operationsBehind lists the operations of a port as the contract's source has them.
func operationsBehind(defs *contract.Definitions, port string) []string {
	var names []string
	for _, s := range defs.Services {
		for _, p := range s.Ports {
			b, _ := defs.Binding(p.Binding)
			if p.Name != port || b == nil {
				continue
			}
			if pt, ok := defs.PortType(b.PortType); ok {
				for _, op := range pt.Operations {
					names = append(names, op.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

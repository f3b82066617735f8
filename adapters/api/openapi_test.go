package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tundish/adapters/api"
)

// description is the OpenAPI document as a caller reads it, with its schemas compiled.
type description struct {
	doc    map[string]any
	find   *http.ServeMux // which of its paths a request is for
	schema *jsonschema.Compiler

	guard sync.Mutex
	ready map[string]*jsonschema.Schema
}

const base = "https://hub.example/openapi.json"

var descriptions = struct {
	sync.Mutex
	of map[string]*description // by the document's text: hubs of one kind share it
}{of: map[string]*description{}}

// described reads the document of a handler.
func described(t *testing.T, handler http.Handler) *description {
	t.Helper()
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "http://localhost/api/openapi.json", nil)
	req.RemoteAddr = "127.0.0.1:1"
	handler.ServeHTTP(rec, req)
	if rec.Code != 200 {
		t.Fatalf("the description is answered with %d %s", rec.Code, rec.Body)
	}
	text := rec.Body.String()
	descriptions.Lock()
	defer descriptions.Unlock()
	if d := descriptions.of[text]; d != nil {
		return d
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &description{doc: v.(map[string]any), find: http.NewServeMux(), schema: jsonschema.NewCompiler(), ready: map[string]*jsonschema.Schema{}}
	d.schema.DefaultDraft(jsonschema.Draft2020)
	d.schema.AssertFormat()
	d.schema.AssertContent()
	if err := d.schema.AddResource(base, v); err != nil {
		t.Fatal(err)
	}
	d.each(func(method, path string, _ map[string]any) {
		d.find.HandleFunc(method+" "+path, func(http.ResponseWriter, *http.Request) {})
	})
	descriptions.of[text] = d
	return d
}

// each calls do for every operation.
func (d *description) each(do func(method, path string, op map[string]any)) {
	for path, ops := range d.doc["paths"].(map[string]any) {
		for method, op := range ops.(map[string]any) {
			do(strings.ToUpper(method), path, op.(map[string]any))
		}
	}
}

// at compiles the schema at a place of the document.
func (d *description) at(steps ...string) (*jsonschema.Schema, error) {
	place := base + "#"
	for _, s := range steps {
		place += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(s)
	}
	d.guard.Lock()
	defer d.guard.Unlock()
	if s := d.ready[place]; s != nil {
		return s, nil
	}
	s, err := d.schema.Compile(place)
	if err == nil {
		d.ready[place] = s
	}
	return s, err
}

// conforms holds an answer against the document.
func (d *description) conforms(method, url string, status int, body []byte) error {
	_, pattern := d.find.Handler(httptest.NewRequest(method, url, nil))
	if pattern == "" {
		if status == http.StatusNotFound {
			return nil
		}
		return fmt.Errorf("%s %s is not described and answers %d", method, url, status)
	}
	_, path, _ := strings.Cut(pattern, " ")
	answer := "default"
	if status == http.StatusOK {
		answer = "200"
	}
	schema, err := d.at("paths", path, strings.ToLower(method), "responses", answer, "content", "application/json", "schema")
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := schema.Validate(v); err != nil {
		return fmt.Errorf("%s, %d: %w", pattern, status, err)
	}
	return nil
}

// TestEveryCallIsDescribedAndEveryDescriptionIsACall holds routes and document against each other, both ways.
func TestEveryCallIsDescribedAndEveryDescriptionIsACall(t *testing.T) {
	h := open(t)
	d := described(t, h.api)
	routes := map[string]api.Route{}
	for _, r := range h.api.Routes() {
		routes[r.Pattern] = r
	}
	ids, chinese := map[string]bool{}, regexp.MustCompile(`\p{Han}`)
	n := 0
	d.each(func(method, path string, op map[string]any) {
		n++
		r, ok := routes[method+" "+path]
		if !ok {
			t.Errorf("%s %s is described and not there", method, path)
			return
		}
		if right, _ := op["x-right"].(string); right != string(r.Right) {
			t.Errorf("%s %s takes %q and is described with %q", method, path, r.Right, right)
		}
		if _, open := op["security"]; open != r.Open {
			t.Errorf("%s %s: open to nobody in particular: %v, described: %v", method, path, r.Open, open)
		}
		if s, _ := op["summary"].(string); s == "" || chinese.MatchString(s) {
			t.Errorf("%s %s: summary %q", method, path, s)
		}
		if s, _ := op["description"].(string); !chinese.MatchString(s) {
			t.Errorf("%s %s: description %q is not Chinese", method, path, s)
		}
		id := op["operationId"].(string)
		if ids[id] {
			t.Errorf("the operationId %s is given twice", id)
		}
		ids[id] = true
		params, _ := op["parameters"].([]any)
		var query []string
		for _, p := range params {
			p := p.(map[string]any)
			if s := p["description"].(string); !chinese.MatchString(s) {
				t.Errorf("%s %s: parameter %s: %q", method, path, p["name"], s)
			}
			if p["in"] == "query" {
				query = append(query, p["name"].(string))
			} else if !strings.Contains(path, "{"+p["name"].(string)+"}") {
				t.Errorf("%s %s: parameter %s is not in the path", method, path, p["name"])
			}
		}
		if strings.Count(path, "{") != len(params)-len(query) {
			t.Errorf("%s %s: a parameter of the path is not described", method, path)
		}
		if method == http.MethodGet && !strings.Contains(path, "{") && !r.Open { // parameters that are described are taken, others are not
			for _, q := range query {
				if a := h.refused(path + "?" + q + "=x"); a == "unknown_parameter" && h.refused(path+"?view=all&"+q+"=x") == "unknown_parameter" {
					t.Errorf("%s: the parameter %s is described and refused", path, q)
				}
			}
			if a := h.refused(path + "?colour=red"); a != "unknown_parameter" {
				t.Errorf("%s takes a parameter that nobody knows: %s", path, a)
			}
		}
	})
	if n != len(routes) || n < 70 {
		t.Errorf("%d calls are described, there are %d", n, len(routes))
	}
}

// refused is the code with which a call is refused; the stream is not waited for.
func (h *hub) refused(path string) string {
	if path == "/api/v1/stream?crew=x" || path == "/api/v1/stream?roles=x" || path == "/api/v1/stream?after=x" {
		return ""
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	req.RemoteAddr = "127.0.0.1:1"
	h.api.ServeHTTP(rec, req)
	var a answer
	_ = json.Unmarshal(rec.Body.Bytes(), &a) // an answer that is no refusal has no code
	return a.Error.Code
}

// TestTheDescriptionIsValid compiles every schema, which holds it against JSON Schema 2020-12, and the document itself
// against what OpenAPI 3.1.0 demands.
func TestTheDescriptionIsValid(t *testing.T) {
	d := described(t, open(t).api)
	if d.doc["openapi"] != "3.1.0" {
		t.Errorf("openapi: %v", d.doc["openapi"])
	}
	compile := func(steps ...string) {
		if _, err := d.at(steps...); err != nil {
			t.Errorf("%s: %v", strings.Join(steps, " "), err)
		}
	}
	for name := range d.doc["components"].(map[string]any)["schemas"].(map[string]any) {
		if !regexp.MustCompile(`^[a-zA-Z0-9._-]+$`).MatchString(name) {
			t.Errorf("a component may not be called %q", name)
		}
		compile("components", "schemas", name)
	}
	d.each(func(method, path string, op map[string]any) {
		m := strings.ToLower(method)
		if body, ok := op["requestBody"].(map[string]any); ok {
			for media, c := range body["content"].(map[string]any) {
				if len(c.(map[string]any)["schema"].(map[string]any)) == 0 {
					t.Errorf("%s %s: what is sent is not described", method, path)
				}
				compile("paths", path, m, "requestBody", "content", media, "schema")
			}
		}
		for status, r := range op["responses"].(map[string]any) {
			r := r.(map[string]any)
			if r["description"] == "" || status != "200" && status != "default" {
				t.Errorf("%s %s: answer %s", method, path, status)
			}
			for media, c := range r["content"].(map[string]any) {
				if schema, ok := c.(map[string]any)["schema"].(map[string]any); ok {
					if len(schema) == 0 {
						t.Errorf("%s %s: answer %s is not described", method, path, status)
					}
					compile("paths", path, m, "responses", status, "content", media, "schema")
				}
			}
		}
	})
	t.Run("by the specification's own schema", func(t *testing.T) {
		const check = "import json, sys, openapi_spec_validator as v; v.validate(json.load(sys.stdin), cls=v.OpenAPIV31SpecValidator)"
		if exec.Command("python3", "-c", "import openapi_spec_validator").Run() != nil {
			t.Skip("SKIPPED: no Python with openapi-spec-validator")
		}
		text, err := json.Marshal(d.doc)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("python3", "-c", check)
		cmd.Stdin = bytes.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// TestAnAnswerThatIsNotAsDescribedIsSeen: the check that every test of a handler stands on can fail.
func TestAnAnswerThatIsNotAsDescribedIsSeen(t *testing.T) {
	d := described(t, open(t).api)
	for body, right := range map[string]bool{
		`{"views":[]}`: true, `{"views":[{"id":"a","name":{"en":"a","zh":"b"},"count":1}]}`: true,
		`{}`: false, `{"views":[{"id":1,"name":{"en":"a","zh":"b"},"count":1}]}`: false, `{"views":[{"id":"a","name":{"en":"a"},"count":1}]}`: false,
		`{"views":[{"id":"a","name":{"en":"a","zh":"b"},"count":1,"colour":"red"}]}`: false, `{"views":null}`: false, `[]`: false,
	} {
		if err := d.conforms("GET", "/api/v1/views", 200, []byte(body)); (err == nil) != right {
			t.Errorf("%s: %v", body, err)
		}
	}
	if d.conforms("GET", "/api/v1/colours", 200, []byte(`{}`)) == nil {
		t.Error("a call that is not described is taken")
	}
	if d.conforms("GET", "/api/v1/orders?view=all", 200, []byte(`{"orders":[{"no":"W1","phase":"nowhere"}]}`)) == nil {
		t.Error("a phase that there is not is taken")
	}
}

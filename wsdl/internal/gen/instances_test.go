package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/wsdl/billing"
	"tundish/wsdl/contract"
	"tundish/wsdl/gis"
	"tundish/wsdl/hotline"
	"tundish/wsdl/newconnection"
	"tundish/wsdl/xml"
)

// message is what every generated request, answer and fault detail is.
type message interface {
	xml.Marshaler
	xml.Unmarshaler
}

// collector is a Caller that keeps the messages and faults it is given.
type collector struct{ messages []message }

func (c *collector) Call(_ context.Context, _ string, request xml.Marshaler, response xml.Unmarshaler, faults map[xml.Name]func() xml.Unmarshaler) error {
	c.messages = append(c.messages, request.(message), response.(message))
	for _, detail := range faults {
		c.messages = append(c.messages, detail().(message))
	}
	return nil
}

// messagesOf calls every method of generated clients to get their messages.
func messagesOf(c *collector, clients ...any) []message {
	for _, client := range clients {
		v := reflect.ValueOf(client)
		for i := range v.NumMethod() {
			m := v.Method(i)
			m.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.New(m.Type().In(1).Elem())})
		}
	}
	return c.messages
}

// Random messages are written from each contract's model alone. xmllint finds
// them valid, so must our decoders; and what our encoders make of them again
// xmllint must find valid, and it must be the same message.
func TestContractsAgainstTheirSchemas(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("SKIPPED: xmllint is missing: apt install libxml2-utils")
	}
	h, b, n, g := new(collector), new(collector), new(collector), new(collector)
	contracts := map[string][]message{
		"hotline":       messagesOf(h, hotline.NewHotlineHubClient(h), hotline.NewHotlineSystemClient(h)),
		"billing":       messagesOf(b, billing.NewBillingHubClient(b), billing.NewBillingSystemClient(b)),
		"newconnection": messagesOf(n, newconnection.NewNewConnectionHubClient(n), newconnection.NewNewConnectionSystemClient(n)),
		"gis":           messagesOf(g, gis.NewGISHubClient(g), gis.NewGISSystemClient(g)),
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for dir, messages := range contracts {
		t.Run(dir, func(t *testing.T) {
			defs, err := contract.Load(os.DirFS("../.."), dir+"/"+dir+".wsdl")
			if err != nil {
				t.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(seed, uint64(len(dir))))
			tmp := t.TempDir()
			var files []string
			keep := func(doc []byte) {
				name := filepath.Join(tmp, fmt.Sprintf("%d.xml", len(files)))
				if err := os.WriteFile(name, doc, 0o600); err != nil {
					t.Fatal(err)
				}
				files = append(files, name)
			}
			for _, m := range messages {
				for range 8 {
					element := reflect.TypeOf(m).Elem().Name()
					doc := newInstance(t, defs, rng, element)
					if err := decode(string(doc), m); err != nil {
						t.Fatalf("%v in\n%s", err, doc)
					}
					again := encode(t, m)
					other := reflect.New(reflect.TypeOf(m).Elem()).Interface().(message)
					if err := decode(again, other); err != nil || !reflect.DeepEqual(m, other) {
						t.Fatalf("%v: read\n%+v\nand again\n%+v\nfrom %s", err, m, other, doc)
					}
					if canonical(t, string(doc)) != canonical(t, again) {
						t.Fatalf("encoded differently:\n%s\n%s", doc, again)
					}
					keep(doc)
					keep([]byte(again))
				}
			}
			schema := schemaOf(t, defs, tmp)
			out, err := exec.Command("xmllint", append([]string{"--noout", "--schema", schema}, files...)...).CombinedOutput()
			if err != nil {
				bad := ""
				for line := range strings.Lines(string(out)) {
					if !strings.HasSuffix(line, " validates\n") {
						bad += line
					}
				}
				t.Errorf("xmllint: %v\n%.3000s", err, bad)
			}
			t.Logf("%d messages of %d elements", len(files), len(messages))
		})
	}
}

// schemaOf writes the contract's one schema to a file.
func schemaOf(t *testing.T, defs *contract.Definitions, dir string) string {
	t.Helper()
	flat, err := defs.Flatten()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := flat.WSDL(contract.WriteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	from, to := bytes.Index(doc, []byte("<xs:schema")), bytes.Index(doc, []byte("</xs:schema>"))
	head := fmt.Sprintf(`<xs:schema xmlns:xs=%q xmlns:tns=%q`, contract.NamespaceXSD, defs.TargetNamespace)
	name := filepath.Join(dir, "contract.xsd")
	if err := os.WriteFile(name, []byte(head+string(doc[from+len("<xs:schema"):to])+"</xs:schema>"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// canonical rewrites a document so that equal messages are equal strings:
// namespaces by our writer, attributes as they stand.
func canonical(t *testing.T, doc string) string {
	t.Helper()
	var out strings.Builder
	r := xml.NewReader(strings.NewReader(doc), xml.Limits{})
	for {
		kind, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case xml.EOF:
			return out.String()
		case xml.Start:
			fmt.Fprintf(&out, "<%s", r.Name())
			for _, a := range r.Attrs() {
				fmt.Fprintf(&out, " %s=%q", a.Name.Local, a.Value)
			}
			out.WriteString(">")
		case xml.End:
			out.WriteString("</>")
		case xml.Text:
			out.Write(r.Text())
		}
	}
}

// instance writes a random valid message from a contract's model.
type instance struct {
	t    *testing.T
	defs *contract.Definitions
	rng  *rand.Rand
	w    *xml.Writer
}

func newInstance(t *testing.T, defs *contract.Definitions, rng *rand.Rand, element string) []byte {
	t.Helper()
	e, ok := defs.Element(xml.Name{Space: defs.TargetNamespace, Local: element})
	if !ok {
		t.Fatalf("no element %s", element)
	}
	i := &instance{t: t, defs: defs, rng: rng, w: xml.NewWriter()}
	i.w.StartNS(defs.TargetNamespace, element)
	i.content(e)
	i.w.End()
	doc, err := i.w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func (i *instance) content(e *contract.Element) {
	switch t := i.defs.Of(e).(type) {
	case *contract.ComplexType:
		for _, a := range i.defs.AttributesOf(t) {
			if a.Required || i.rng.IntN(2) == 0 {
				i.w.Attr(a.Name.Local, i.value(a.TypeName, a.Type))
			}
		}
		if g := i.defs.ContentOf(t); g != nil {
			i.group(g)
		}
	case *contract.SimpleType:
		i.w.Text(i.value(e.TypeName, t))
	default:
		i.w.Text(i.value(e.TypeName, nil))
	}
}

func (i *instance) group(g *contract.Group) {
	if g.Kind == contract.Choice {
		i.t.Fatalf("%s: teach this test choices", g.Pos)
	}
	for _, p := range g.Parts {
		low, high := p.Occurs()
		if high == contract.Unbounded {
			high = low + 2
		}
		for range low + i.rng.IntN(high-low+1) {
			switch p := p.(type) {
			case *contract.Group:
				i.group(p)
			case *contract.Element:
				i.w.Start(p.Name.Local)
				i.content(p)
				i.w.End()
			}
		}
	}
}

// value makes a value of a simple type inside its facets.
func (i *instance) value(n xml.Name, t *contract.SimpleType) string {
	low, high, most, least, fraction := int64(-1000000), int64(1000000), 40, 1, 3
	var oneOf []string
	for t == nil && n.Space != contract.NamespaceXSD || t != nil {
		if t == nil {
			named, _ := i.defs.Type(n)
			t = named.(*contract.SimpleType)
		}
		for _, f := range t.Facets {
			number, err := strconv.ParseFloat(f.Value, 64)
			switch f.Name {
			case "minInclusive":
				low = int64(number)
			case "maxInclusive":
				high = int64(number)
			case "maxLength", "length":
				most = min(most, int(number))
			case "minLength":
				least = int(number)
			case "fractionDigits":
				fraction = int(number)
			case "enumeration":
				oneOf = append(oneOf, f.Value)
			case "totalDigits":
				high, low = min(high, 9999), max(low, -9999)
			case "pattern":
				if f.Value != "[!-~]+" {
					i.t.Fatalf("%s: teach this test the pattern %s", f.Pos, f.Value)
				}
				oneOf = []string{"WO26-0511-000042", "~!x"}
			}
			if err != nil && f.Name != "pattern" && f.Name != "enumeration" {
				i.t.Fatalf("%s: %v", f.Pos, err)
			}
		}
		n, t = t.Base, t.BaseType
	}
	if len(oneOf) > 0 {
		return oneOf[i.rng.IntN(len(oneOf))]
	}
	whole := func() int64 { return low + i.rng.Int64N(high-low+1) }
	switch n.Local {
	case "string":
		letters := []rune("aB9 <&>\"'水表\U00020000")
		s := make([]rune, least+i.rng.IntN(most-least+1))
		for k := range s {
			s[k] = letters[i.rng.IntN(len(letters))]
		}
		return string(s)
	case "boolean":
		return strconv.FormatBool(i.rng.IntN(2) == 0)
	case "int", "long":
		return strconv.FormatInt(whole(), 10)
	case "decimal":
		v := whole()
		if v == low || v == high || fraction == 0 {
			return strconv.FormatInt(v, 10)
		}
		return fmt.Sprintf("%d.%0*d", v, fraction, 0)
	case "dateTime":
		return []string{"2026-05-11T10:12:00", "2026-05-11T10:12:00.250+08:00", "2026-05-11T02:12:00Z"}[i.rng.IntN(3)]
	case "date":
		return "2026-05-11"
	case "base64Binary":
		b := make([]byte, i.rng.IntN(50))
		for k := range b {
			b[k] = byte(i.rng.Int())
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	i.t.Fatalf("teach this test xs:%s", n.Local)
	return ""
}

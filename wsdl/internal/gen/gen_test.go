package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"tundish/wsdl/contract"
	"tundish/wsdl/xsd"
)

// What is committed is what the contracts ask for.
func TestVerify(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, true); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
}

// files puts a contract into a root, with the test vocabulary beside it.
func files(t *testing.T, change func(wsdl string) string) fstest.MapFS {
	t.Helper()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	wsdl := read("meterbook/meterbook.wsdl")
	changed := change(wsdl)
	return fstest.MapFS{
		"shared/shared.xsd":        {Data: []byte(read("shared/shared.xsd"))},
		"meterbook/meterbook.wsdl": {Data: []byte(changed)},
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	root := files(t, func(s string) string { return s })
	first, err := generate(root, "tundish", "x")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := generate(root, "tundish", "x")
		if err != nil {
			t.Fatal(err)
		}
		for i := range first {
			if first[i].name != again[i].name || !bytes.Equal(first[i].data, again[i].data) {
				t.Fatalf("%s came out differently", first[i].name)
			}
		}
	}
	for _, f := range first {
		if bytes.Contains(f.data, []byte("encoding/xml")) || bytes.Contains(f.data, []byte("gowsdl")) {
			t.Errorf("%s mentions encoding/xml or gowsdl", f.name)
		}
	}
}

// What the generator cannot write right it refuses, saying where.
func TestGenerateRefuses(t *testing.T) {
	const inner = `<xs:element name="Inner" type="xs:short"/>`
	cases := []struct{ name, from, to, want string }{
		{"wildcard", inner, `<xs:any/>`, "writes no wildcards"},
		{"list", inner, `<xs:element name="L"><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType></xs:element>`, "no lists and unions"},
		{"union", inner, `<xs:element name="L"><xs:simpleType><xs:union memberTypes="xs:int xs:date"/></xs:simpleType></xs:element>`, "no lists and unions"},
		{"repeated choice", `<xs:choice minOccurs="0">`, `<xs:choice minOccurs="0" maxOccurs="unbounded">`, "a repeated choice of several elements"},
		{"default", inner, `<xs:element name="Inner" type="xs:short" default="1"/>`, "defaults are not written"},
		{"unqualified", inner, `<xs:element name="Inner" type="xs:short" form="unqualified"/>`, "Inner is unqualified"},
		{"unknown type", inner, `<xs:element name="Inner" type="xs:gYear"/>`, "xs:gYear is not among the types"},
		{"undeclared type", inner, `<xs:element name="Inner" type="tns:Nowhere"/>`, "type <Nowhere> (urn:tundish:test:meterbook:v1) is not declared"},
		{"same name twice", inner, inner + inner, "has two fields Inner"},
		{"facet on a wrong type", inner, `<xs:element name="Inner"><xs:simpleType><xs:restriction base="xs:int"><xs:totalDigits value="3"/></xs:restriction></xs:simpleType></xs:element>`, "facet totalDigits: this generator cannot enforce it"},
		{"bad pattern", inner, `<xs:element name="Inner"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[a-z-[aeiou]]"/></xs:restriction></xs:simpleType></xs:element>`, "subtraction of character classes"},
		{"restricted type", `<xs:extension base="tns:Entry">`, `<xs:restriction base="tns:Entry">`, "restricted from another"},
		{"mixed", `<xs:complexType name="Entry">`, `<xs:complexType name="Entry" mixed="true">`, "no mixed content"},
		{"rpc", `<soap:binding style="document"`, `<soap:binding style="rpc"`, "is not document/literal"},
		{"one-way", `<wsdl:output message="tns:ListResponse"/>`, ``, "one-way operations are not written"},
	}
	place := regexp.MustCompile(`^meterbook/meterbook\.wsdl:\d+:\d+: `)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := files(t, func(s string) string {
				changed := strings.Replace(s, c.from, c.to, 1)
				if changed == s {
					t.Fatalf("%q is not in the contract", c.from)
				}
				if strings.HasPrefix(c.name, "restricted") {
					changed = strings.Replace(changed, "</xs:extension>\n        </xs:complexContent>", "</xs:restriction>\n        </xs:complexContent>", 1)
				}
				return changed
			})
			_, err := generate(root, "tundish", "x")
			if err == nil || !strings.Contains(err.Error(), c.want) || !place.MatchString(err.Error()) {
				t.Errorf("got %v; want a place and %q", err, c.want)
			}
		})
	}
}

func TestTranslatePattern(t *testing.T) {
	cases := []struct {
		pattern string
		yes, no []string
	}{
		{`[A-Z]{2}\d+`, []string{"AB1", "AB٣"}, []string{"ab1", "AB", "xAB1"}},
		{`a|b`, []string{"a", "b"}, []string{"ab", "ax", ""}},
		{`^a$`, []string{"^a$"}, []string{"a"}},
		{`.`, []string{"水"}, []string{"\n", "ab"}},
		{`\i\c*`, []string{"a-1", "_x", "水"}, []string{"1a", "-"}},
		{`[\w]+\s\S`, []string{"ab c"}, []string{"a,b c", "ab  "}},
		{`[^\d\]]`, []string{"x"}, []string{"1", "]"}},
		{`\p{Lu}\P{Lu}`, []string{"Ab"}, []string{"AB"}},
		{`[!-~]+`, []string{"WO26-0511"}, []string{"W O", "水"}},
	}
	for _, c := range cases {
		expr, err := xsd.TranslatePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		re := regexp.MustCompile(`^(?:` + expr + `)$`)
		for _, s := range c.yes {
			if !re.MatchString(s) {
				t.Errorf("%s (%s) does not match %q", c.pattern, expr, s)
			}
		}
		for _, s := range c.no {
			if re.MatchString(s) {
				t.Errorf("%s (%s) matches %q", c.pattern, expr, s)
			}
		}
	}
	for _, bad := range []string{`a\`, `[a-[b]]`, `\q`, `(`, `[\S]`} {
		if got, err := xsd.TranslatePattern(bad); err == nil {
			t.Errorf("%s became %s", bad, got)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{"orderNo": "OrderNo", "order-no": "Orderno", "a.b": "A_b", "type": "Type_"} {
		if got := goName(in); got != want {
			t.Errorf("goName(%s) = %s; want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"Customer": "customer", "GISHub": "gisHub", "GIS": "gis", "A": "a", "NewConnectionHub": "newConnectionHub"} {
		if got := small(in); got != want {
			t.Errorf("small(%s) = %s; want %s", in, got, want)
		}
	}
}

func TestDifference(t *testing.T) {
	var have, want strings.Builder
	for i := range 100 {
		fmt.Fprintln(&have, "line", i)
		switch i {
		case 50, 90:
			fmt.Fprintln(&want, "another line")
		case 52:
			fmt.Fprintln(&want, "line 52\nmore")
		default:
			fmt.Fprintln(&want, "line", i)
		}
	}
	got := difference("x_gen.go", have.String(), want.String())
	const shown = `--- x_gen.go as it is
+++ x_gen.go as its contract wants it
@@ line 51 @@
 line 47
 line 48
 line 49
-line 50
+another line
 line 51
 line 52
+more
 line 53
 line 54
 line 55
@@ line 91 @@
 line 87
 line 88
 line 89
-line 90
+another line
 line 91
 line 92
 line 93
`
	if got != shown {
		t.Errorf("got\n%s\nwant\n%s", got, shown)
	}
	if got := difference("x", "", "y"); got != "--- x is missing\n" {
		t.Error(got)
	}
}

// gowsdl and the contract's model must tell the same story: where they do not,
// the pass stops instead of guessing.
func TestPassStopsWhenGowsdlDisagrees(t *testing.T) {
	root := files(t, func(s string) string { return s })
	defs, err := contract.Load(root, "meterbook/meterbook.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	flat, err := defs.Flatten("MeterbookHubService")
	if err != nil {
		t.Fatal(err)
	}
	wsdl, err := flat.WSDL(contract.WriteOptions{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		change func(*plain)
		want   string
	}{
		{"agreed", func(*plain) {}, ""},
		{"type lost", func(p *plain) { delete(p.structs, "Reading") }, "gowsdl wrote no type Reading"},
		{"simple type lost", func(p *plain) { delete(p.others, "Percent") }, "gowsdl wrote no type Percent"},
		{"type added", func(p *plain) { p.structs["Stranger"] = &plainStruct{} }, "gowsdl wrote a type Stranger that the contract does not know"},
		{"field added", func(p *plain) { p.structs["Reading"].elements["Stranger"] = "Stranger" }, "gowsdl gives Reading an element Stranger"},
		{"client lost", func(p *plain) { delete(p.ports, "MeterbookHub") }, "gowsdl wrote no client for MeterbookHub"},
		{"method lost", func(p *plain) { p.ports["MeterbookHub"] = p.ports["MeterbookHub"][:1] }, "gowsdl wrote no method for operation List"},
		{"other request", func(p *plain) { p.ports["MeterbookHub"][0].request = "List" }, "gowsdl gives Record(List) RecordResponse"},
		{"other action", func(p *plain) { p.ports["MeterbookHub"][0].action = "x" }, `gowsdl gives the soapAction "x"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			pl, err := runGowsdl("meterbook", wsdl)
			if err != nil {
				t.Fatal(err)
			}
			c.change(pl)
			err = build(&pkg{dir: "meterbook", name: "meterbook"}, flat, pl, map[string]*pkg{"shared": {name: "shared", dir: "shared"}})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
}

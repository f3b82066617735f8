package shape

import (
	"regexp"
	"strings"
	"testing"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// A sample is found again in the tree that it was made from, and its texts
// pass; the recursive part ends.
func TestASampleFitsItsTree(t *testing.T) {
	for _, of := range []struct{ file, op string }{{"readings.wsdl", "Submit"}, {"encoded.wsdl", "get"}} {
		op, _ := open(t, of.file).Operation(of.op)
		for _, root := range []*Node{op.Request, op.Response} {
			doc, err := Sample(root)
			if err != nil {
				t.Fatal(err)
			}
			r := xml.NewReaderBytes(doc, xml.Limits{})
			var path []string
			elements := 0
			for {
				kind, err := r.Next()
				if err != nil {
					t.Fatalf("%v\n%s", err, doc)
				}
				if kind == xml.EOF {
					break
				}
				switch kind {
				case xml.Start:
					elements++
					if r.Depth() > 1 {
						path = append(path, r.Name().String())
					}
					if _, err := root.Find(path); err != nil {
						t.Errorf("%v: %v", path, err)
					}
				case xml.Text:
					if n, err := root.Find(path); err == nil && n.Simple != nil {
						if err := n.Simple.Check(string(r.Text())); err != nil {
							t.Errorf("%v: %v", path, err)
						}
					}
				case xml.End:
					if len(path) > 0 {
						path = path[:len(path)-1]
					}
				}
			}
			if elements < 2 || strings.Count(string(doc), "<part>") > 3 {
				t.Errorf("%s", doc)
			}
		}
	}
}

// The identifiers of the utilities' standards are GUIDs told by a pattern; a
// sample that breaks it would be refused by the first who checks.
func TestASampleTextFitsItsPatterns(t *testing.T) {
	for _, of := range []struct {
		base     string
		patterns []string // of one step each; alternatives in one are split at a space
		size     [2]string
	}{
		{"string", []string{`[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}`}, [2]string{}},
		{"token", []string{`(0\d{2,3}-)?\d{7,8}`}, [2]string{}},
		{"string", []string{`[A-Z]{2} \d{3}`}, [2]string{"minLength", "3"}},
		{"string", []string{`.*`}, [2]string{"minLength", "5"}},
		{"string", []string{`WO[0-9]*`}, [2]string{"length", "12"}},
		{"string", []string{`[一-龥]{2,4}`}, [2]string{}},
		{"string", []string{`\i\c*`}, [2]string{}},
		{"string", []string{`[^a-zA-Z0-9]+`}, [2]string{}},
		{"string", []string{`\p{Lu}\p{Nd}{6}`}, [2]string{}},
		{"string", []string{`[A-Z].*`, `.{3}`}, [2]string{}},
		{"string", []string{`(a|b)(-(c|d)){2}`}, [2]string{}},
		{"int", []string{`[5-9]\d{2}`}, [2]string{"maxInclusive", "999"}},
	} {
		simple := newSimple(xml.Name{}, of.base)
		var err error
		for _, step := range of.patterns {
			var facets []contract.Facet
			for _, one := range strings.Fields(step) {
				facets = append(facets, contract.Facet{Name: "pattern", Value: one})
			}
			if of.size[0] != "" {
				facets = append(facets, contract.Facet{Name: of.size[0], Value: of.size[1]})
			}
			if simple, err = simple.restrict(xml.Name{}, nil, facets); err != nil {
				t.Fatal(err)
			}
		}
		if len(simple.patterns) != len(of.patterns) {
			t.Fatalf("%v is not checked", of.patterns)
		}
		if text := sampleText(simple, nil, nil); simple.Check(text) != nil {
			t.Errorf("%v: %q: %v", of.patterns, text, simple.Check(text))
		}
	}
}

// A pattern that asks for very much, or for nothing that there is, ends all the same.
func TestASampleTextOfAnUnfitPatternEnds(t *testing.T) {
	for _, pattern := range []string{`((x{100}){3}y)*`, `[^\x00-\x{10FFFF}]`, `(a{300}){3}`, `a+b+`} {
		re := regexp.MustCompile(`^(?:` + pattern + `)$`)
		for _, size := range []int{-1, 9, 1 << 30} {
			for _, text := range fitting(re, size) {
				if len(text) > longestMatch || !re.MatchString(text) {
					t.Errorf("%s: %d characters: %.40q", pattern, len(text), text)
				}
			}
		}
	}
}

func TestASampleOfAnEncodedMessageNamesItsTypes(t *testing.T) {
	svc := open(t, "encoded.wsdl")
	op, _ := svc.Operation("get")
	request, err := svc.SampleRequest(op)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := svc.SampleResponse(op)
	if err != nil {
		t.Fatal(err)
	}
	const head = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/">
  <soap:Body>
`
	const wantRequest = head + `    <get xmlns="urn:wire" soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
      <area xmlns="" xsi:type="xsd:string">示例</area>
    </get>
  </soap:Body>
</soap:Envelope>`
	const wantAnswer = head + `    <getResponse xmlns="urn:wire" soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
      <getReturn xmlns="" xsi:type="soapenc:Array" xmlns:t="urn:billing" soapenc:arrayType="t:Order[1]">
        <item xsi:type="t:Order">
          <no xsi:type="soapenc:string">示例</no>
          <days xsi:type="soapenc:Array" soapenc:arrayType="xsd:int[1]">
            <item xsi:type="xsd:int">1</item>
          </days>
        </item>
      </getReturn>
    </getResponse>
  </soap:Body>
</soap:Envelope>`
	if string(request) != wantRequest || string(answer) != wantAnswer {
		t.Errorf("%s\n%s", request, answer)
	}
}

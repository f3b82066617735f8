package shape

import (
	"strings"
	"testing"

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
					if n, err := root.Find(path); err == nil && n.Simple != nil && len(n.Simple.Patterns) == 0 {
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

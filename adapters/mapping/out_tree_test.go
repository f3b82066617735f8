package mapping

import (
	"strings"
	"testing"

	"tundish/core"
	"tundish/wsdl/xml"
)

// body opens a Body around the given elements and stands at the first.
func body(t *testing.T, inner string) *xml.Reader {
	t.Helper()
	r := xml.NewReaderBytes([]byte(`<Body xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:b="urn:b">`+inner+`</Body>`), xml.Limits{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if more, err := r.NextChild(); err != nil || !more {
		t.Fatal(more, err)
	}
	return r
}

func TestAnEncodedBodySaysTheSamePlainly(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"multiRef": {
			`<b:submit s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><order href="#id0"/></b:submit><multiRef id="id0" e:root="0" i:type="b:Order"><no i:type="xsd:string">4711</no><meter href="#id1"/></multiRef><multiRef id="id1" e:root="0"><serial>甲</serial></multiRef>`,
			`<submit xmlns="urn:b"><order xmlns=""><no>4711</no><meter><serial>甲</serial></meter></order></submit>`,
		},
		"multiRef first": {
			`<multiRef id="id0" e:root="0">x</multiRef><b:submit><a href="#id0"/><b href="#id0"/></b:submit>`,
			`<submit xmlns="urn:b"><a xmlns="">x</a><b xmlns="">x</b></submit>`,
		},
		"array": {
			`<b:submit><list e:arrayType="b:Order[2]" i:type="e:Array"><item href="#1"/><item i:nil="true"/></list></b:submit><multiRef id="1" e:root="0"><no>1</no></multiRef>`,
			`<submit xmlns="urn:b"><list xmlns=""><item><no>1</no></item><item xmlns:a="http://www.w3.org/2001/XMLSchema-instance" a:nil="true"/></list></submit>`,
		},
		"inside": {
			`<b:submit><a id="7"><n>1</n></a><b href="#7"/></b:submit>`,
			`<submit xmlns="urn:b"><a xmlns=""><n>1</n></a><b xmlns=""><n>1</n></b></submit>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(body(t, c.in))
			if err != nil || string(got) != c.want {
				t.Errorf("got  %s\nwant %s\n%v", got, c.want, err)
			}
		})
	}
}

func TestReferencesThatCannotBeFollowedAreRefused(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString(`<b:submit><a href="#0"/></b:submit>`)
	for i := range 30 {
		n, next := string(rune('A'+i)), string(rune('A'+i+1))
		if i == 0 {
			n = "0"
		}
		bomb.WriteString(`<m id="` + n + `" e:root="0"><x href="#` + next + `"/><y href="#` + next + `"/></m>`)
	}
	bomb.WriteString(`<m id="` + string(rune('A'+30)) + `" e:root="0">z</m>`)
	for name, in := range map[string]string{
		"nowhere": `<b:submit><a href="#9"/></b:submit>`,
		"cycle":   `<b:submit><a href="#1"/></b:submit><m id="1" e:root="0"><x href="#2"/></m><m id="2" e:root="0"><x href="#1"/></m>`,
		"itself":  `<b:submit><a id="1" href="#1"/></b:submit>`,
		"twice":   `<b:submit/><m id="1" e:root="0"/><m id="1" e:root="0"/>`,
		"nobody":  `<m id="1" e:root="0"/>`,
		"bomb":    bomb.String(),
		"bytes":   `<b:submit>` + strings.Repeat(`<a href="#1"/>`, 70) + `</b:submit><m id="1" e:root="0">` + strings.Repeat("x", 1<<20) + `</m>`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Decode(body(t, in)); !core.IsKind(err, core.Invalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

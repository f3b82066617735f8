package xml_test

import (
	"strings"
	"testing"

	"tundish/wsdl/xml"
)

func TestAReaderGoesBackToAStartTag(t *testing.T) {
	const doc = "<p:list xmlns:p=\"urn:p\">\n<p:item xmlns:q=\"urn:q\" q:no=\"1\"><a>one</a>\n<q:b><![CDATA[<]]></q:b></p:item><p:item/><end>x</end></p:list>"
	for steps := range 14 { // how far one has read when one goes back
		r := xml.NewReaderBytes([]byte(doc), xml.Limits{})
		for r.Name().Local != "item" {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
		place, ok := r.Place()
		if !ok {
			t.Fatal("no place in a document that is at hand")
		}
		for range steps {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
			if r.Kind() == xml.End && r.Name().Local == "item" {
				break
			}
		}
		if err := r.Back(place); err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		if at := r.Position(); at.Line != 2 || at.Column != 1 {
			t.Errorf("after %d steps back at %+v", steps, at)
		}
		w := xml.NewWriter()
		if err := r.Capture(w); err != nil {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		copied, err := w.Finish()
		if err != nil || !strings.Contains(string(copied), "&lt;") || !strings.Contains(string(copied), `no="1"`) {
			t.Errorf("after %d steps: %s, %v", steps, copied, err)
		}
		if err := r.Finish(); err != nil {
			t.Errorf("after %d steps the rest: %v", steps, err)
		}
	}
}

func TestAReaderGoesBackFromAMistake(t *testing.T) {
	r := xml.NewReaderBytes([]byte("<list><item><a><b/></a></item><item>2</item></list>"), xml.Limits{})
	for r.Name().Local != "item" {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	place, _ := r.Place()
	if _, err := r.ElementText(); err == nil {
		t.Fatal("a child element passed for text")
	}
	if err := r.Back(place); err != nil {
		t.Fatal(err)
	}
	if err := r.Skip(); err != nil {
		t.Fatal(err)
	}
	if more, err := r.NextChild(); !more || err != nil {
		t.Fatalf("the element behind: %t, %v", more, err)
	}
	if text, err := r.ElementText(); string(text) != "2" || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	if _, ok := xml.NewReader(strings.NewReader("<a/>"), xml.Limits{}).Place(); ok {
		t.Error("a stream does not come back")
	}
}

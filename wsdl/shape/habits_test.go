package shape

import (
	"strings"
	"testing"
)

// Contracts are used with their mistakes: what does not need the broken part works, what
// does says why, and nothing is passed over in silence.
func TestWhatIsWrongInAContractCostsOnlyWhatNeedsIt(t *testing.T) {
	s := open(t, "habits.wsdl")
	for path, builtin := range map[string]string{"photo": "base64Binary", "photo/@contentType": "", "file": "anyURI", "days/item": "anySimpleType", "own": "string", "source/Address": "", "ReplyTo/Address": ""} {
		op, _ := s.Operation("Report")
		n, err := op.Request.Find(strings.Split(path, "/"))
		switch {
		case op.Err != nil || err != nil:
			t.Errorf("%s: %v %v", path, op.Err, err)
		case builtin == "" && !n.Any, builtin != "" && (n.Simple == nil || n.Simple.Builtin != builtin):
			t.Errorf("%s: %+v", path, n)
		}
	}
	if op, _ := s.Operation("Bare"); op.Err != nil || op.Request.Name.Local != "number" || op.Request.Simple.Builtin != "int" {
		t.Errorf("a part with a type: %+v", op)
	}
	for name, says := range map[string]string{
		"Lost": "gone.xsd, which should declare it, cannot be read",
		"Two":  "puts 2 parts into the body",
	} {
		op, _ := s.Operation(name)
		if op.Err == nil || !strings.HasPrefix(op.Err.Error(), "habits.wsdl:") || !strings.Contains(op.Err.Error(), says) || !strings.Contains(Chinese(op.Err), "habits.wsdl:") || Chinese(op.Err) == op.Err.Error() {
			t.Errorf("%s: %v", name, op.Err)
		}
	}
	var doubts []string
	for _, d := range s.Defs.Doubts {
		doubts = append(doubts, d.Error())
	}
	all := strings.Join(doubts, "\n")
	for _, want := range []string{"habits.wsdl:4:274: text where only elements", "element <elment>", "element Report is declared twice", "habits.wsdl:7:5: cannot read gone.xsd", "ws-addr.xsd: it is in the network"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among the doubts:\n%s", want, all)
		}
	}
	if len(doubts) != 5 || s.Defs.Check() == nil {
		t.Errorf("%d doubts:\n%s", len(doubts), all)
	}
}

// Of the types that may stand for an abstract one, a sample takes one that ends.
func TestASampleOfAnAbstractTypeEnds(t *testing.T) {
	s := open(t, "habits.wsdl")
	op, _ := s.Operation("Place")
	doc, err := s.SampleRequest(op)
	if err != nil || !strings.Contains(string(doc), `<of xsi:type="t:Point">`) && !strings.Contains(string(doc), "<x>") {
		t.Errorf("%s %v", doc, err)
	}
}

// A * stands for any element that the rest of the path leads through.
func TestAStarIsWhicheverElementHasTheRest(t *testing.T) {
	s := open(t, "habits.wsdl")
	op, _ := s.Operation("Place")
	if n, err := op.Request.Find([]string{"*", "of", "*"}); err != nil || n.Name.Local != "of" && n.Name.Local != "x" {
		t.Errorf("%+v %v", n, err)
	}
	r := open(t, "readings.wsdl")
	submit, _ := r.Operation("Submit")
	n, err := submit.Request.Find([]string{"order", "*", "name"}) // the fifth child has one
	if err != nil || n.Name.Local != "name" {
		t.Errorf("%+v %v", n, err)
	}
	_, err = submit.Request.Find([]string{"*", "part", "nmae"})
	if bad, ok := err.(*PathError); !ok || bad.Step != 2 || bad.Near != "name" {
		t.Errorf("%+v", err)
	}
}

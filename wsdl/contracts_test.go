// Package wsdl_test holds the contracts against their own rules (README.md) and
// against stacks that are not ours.
package wsdl_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// operations is what the design asks of each contract, and ListOrders, by which
// the books of a system are read for reconciliation.
var operations = []struct{ contract, service, names string }{
	{"hotline", "HotlineHubService", "SubmitOrder AmendOrder CancelOrder ExpediteOrder QueryOrder RecordFollowUp AnswerExtension"},
	{"hotline", "HotlineSystemService", "UpdateOrderStatus CloseOrder ReturnOrder RequestExtension GetWriteBackStatus ListOrders"},
	{"billing", "BillingHubService", "SubmitOrder AmendOrder CancelOrder QueryOrder"},
	{"billing", "BillingSystemService", "GetScheduledReplacements ConfirmReceived UpdateOrderStatus ReturnOrder CompleteReplacement CompleteRemoval CompleteRecheck UpdateCustomer RegisterScrappedMeter GetCustomer GetWriteBackStatus ListOrders"},
	{"newconnection", "NewConnectionHubService", "SubmitInstallation AmendOrder CancelOrder QueryOrder"},
	{"newconnection", "NewConnectionSystemService", "GetPendingInstallations ConfirmReceived UpdateOrderStatus ReturnOrder CompleteInstallation GetWriteBackStatus ListOrders"},
	{"gis", "GISHubService", "SubmitOrder ReportCrewPositions"},
	{"gis", "GISSystemService", "Geocode GetServicePoint GetNearbyAssets UpdateServicePoint UpdateOrderStatus GetWriteBackStatus ListOrders"},
}

func load(t *testing.T, name string) *contract.Definitions {
	t.Helper()
	d, err := contract.Load(os.DirFS("."), name+"/"+name+".wsdl")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return d
}

// portTypeOf finds the port type and the binding of a service with one port.
func portTypeOf(t *testing.T, d *contract.Definitions, service string) (*contract.PortType, *contract.Binding) {
	t.Helper()
	s, ok := d.Service(service)
	if !ok || len(s.Ports) != 1 {
		t.Fatalf("no service %s with one port", service)
	}
	b, ok := d.Binding(s.Ports[0].Binding)
	if !ok {
		t.Fatalf("%s: no binding %v", service, s.Ports[0].Binding)
	}
	p, ok := d.PortType(b.PortType)
	if !ok {
		t.Fatalf("%s: no port type %v", service, b.PortType)
	}
	return p, b
}

func TestOperationsOfTheDesign(t *testing.T) {
	for _, want := range operations {
		p, _ := portTypeOf(t, load(t, want.contract), want.service)
		var have []string
		for _, o := range p.Operations {
			have = append(have, o.Name)
		}
		slices.Sort(have)
		names := strings.Fields(want.names)
		slices.Sort(names)
		if !slices.Equal(have, names) {
			t.Errorf("%s has %v, the design wants %v", want.service, have, names)
		}
	}
}

// The shape that every stack can use: wrapped, part "parameters", one typed fault,
// SOAP 1.1 only, a SOAPAction out of namespace and name.
func TestShapeOfOperations(t *testing.T) {
	for _, c := range operations {
		d := load(t, c.contract)
		ns := "urn:tundish:" + c.contract + ":v1"
		if d.TargetNamespace != ns {
			t.Fatalf("%s has the namespace %s", c.contract, d.TargetNamespace)
		}
		p, b := portTypeOf(t, d, c.service)
		if b.SOAP != contract.SOAP11 {
			t.Errorf("%s: the source has a SOAP 1.1 binding only; others are added when it is served", c.service)
		}
		actions := map[string]string{}
		for _, o := range b.Operations {
			actions[o.Name] = o.Action
		}
		for _, o := range p.Operations {
			if want := ns + "/" + o.Name; actions[o.Name] != want {
				t.Errorf("%s: SOAPAction is %q, not %q", o.Name, actions[o.Name], want)
			}
			request := wrapper(t, d, o.Input, o.Name)
			wrapper(t, d, o.Output, o.Name+"Response")
			if len(o.Faults) != 1 {
				t.Errorf("%s declares %d faults, not the one OrderFault", o.Name, len(o.Faults))
				continue
			}
			if m, _ := d.Message(o.Faults[0].Message); m == nil || len(m.Parts) != 1 || m.Parts[0].Element != (xml.Name{Space: ns, Local: "OrderFault"}) {
				t.Errorf("%s: the fault's detail is not OrderFault", o.Name)
			}
			if !strings.HasSuffix(c.service, "SystemService") {
				continue
			}
			// What the hub sends can be told from its retries.
			for i, name := range []string{"MessageId", "Sequence", "SentAt"} {
				if i >= len(request) || request[i].Name.Local != name || request[i].Min != 1 {
					t.Errorf("%s: child %d must be %s and required", o.Name, i+1, name)
				}
			}
		}
	}
}

// wrapper checks a message's one element and returns the element's children.
func wrapper(t *testing.T, d *contract.Definitions, io *contract.IO, name string) []*contract.Element {
	t.Helper()
	m, ok := d.Message(io.Message)
	if !ok || len(m.Parts) != 1 || m.Parts[0].Name != "parameters" || m.Parts[0].Element.Local != name {
		t.Fatalf("%s: the message wants one part \"parameters\" with the element %s", io.Pos, name)
	}
	e, ok := d.Element(m.Parts[0].Element)
	if !ok {
		t.Fatalf("no element %s", name)
	}
	ct, ok := e.Type.(*contract.ComplexType)
	if !ok || ct.Content == nil || ct.Content.Kind != contract.Sequence {
		t.Fatalf("%s: element %s is no anonymous sequence", e.Pos, name)
	}
	var children []*contract.Element
	for _, part := range ct.Content.Parts {
		children = append(children, part.(*contract.Element))
	}
	return children
}

func TestEverythingIsExplainedInBothLanguages(t *testing.T) {
	declarations := 0
	explained := func(pos contract.Pos, what string, docs contract.Docs) {
		t.Helper()
		declarations++
		for _, lang := range []string{"en", "zh-CN"} {
			n := 0
			for _, d := range docs {
				if d.Lang == lang && d.Text != "" && (lang == "en" || hasHan(d.Text)) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s: %s has %d documentations in %s, not one", pos, what, n, lang)
			}
		}
	}
	// WSDL allows no xml:lang on its documentation, so the languages stand in brackets:
	// "[en] … [zh-CN] …".
	both := func(pos contract.Pos, what string, docs contract.Docs) {
		t.Helper()
		declarations++
		if len(docs) != 2 || docs.In("en") == "" || !hasHan(docs.In("zh-CN")) {
			t.Errorf("%s: %s wants one wsdl:documentation, \"[en] … [zh-CN] …\"", pos, what)
		}
	}
	var group func(g *contract.Group)
	attributes := func(all []*contract.Attribute) {
		for _, a := range all {
			explained(a.Pos, "attribute "+a.Name.Local, a.Docs)
		}
	}
	group = func(g *contract.Group) {
		if g == nil {
			return
		}
		if g.Kind != contract.Sequence {
			t.Errorf("%s: a %s; the contracts keep to sequences", g.Pos, g.Kind)
		}
		for _, p := range g.Parts {
			e, ok := p.(*contract.Element)
			if !ok {
				t.Errorf("%s: a sequence holds elements only", g.Pos)
				continue
			}
			explained(e.Pos, "element "+e.Name.Local, e.Docs)
		}
	}
	for _, name := range []string{"hotline", "billing", "newconnection", "gis"} {
		d := load(t, name)
		both(d.Pos, "the contract", d.Docs)
		for _, s := range d.Schemas {
			for _, c := range s.Components {
				switch c := c.(type) {
				case *contract.Element:
					explained(c.Pos, "element "+c.Name.Local, c.Docs)
					if ct, ok := c.Type.(*contract.ComplexType); ok {
						group(ct.Content)
					}
				case *contract.ComplexType:
					explained(c.Pos, "type "+c.Name.Local, c.Docs)
					group(c.Content)
					attributes(c.Attributes)
				case *contract.SimpleType:
					explained(c.Pos, "type "+c.Name.Local, c.Docs)
					for _, f := range c.Facets {
						if f.Name == "enumeration" {
							t.Errorf("%s: codes are documented lists, not enumerations", f.Pos)
						}
					}
				}
			}
		}
		for _, p := range d.PortTypes {
			both(p.Pos, "port type "+p.Name.Local, p.Docs)
			for _, o := range p.Operations {
				both(o.Pos, "operation "+o.Name, o.Docs)
				for _, f := range o.Faults {
					both(f.Pos, "fault of "+o.Name, f.Docs)
					for _, doc := range f.Docs {
						if strings.Contains(doc.Text, "\n") {
							t.Errorf("%s: the documentation of a fault stays on one line: generators put it behind a line comment", f.Pos)
						}
					}
				}
			}
		}
		for _, s := range d.Services {
			both(s.Pos, "service "+s.Name.Local, s.Docs)
		}
	}
	if declarations < 1000 {
		t.Fatalf("only %d declarations were looked at", declarations)
	}
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// A type that no operation reaches is a leftover.
func TestEveryTypeIsUsed(t *testing.T) {
	declared, used := map[string]contract.Pos{}, map[string]bool{}
	for _, c := range operations {
		d := load(t, c.contract)
		for _, s := range d.Schemas {
			for _, x := range s.Components {
				switch x := x.(type) {
				case *contract.ComplexType:
					declared[x.Name.Local] = x.Pos
				case *contract.SimpleType:
					declared[x.Name.Local] = x.Pos
				}
			}
		}
		flat, err := d.Flatten(c.service)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range flat.Schemas {
			for _, x := range s.Components {
				if n, ok := x.(contract.Type); ok {
					used[n.TypeName().Local] = true
				}
			}
		}
	}
	for name, pos := range declared {
		if !used[name] {
			t.Errorf("%s: no operation uses type %s", pos, name)
		}
	}
}

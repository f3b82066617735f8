package standard

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/wsdl/contract"
)

var contractFiles = []string{"hotline", "billing", "newconnection", "gis"}

func wsdlOf(t *testing.T, name string) func(bool) []byte {
	t.Helper()
	data, err := os.ReadFile("../../wsdl/" + name + "/served/hub.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	return func(bool) []byte { return data }
}

func shippedWords(t *testing.T) *codes.Vocabulary {
	t.Helper()
	var p lang.Problems
	v := codes.ReadVocabulary(&p, "../../config/vocabulary.yaml", nil)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	v.Set(codes.Kind{Name: codes.Type, Words: []codes.Word{
		{Code: "leak", Name: lang.Text{En: "Leak repair", Zh: "漏水报修"}}, {Code: "valve_inspection", Name: lang.Text{En: "Valve inspection", Zh: "阀门巡检"}},
	}})
	return v
}

// textOf finds the documentation of an element in a type or element of a contract.
func textOf(t *testing.T, text []byte, in, element, language string) string {
	t.Helper()
	defs, err := contract.LoadFunc(func(string) ([]byte, error) { return text, nil }, "hub.wsdl")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range defs.Schemas {
		for _, c := range s.Components {
			if c, ok := c.(*contract.ComplexType); ok && c.Name.Local == in {
				for _, p := range c.Content.Parts {
					if e, ok := p.(*contract.Element); ok && e.Name.Local == element {
						return e.Docs.In(language)
					}
				}
			}
		}
	}
	t.Fatalf("there is no %s/%s", in, element)
	return ""
}

// Whoever reads the contract of a running hub finds the codes that this hub takes from this system,
// called as the house calls them.
func TestTheServedContractListsTheCodesThatHold(t *testing.T) {
	words := shippedWords(t)
	s := system(t, func(s *Settings) {
		s.Words = func() *codes.Vocabulary { return words }
		s.Codes.Channel = Table{Pairs: []Pair{{"DH", "phone"}}, Unmapped: Refuse}
		s.Codes.Urgency = Table{Pairs: []Pair{{"1", "emergency"}}}
	})
	d := &described{system: s, original: wsdlOf(t, "hotline")}
	text := d.wsdl(false)
	for _, c := range []struct{ in, element, language, want string }{
		{"Order", "Type", "en", "Order type. Codes: leak (Leak repair), valve_inspection (Valve inspection)."},
		{"Order", "Type", "zh-CN", "工单类型。代码：leak 漏水报修，valve_inspection 阀门巡检。"},
		{"Order", "Channel", "en", "How the report came in. Codes: DH (Phone). Absent means the usual channel of the system."},
		{"Order", "Urgency", "zh-CN", "紧急程度。代码：1 紧急，urgent 加急，normal 一般。不传时按工单类型。枢纽可以提高，不会降低。"},
		{"Report", "SubCategory", "en", "Category one level below. Codes: leak: main (Main), service_pipe (Service pipe)"},
		{"OrderEvent", "Kind", "en", "What happened. Codes: received ("},
	} {
		if got := textOf(t, text, c.in, c.element, c.language); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s/%s in %s says\n%s\nand not\n%s", c.in, c.element, c.language, got, c.want)
		}
	}
	if got := textOf(t, text, "OrderEvent", "Kind", "en"); strings.Contains(got, "hold_") || !strings.Contains(got, "extension_answered (") {
		t.Errorf("events told to partners: %s", got)
	}

	renamed := words.Clone()
	renamed.Set(codes.Kind{Name: codes.Type, Words: []codes.Word{{Code: "leak", Name: lang.Text{En: "Leak.", Zh: "漏。"}}}})
	words = renamed
	if got := textOf(t, d.wsdl(true), "Order", "Type", "en"); got != "Order type. Codes: leak (Leak)." {
		t.Errorf("after new words went live: %s", got)
	}
}

// A shared table has two levels, each of which is listed where it is written.
func TestTheServedContractListsBothLevelsOfASharedTable(t *testing.T) {
	var p lang.Problems
	words := shippedWords(t)
	tables := codes.ReadTables(&p, "../../config/codetables", words)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	table := Table{Shared: tables["hotline-categories"]}
	s := system(t, func(s *Settings) {
		s.Words = func() *codes.Vocabulary { return words }
		s.Codes.Category, s.Codes.SubCategory = table, table
	})
	text := (&described{system: s, original: wsdlOf(t, "hotline")}).wsdl(false)
	if got := textOf(t, text, "Report", "Category", "zh-CN"); !strings.Contains(got, "代码：01 爆管，02 漏水，03 无水") {
		t.Error(got)
	}
	if got := textOf(t, text, "Report", "SubCategory", "zh-CN"); !strings.Contains(got, "代码：02: 0201 干管，0202 支管") {
		t.Error(got)
	}
}

// No list of house codes is forgotten: each element whose documentation lists codes is known with its
// kind, or is one of those whose codes are the contract's own.
func TestEveryListOfCodesInTheContractsIsOfAKind(t *testing.T) {
	own := []string{"Acknowledgement/Code", "Asset/Kind", "Asset/State", "BookEntry/State", "Candidate/Level", "CustomerMatch/State", "GetWriteBackStatusResponse/State", "RefusedPosition/Code", "ReturnOrder/ReasonCode", "ServicePoint/State"}
	words := shippedWords(t)
	for _, k := range words.Kinds() {
		words.Set(codes.Kind{Name: k.Name, Words: otherwise(k.Words)})
	}
	for _, name := range contractFiles {
		original := wsdlOf(t, name)
		s := system(t, func(s *Settings) { s.Words = func() *codes.Vocabulary { return words } })
		text := (&described{system: s, original: original}).wsdl(false)
		was, is := codeElements(string(original(false))), codeElements(string(text))
		if len(was) < 15 || len(was) != len(is) {
			t.Fatalf("%s: %d elements were %d", name, len(is), len(was))
		}
		for i, e := range was {
			if !listed.MatchString(e.english) || slices.Contains(own, e.name) {
				if is[i] != e {
					t.Errorf("%s: %s was changed\nfrom %+v\nto   %+v", name, e.name, e, is[i])
				}
				continue
			}
			if !strings.Contains(is[i].english, "*") || !strings.Contains(is[i].chinese, "*") {
				t.Errorf("%s: %s still says %s\n%s", name, e.name, is[i].english, is[i].chinese)
			}
		}
	}
}

// otherwise calls words with a star.
func otherwise(words []codes.Word) []codes.Word {
	words = slices.Clone(words)
	for i := range words {
		w := &words[i]
		w.Name.En, w.Name.Zh, w.Below = w.Name.En+"*", w.Name.Zh+"*", otherwise(w.Below)
	}
	return words
}

type said struct{ name, english, chinese string }

// codeElements are all elements of type Code with what is said of them, in their sequence.
func codeElements(wsdl string) []said {
	pattern := regexp.MustCompile(`(?s)\n {6}<xs:(?:complexType|simpleType|element) name="(\w+)"|<xs:element name="(\w+)" type="tns:Code"[^>]*>\s*<xs:annotation>\s*<xs:documentation xml:lang="en">(.*?)</xs:documentation>\s*<xs:documentation xml:lang="zh-CN">(.*?)</xs:documentation>`)
	var list []said
	in := ""
	for _, m := range pattern.FindAllStringSubmatch(wsdl, -1) {
		if m[1] != "" {
			in = m[1]
			continue
		}
		list = append(list, said{in + "/" + m[2], m[3], m[4]})
	}
	return list
}

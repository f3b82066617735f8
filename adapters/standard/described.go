package standard

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/wsdl/contract"
)

// coded are the elements of the contracts that carry codes of the house, by name alone or below
// the type that they stand in, with the kind of these codes.
var coded = map[string]string{
	"Type": codes.Type, "Category": codes.Category, "SubCategory": codes.SubCategory, "Tariff": "tariff", "Meter/State": "meter_state",
	"Reason": codes.Reason, "Handling": codes.Handling, "OldMeterFate": "meter_fate", "Fate": "meter_fate", "Confirmation": "confirmation",
	"AccountTreatment": "account_treatment", "Satisfaction": "satisfaction", "Channel": codes.Channel, "Urgency": codes.Urgency, "Status": codes.Status,
	"Outcome": "outcome", "OrderEvent/Kind": codes.Event,
}

// KindOf names the kind of house codes that an element of the contracts carries, by the name of
// the type or element it stands in and its own; "" for one that carries none.
func KindOf(in, element string) string {
	if kind := coded[in+"/"+element]; kind != "" {
		return kind
	}
	return coded[element]
}

// The lists of codes in the documentation of the contracts. What they name is replaced; the text around it stays.
var (
	listed   = regexp.MustCompile(`(?:House codes for leak|House codes|Codes of order types|Codes): ([^.]*)\.`)
	listedZh = regexp.MustCompile(`(?:leak 的通用代码|通用代码|工单类型代码|代码)：([^。]*)。`)
)

// Contract gives a contract, with SOAP 1.1 or with 1.2 bindings, with the codes that hold at this installation:
// those of the system's code tables, else the house's, in the house's words of the moment. Partners read them
// where they read the contract. Without Words it is the original.
func (s *System) Contract(original func(soap12 bool) []byte) func(soap12 bool) []byte {
	if s.Words == nil {
		return original
	}
	return (&described{system: s, original: original}).wsdl
}

type described struct {
	system   *System
	original func(soap12 bool) []byte

	mu    sync.Mutex
	words *codes.Vocabulary // that texts are of
	texts [2][]byte         // with SOAP 1.1 and with 1.2 bindings
}

// wsdl is a contract as it is served.
func (d *described) wsdl(soap12 bool) []byte {
	words, which := d.system.Words(), 0
	if soap12 {
		which = 1
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.words != words {
		d.words, d.texts = words, [2][]byte{}
	}
	if d.texts[which] == nil {
		text, err := d.write(words, soap12)
		if err != nil {
			text = d.original(soap12) // it cannot be: the same hand wrote it, and a test reads all of them
		}
		d.texts[which] = text
	}
	return d.texts[which]
}

func (d *described) write(words *codes.Vocabulary, soap12 bool) ([]byte, error) {
	defs, err := contract.LoadFunc(func(string) ([]byte, error) { return d.original(false), nil }, "hub.wsdl")
	if err != nil {
		return nil, err
	}
	d.retell(words, defs)
	return defs.WSDL(contract.WriteOptions{SOAP12: soap12})
}

// retell puts the codes that hold into the documentation of a contract's elements.
func (d *described) retell(words *codes.Vocabulary, defs *contract.Definitions) {
	var group func(in string, g *contract.Group)
	element := func(in string, e *contract.Element) {
		if kind := KindOf(in, e.Name.Local); kind != "" {
			for i := range e.Docs {
				e.Docs[i].Text = d.said(words, kind, e.Docs[i])
			}
		}
		if t, ok := e.Type.(*contract.ComplexType); ok && t.Content != nil {
			group(e.Name.Local, t.Content)
		}
	}
	group = func(in string, g *contract.Group) {
		for _, part := range g.Parts {
			switch p := part.(type) {
			case *contract.Element:
				element(in, p)
			case *contract.Group:
				group(in, p)
			}
		}
	}
	for _, s := range defs.Schemas {
		for _, c := range s.Components {
			switch c := c.(type) {
			case *contract.Element:
				element("", c)
			case *contract.ComplexType:
				if c.Content != nil {
					group(c.Name.Local, c.Content)
				}
			}
		}
	}
}

// said is a documentation with the list of codes that holds in the place of the one it had.
func (d *described) said(words *codes.Vocabulary, kind string, doc contract.Doc) string {
	list, l, form := listed, lang.English, "Codes: %s."
	if strings.HasPrefix(doc.Lang, "zh") {
		list, l, form = listedZh, lang.Chinese, "代码：%s。"
	}
	at := list.FindStringSubmatchIndex(doc.Text)
	if at == nil {
		return doc.Text // as another element's
	}
	lines := d.system.lines(words, kind)
	if kind == codes.Event { // most are the hub's own and told to nobody
		lines = slices.DeleteFunc(lines, func(c line) bool { return !slices.Contains(codesIn(doc.Text[at[2]:at[3]]), c.code) })
	}
	if len(lines) == 0 {
		return doc.Text
	}
	return doc.Text[:at[0]] + fmt.Sprintf(form, write(lines, l)) + doc.Text[at[1]:]
}

var word = regexp.MustCompile(`[\w]+`)

func codesIn(list string) []string { return word.FindAllString(list, -1) }

// line is one code as a system writes it, with the house's words.
type line struct {
	above, code string // above is the code one level up, for codes that mean something only below it
	called      lang.Text
}

func write(lines []line, l lang.Lang) string {
	comma, semicolon, open, end := ", ", "; ", " (", ")"
	if l == lang.Chinese {
		comma, semicolon, open, end = "，", "；", " ", ""
	}
	var b strings.Builder
	for i, c := range lines {
		switch {
		case i > 0 && c.above != lines[i-1].above:
			b.WriteString(semicolon)
		case i > 0:
			b.WriteString(comma)
		}
		if c.above != "" && (i == 0 || c.above != lines[i-1].above) {
			b.WriteString(c.above + ": ")
		}
		b.WriteString(c.code)
		if name := c.called.In(l); name != "" && name != c.code {
			b.WriteString(open + plain.Replace(name) + end)
		}
	}
	return b.String()
}

// plain keeps a name from ending the list that it stands in.
var plain = strings.NewReplacer(".", "", "。", "", "\n", " ")

// lines are the codes of a kind that the system may write, and reads.
func (s *System) lines(words *codes.Vocabulary, kind string) []line {
	t := s.Codes.of(kind)
	if t == nil {
		return house(words, kind)
	}
	if t.Shared != nil {
		return shared(words, kind, t.Shared)
	}
	var lines []line
	mapped := map[string]bool{}
	for _, p := range t.Pairs {
		w, _ := words.Find(kind, codes.ParseCode(p.House))
		lines, mapped[p.House] = append(lines, line{code: p.Source, called: w.Name}), true
	}
	if t.Unmapped == Keep {
		for _, c := range house(words, kind) {
			if !mapped[c.code] {
				lines = append(lines, c)
			}
		}
	}
	return lines
}

func house(words *codes.Vocabulary, kind string) []line {
	k, _ := words.Kind(kind)
	if kind == codes.SubCategory {
		k, _ = words.Kind(codes.Category)
	}
	var lines []line
	for _, w := range k.Words {
		if kind != codes.SubCategory {
			lines = append(lines, line{code: w.Code, called: w.Name})
			continue
		}
		for _, b := range w.Below {
			lines = append(lines, line{above: w.Code, code: b.Code, called: b.Name})
		}
	}
	return lines
}

// shared are the codes of a shared table at the level of a kind.
func shared(words *codes.Vocabulary, kind string, t *codes.Table) []line {
	var lines []line
	for _, r := range t.Rows {
		c := line{code: r.Theirs.String()}
		switch below := t.Levels > 1 && r.Theirs.Sub != ""; {
		case r.Ours == codes.Code{}, below && kind == codes.Category, !below && kind == codes.SubCategory:
			continue
		case below:
			c.above, c.code = r.Theirs.Code, r.Theirs.Sub
		}
		w, ok := words.Find(t.Kind, r.Ours)
		if !ok && r.Ours.Sub == "" {
			w, _ = words.Find(kind, r.Ours)
		}
		c.called = w.Name
		lines = append(lines, c)
	}
	return lines
}

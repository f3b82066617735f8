package mapping

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// rule is a Rule with its path taken apart.
type rule struct {
	Rule
	steps []step
}

// verdict is a list of rules and what it means when one of them fits.
type verdict struct {
	outcome core.DeliveryOutcome
	rules   []rule
}

// judge reads answers.
type judge struct {
	inner         []step // where a document stands; nil: the answer itself is looked at
	json          bool
	verdicts      []verdict
	otherwise     core.DeliveryOutcome
	code, message []step
}

var outcomes = map[string]core.DeliveryOutcome{
	"done": core.Delivered, "already": core.AlreadyDone, "later": core.TryLater, "refused": core.RefusedByPeer, "unknown": core.UnknownOutcome,
}

// verdicts compiles rules; at is where they stand.
func (c *compiler) verdicts(r *Rules, paths bool) []verdict {
	var all []verdict
	for _, v := range []struct {
		outcome core.DeliveryOutcome
		rules   []Rule
	}{{core.Delivered, r.Done}, {core.AlreadyDone, r.Already}, {core.TryLater, r.Later}, {core.RefusedByPeer, r.Refused}} {
		out := verdict{outcome: v.outcome}
		for _, one := range v.rules {
			compiled := rule{Rule: one}
			if paths || one.Path != "" {
				compiled.steps = c.path(one.Path)
			}
			if len(one.In)+len(one.Contains) == 0 && one.Empty == nil {
				c.p.At(c.at, emptyRule)
			}
			out.rules = append(out.rules, compiled)
		}
		if len(out.rules) > 0 {
			all = append(all, out)
		}
	}
	return all
}

var emptyRule = lang.NewMessage("rule", "a rule without in, contains or empty fits everything; write what it looks for", "规则须至少填写 in、contains、empty 之一")

func (c *compiler) path(text string) []step {
	steps, err := parsePath(text)
	if err != nil {
		c.p.At(c.at, badPath, text, inWords(err))
	}
	return steps
}

func (c *compiler) judge(a *Answer) *judge {
	if a == nil {
		return &judge{otherwise: core.Delivered}
	}
	j := &judge{verdicts: c.verdicts(&a.Rules, true), otherwise: outcomes[a.Otherwise]}
	if a.Document != nil {
		j.inner, j.json = c.path(a.Document.Path), a.Document.JSON
	}
	if a.Code != "" {
		j.code = c.path(a.Code)
	}
	if a.Message != "" {
		j.message = c.path(a.Message)
	}
	return j
}

// fits tells whether a text is what the rule looks for.
func (r *rule) fits(text string, there bool) bool {
	text = strings.TrimSpace(text)
	if r.Empty != nil && *r.Empty != (text == "") {
		return false
	}
	if len(r.In) > 0 && (!there || !slices.Contains(r.In, text)) {
		return false
	}
	return len(r.Contains) == 0 || slices.ContainsFunc(r.Contains, func(part string) bool { return strings.Contains(text, part) })
}

// of judges an answer. An answer that cannot be read as the mapping says leaves the outcome
// unknown: the far side may have done what it was asked to.
func (j *judge) of(b *branch) core.Delivery {
	b, why := j.open(b)
	if b == nil {
		return core.Delivery{Outcome: core.UnknownOutcome, Code: "answer", Detail: why}
	}
	return j.verdict(b)
}

// open finds the document in an answer, or says why there is none that can be read.
func (j *judge) open(b *branch) (inner *branch, why string) {
	if j.inner == nil {
		return b, ""
	}
	text, ok := b.find(j.inner)
	var err error
	switch {
	case !ok:
		return nil, "the answer holds no document where the mapping looks for one"
	case j.json:
		inner, err = fromJSON(text)
	default:
		inner, err = document(text)
	}
	if err != nil {
		return nil, "the document in the answer cannot be read: " + err.Error()
	}
	return inner, ""
}

// verdict applies the rules.
func (j *judge) verdict(b *branch) core.Delivery {
	d := core.Delivery{Outcome: j.otherwise}
	if j.code != nil {
		text, _ := b.find(j.code)
		d.Code = strings.TrimSpace(text)
	}
	if j.message != nil {
		text, _ := b.find(j.message)
		d.Detail = strings.TrimSpace(text)
	}
	for _, v := range j.verdicts {
		for i := range v.rules {
			if text, there := b.find(v.rules[i].steps); v.rules[i].fits(text, there) {
				d.Outcome = v.outcome
				return d
			}
		}
	}
	return d
}

// fromJSON makes a tree of a JSON text: members are elements, those of an array repeat. The
// root is called json.
func fromJSON(text string) (*branch, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	b := &branch{name: xml.Name{Local: "json"}}
	b.members(v)
	return b, nil
}

func (b *branch) members(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			m := v[name]
			items, isList := m.([]any)
			if !isList {
				items = []any{m}
			}
			for _, item := range items {
				k := &branch{name: xml.Name{Local: name}}
				k.members(item)
				b.kids = append(b.kids, k)
			}
		}
	case []any:
		for _, item := range v {
			k := &branch{name: xml.Name{Local: "item"}}
			k.members(item)
			b.kids = append(b.kids, k)
		}
	case string:
		b.text = v
	case json.Number:
		b.text = v.String()
	case bool:
		b.text = flagOf(v).text
	}
}

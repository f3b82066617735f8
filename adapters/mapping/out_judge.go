package mapping

import (
	"cmp"
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/shape"
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

// verdicts compiles rules. root is the element that their paths begin with, nil when nothing is
// known of it.
func (c *compiler) verdicts(r *Rules, paths bool, root *shape.Node) []verdict {
	var all []verdict
	for _, v := range []struct {
		outcome core.DeliveryOutcome
		rules   []Rule
	}{{core.Delivered, r.Done}, {core.AlreadyDone, r.Already}, {core.TryLater, r.Later}, {core.RefusedByPeer, r.Refused}} {
		out := verdict{outcome: v.outcome}
		for _, one := range v.rules {
			compiled := rule{Rule: one}
			if paths || one.Path.V != "" {
				compiled.steps = c.path(one.Path, root)
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

// path reads a path in an answer and holds it against the contract.
func (c *compiler) path(at lang.Value[string], root *shape.Node) []step {
	if at.At.IsZero() {
		at.At = c.at // it is missing
	}
	steps, err := parsePath(at.V)
	switch {
	case err != nil:
		c.p.At(at.At, badPath, at.V, inWords(err))
	case root == nil:
	case !steps[0].fits(root.Name):
		c.p.At(at.At, astray, "Body", steps[0].local).Expected(root.Name.Local).Near(steps[0].local, []string{root.Name.Local})
	case len(steps) > 1:
		(&reading{p: c.p}).follow(at, steps[1:], root)
	}
	return steps
}

// judge compiles the rules of an answer, whose element in the Body is root; nil without a contract.
func (c *compiler) judge(a *Answer, root *shape.Node) *judge {
	if a == nil {
		return &judge{otherwise: core.Delivered}
	}
	j := &judge{otherwise: outcomes[cmp.Or(a.Otherwise, "refused")]}
	if a.Document != nil {
		j.inner, j.json = c.path(a.Document.Path, root), a.Document.JSON
		root = nil
	}
	j.verdicts = c.verdicts(&a.Rules, true, root)
	if a.Code.V != "" {
		j.code = c.path(a.Code, root)
	}
	if a.Message.V != "" {
		j.message = c.path(a.Message, root)
	}
	if j.json {
		asJSON(j.code)
		asJSON(j.message)
		for _, v := range j.verdicts {
			for _, r := range v.rules {
				asJSON(r.steps)
			}
		}
	}
	return j
}

// asJSON gives the steps of a path the names that [fromJSONText] gives to members.
func asJSON(path []step) {
	for i := range path {
		path[i].local = jsonName(path[i].local)
		if path[i].child {
			path[i].where = jsonName(path[i].where)
		}
	}
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
		var plain []byte
		if plain, err = fromJSONText([]byte(text)); err == nil {
			inner, err = document(string(plain))
		}
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

package scaffold

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// answered guesses about answers that samples show: what is answered when they call on us,
// which answer means done when we call them.
func (o *operation) answered() {
	if o.out == nil || o.Response == nil || o.role == "" {
		return
	}
	root := o.out.node(o.Response)
	all := o.out.inside().fill("", leaves(root))
	if o.role == serve {
		o.replies(all)
		return
	}
	for _, l := range all {
		f := field{leaf: l}
		f.path = root.Name.Local + "/" + strings.ReplaceAll(l.path, "[1]", "")
		code, isCode := o.out.constant(&field{leaf: l})
		switch {
		case l.simple == nil || l.repeated:
		case f.is(codeNames) && isCode && !guessedAs(o.answer, "done") && utf8.RuneCountInString(code) <= 10:
			f.ours, f.value = "done", fmt.Sprintf("[{path: %s, in: [%q]}]", quoted(f.path), code)
			o.answer = append(o.answer, f)
			f.ours, f.value = "code", quoted(f.path)
			o.answer = append(o.answer, f)
		case f.is(messageNames) && !guessedAs(o.answer, "message"):
			f.ours, f.value = "message", quoted(f.path)
			o.answer = append(o.answer, f)
		}
	}
	if !guessedAs(o.answer, "done") {
		o.answer = nil // the rest means nothing without it
	}
}

// replies are what an answer of ours holds: the number of the order where theirs stood, the
// rest as it was seen.
func (o *operation) replies(all []leaf) {
	root := ""
	if o.out.document() == nil {
		root = o.out.root(o.Response)
	}
	asked := ""
	for i := range o.fields {
		if o.fields[i].ours == "ref" {
			asked = o.fields[i].name
		}
	}
	taken := map[string]bool{}
	for _, l := range all {
		f := field{leaf: l}
		text, ok := o.out.constant(&f)
		f.path = root + strings.ReplaceAll(l.path, "[1]", "")
		number := l.simple != nil && slices.ContainsFunc(candidates(l.parent, l.name), func(c string) bool {
			return slices.Contains(inward[c], "ref") || slices.Contains(outward[c], "order.no")
		})
		switch {
		case l.simple == nil || l.repeated || l.enough:
		case asked != "" && l.name == asked && !taken["order.ref"]:
			f.ours, f.value = "order.ref", "order.ref"
		case number && !taken["order.no"]:
			f.ours, f.value = "order.no", "order.no"
		case ok:
			f.ours, f.value = "constant", fmt.Sprintf("{value: %q}", text)
		}
		taken[f.ours] = true
		o.answer = append(o.answer, f)
	}
}

// wordy tells that samples hold words of people at a place, where a code would be short.
func (l *leaf) wordy() bool {
	return slices.ContainsFunc(l.texts, func(text string) bool { return utf8.RuneCountInString(text) > 4 })
}

// looks writes how a field comes about by what samples hold there; ok is false where they show nothing
// that the type does not tell.
func looks(ours string, f *field) (yaml string, ok bool) {
	if len(f.texts) == 0 {
		return "", false
	}
	path := quoted(f.path)
	some := func(is func(text string) bool) bool { return slices.ContainsFunc(f.texts, is) }
	folded := some(func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'ｚ' })
	})
	fold := ""
	if folded {
		fold = ", fold: true"
	}
	text := f.simple.Builtin == "string"
	switch {
	case isDated(ours) || slices.Contains(days, ours):
		if layout := layoutsOf(f.texts); layout != "" && text {
			return fmt.Sprintf("{from: %s, layout: %q}", path, layout), true
		}
	case ours == "meter.diameter_mm" && text:
		if some(func(text string) bool { return strings.HasPrefix(text, "DN") || strings.HasPrefix(text, "ＤＮ") }) {
			return fmt.Sprintf("{from: %s%s, strip_prefix: DN}", path, fold), true
		}
		return path, true
	case ours == "customer.phone" && (folded || some(func(text string) bool { return strings.ContainsAny(text, " -") })):
		return fmt.Sprintf("{from: %s%s, strip: \" -\"}", path, fold), true
	case folded && ours != "report.content" && ours != "report.remark" && ours != "place.address" && ours != "urgency":
		return fmt.Sprintf("{from: %s%s}", path, fold), true
	}
	return "", false
}

// coded are fields whose texts at theirs are codes: what samples hold there is worth a word, and
// tells of nobody.
var coded = []string{"type", "urgency", "channel", "report.category", "report.sub_category", "status", "done", "code"}

// codes lists the codes that samples hold at a field.
func (f *field) codes() string {
	if !slices.Contains(coded, f.ours) || len(f.texts) == 0 {
		return ""
	}
	var shown []string
	for _, text := range f.texts {
		if utf8.RuneCountInString(text) > 12 {
			return ""
		}
		shown = append(shown, text)
	}
	return "; seen: " + strings.Join(shown, " | ")
}

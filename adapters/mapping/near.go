package mapping

import (
	"slices"
	"strings"

	"tundish/config/lang"
)

var didYouMean = lang.Text{En: "did you mean %q?", Zh: "是否想写 %q？"}

// meant are names of fields that people write for others.
var meant = map[string]string{
	"order.number": "order.no", "order.id": "order.no", "order.orderno": "order.no", "order.order_no": "order.no", "order.code": "order.no",
	"order.external": "order.ref", "order.external_ref": "order.ref", "order.reference": "order.ref",
	"external_ref": "ref", "number": "ref", "order_no": "ref", "id": "ref", "reference": "ref", "order.ref": "ref",
	"kind": "type", "order_type": "type", "priority": "urgency", "order.priority": "order.urgency", "order.kind": "order.type",
	"description": "report.content", "order.description": "order.report.content", "due_at": "deadline", "photos": "report.attachments",
}

// nearField adds the hint which field was meant: one that goes by that word elsewhere, one of the same last word, or
// one spelled nearly so.
func nearField(p *lang.Problem, got string, names []string) *lang.Problem {
	if name := meant[got]; name != "" && slices.Contains(names, name) {
		return p.Hint(didYouMean, name)
	}
	if near := lang.Nearest(got, names); near != "" {
		return p.Near(got, names)
	}
	last := got[strings.LastIndexByte(got, '.')+1:]
	var same []string
	for _, name := range names {
		if name == last || strings.HasSuffix(name, "."+last) {
			same = append(same, name)
		}
	}
	if len(same) == 1 {
		return p.Hint(didYouMean, same[0])
	}
	return p
}

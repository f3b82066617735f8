package classify

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Column is something that the table can say.
type Column string

const (
	Category Column = "category" // "leak", or with what is below it "leak/main"
	Type     Column = "type"
	Urgency  Column = "urgency"
	Depot    Column = "depot"
	Team     Column = "team" // of a desk
)

// Columns lists every column.
func Columns() []Column { return []Column{Category, Type, Urgency, Depot, Team} }

// Rule is a line of the table. All of its conditions must hold; one that is absent always does.
type Rule struct {
	ID string
	// Place is where it is written: "classification.yaml:12".
	Place string

	// Any, All and None are words, folded, in what the caller said and the remark; Address are parts of the address, any
	// of them.
	Any, All, None, Address []string
	// Systems … are lists of which the order has one. A book may end in "*", a category may leave out what is below it.
	Systems, Channels, Categories, Tariffs, Districts, Books []string
	// Area holds the order's coordinate, as its source sent it.
	Area *Area
	When core.Condition

	Then map[Column]string
}

// report is an order with its texts folded.
type report struct {
	*core.WorkOrder
	said, address string
	now           time.Time
}

func newReport(o *core.WorkOrder, now time.Time) *report {
	return &report{o, Fold(o.Report.Content + "\n" + o.Report.Remark), Fold(o.Place.Address), now}
}

// fails says which condition of the rule does not hold; ok if all do.
func (r *Rule) fails(o *report) (why core.Text, ok bool) {
	not := func(en, zh string, args ...any) (core.Text, bool) {
		return core.Text{EN: fmt.Sprintf(en, args...), ZH: fmt.Sprintf(zh, args...)}, false
	}
	list := func(words []string) string { return strings.Join(words, ", ") }
	has := func(words []string) func(string) bool {
		return func(text string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return holds(text, w) })
		}
	}
	if len(r.Any) > 0 && !has(r.Any)(o.said) {
		return not("none of the words %s was said", "未提到任一关键词：%s", list(r.Any))
	}
	for _, w := range r.All {
		if !holds(o.said, w) {
			return not("the word %s was not said", "未提到关键词：%s", w)
		}
	}
	for _, w := range r.None {
		if holds(o.said, w) {
			return not("the word %s was said", "提到了排除的关键词：%s", w)
		}
	}
	if len(r.Address) > 0 && !slices.ContainsFunc(r.Address, func(part string) bool { return holds(o.address, part) }) {
		return not("the address has none of %s", "地址中没有：%s", list(r.Address))
	}
	category := o.Report.Category
	if o.Report.SubCategory != "" {
		category += "/" + o.Report.SubCategory
	}
	for _, c := range []struct {
		en, zh, is string
		among      []string
		same       func(wanted, is string) bool
	}{
		{"system", "来源系统", string(o.Ref.System), r.Systems, equal},
		{"channel", "渠道", o.Channel, r.Channels, equal},
		{"category", "反映类别", category, r.Categories, sameCategory},
		{"tariff", "用水性质", o.Customer.Tariff, r.Tariffs, equal},
		{"district", "区域", o.Place.District, r.Districts, equal},
		{"book", "册本", o.Place.Book, r.Books, sameBook},
	} {
		if len(c.among) > 0 && !slices.ContainsFunc(c.among, func(wanted string) bool { return c.same(wanted, c.is) }) {
			return not("the %[1]s is %[3]q, not one of %[4]s", "%[2]s为 %[3]q，不在 %[4]s 之中", c.en, c.zh, c.is, list(c.among))
		}
	}
	if r.Area != nil && !r.Area.holds(o.Place.Point) {
		return not("the coordinate does not lie in the area", "坐标不在范围内")
	}
	if r.When != nil {
		ok, err := r.When.Holds(o.WorkOrder, o.now)
		switch {
		case err != nil:
			return not("its condition cannot be answered: %v", "条件无法判断：%v", err)
		case !ok:
			return not("its condition does not hold: %v", "条件不成立：%v", r.When)
		}
	}
	return core.Text{}, true
}

func equal(wanted, is string) bool { return wanted == is }

func sameCategory(wanted, is string) bool {
	return wanted == is || strings.HasPrefix(is, wanted+"/")
}

func sameBook(wanted, is string) bool {
	if prefix, ok := strings.CutSuffix(wanted, "*"); ok {
		return strings.HasPrefix(is, prefix)
	}
	return wanted == is
}

// Covers tells that a rule matches whatever another one does, as far as that can be seen without knowing the order.
func (r *Rule) Covers(other *Rule) bool {
	for _, w := range r.All {
		if !slices.ContainsFunc(other.All, func(o string) bool { return holds(o, w) }) && !everyHolds(other.Any, w) {
			return false
		}
	}
	if len(r.Any) > 0 {
		some := func(o string) bool { return slices.ContainsFunc(r.Any, func(w string) bool { return holds(o, w) }) }
		every := len(other.Any) > 0 && !slices.ContainsFunc(other.Any, func(o string) bool { return !some(o) })
		if !every && !slices.ContainsFunc(other.All, some) {
			return false
		}
	}
	for _, w := range r.None { // the other must keep it out, too
		if !slices.ContainsFunc(other.None, func(o string) bool { return holds(w, o) }) {
			return false
		}
	}
	if len(r.Address) > 0 && (len(other.Address) == 0 || slices.ContainsFunc(other.Address, func(o string) bool {
		return !slices.ContainsFunc(r.Address, func(w string) bool { return holds(o, w) })
	})) {
		return false
	}
	for _, pair := range []struct {
		ours, theirs []string
		same         func(wanted, is string) bool
	}{
		{r.Systems, other.Systems, equal}, {r.Channels, other.Channels, equal}, {r.Categories, other.Categories, sameCategory}, {r.Tariffs, other.Tariffs, equal},
		{r.Districts, other.Districts, equal}, {r.Books, other.Books, sameBook},
	} {
		if len(pair.ours) > 0 && (len(pair.theirs) == 0 || slices.ContainsFunc(pair.theirs, func(t string) bool {
			return !slices.ContainsFunc(pair.ours, func(o string) bool { return pair.same(o, t) })
		})) {
			return false
		}
	}
	if r.Area != nil && (other.Area == nil || !other.Area.within(r.Area)) {
		return false
	}
	return r.When == nil || other.When != nil && r.When.String() == other.When.String()
}

func everyHolds(texts []string, word string) bool {
	return len(texts) > 0 && !slices.ContainsFunc(texts, func(t string) bool { return !holds(t, word) })
}

package standard

import (
	"cmp"
	"fmt"
	"iter"
	"strings"

	"tundish/config/codes"
	"tundish/core"
)

// Codes are the code tables of a system. A zero Table leaves codes as they are.
type Codes struct {
	Type, Category, SubCategory, Urgency, Channel, Tariff, MeterState Table
	// Status and Reason are only written back.
	Status, Reason Table
}

// Table relates the codes of a system to those of the house. Codes are compared
// character by character.
type Table struct {
	// Shared, if any, is a table that others use, too; it stands for all below.
	Shared *codes.Table
	// Alert hears of codes that a shared table lacks, but that are kept; nil: nobody does.
	Alert func(code string)

	// Pairs in the order of the table: where several codes of the system mean the same in
	// the house, the first is written back.
	Pairs    []Pair
	Unmapped Unmapped
	Default  string // the house's code, with UseDefault
}

// Pair is one line of a table.
type Pair struct{ Source, House string }

// Unmapped says what becomes of a code that is not in the table.
type Unmapped string

const (
	Keep       Unmapped = "" // as it is
	Refuse     Unmapped = "refuse"
	UseDefault Unmapped = "default" // for codes that come in
)

func (c *Codes) tables() iter.Seq2[string, *Table] {
	return func(yield func(string, *Table) bool) {
		_ = yield("Type", &c.Type) && yield("Category", &c.Category) && yield("SubCategory", &c.SubCategory) &&
			yield("Urgency", &c.Urgency) && yield("Channel", &c.Channel) && yield("Tariff", &c.Tariff) &&
			yield("MeterState", &c.MeterState) && yield("Status", &c.Status) && yield("Reason", &c.Reason)
	}
}

// of is the table of a kind of house codes; nil for kinds whose codes stay as they are.
func (c *Codes) of(kind string) *Table {
	t := map[string]*Table{
		codes.Type: &c.Type, codes.Category: &c.Category, codes.SubCategory: &c.SubCategory, codes.Urgency: &c.Urgency, codes.Channel: &c.Channel,
		"tariff": &c.Tariff, "meter_state": &c.MeterState, codes.Status: &c.Status, codes.Reason: &c.Reason,
	}[kind]
	if t == nil || t.Shared == nil && len(t.Pairs) == 0 {
		return nil
	}
	return t
}

// AlertTo says who hears of codes that shared tables lack, but that are kept: of which kind, and
// which code.
func (c *Codes) AlertTo(hear func(kind, code string)) {
	for name, t := range c.tables() {
		t.Alert = func(code string) { hear(name, code) }
	}
}

func (t *Table) check() error {
	if t.Shared != nil {
		return nil // checked when it was read
	}
	switch t.Unmapped {
	case Keep, Refuse:
	case UseDefault:
		if t.Default == "" {
			return fmt.Errorf("unmapped codes take the default, but there is none")
		}
	default:
		return fmt.Errorf("unmapped %q is not known; use refuse, default or leave it out", t.Unmapped)
	}
	seen := map[string]bool{}
	for _, p := range t.Pairs {
		if p.Source == "" || p.House == "" {
			return fmt.Errorf("%q: %q: neither side may be empty", p.Source, p.House)
		}
		if seen[p.Source] {
			return fmt.Errorf("%q stands twice", p.Source)
		}
		seen[p.Source] = true
	}
	return nil
}

// in translates a code of the system; "" stays "". refusal and field describe the error for
// a code that the table refuses.
func (t *Table) in(code, refusal, field string) (house string, err error) {
	if code = strings.TrimSpace(code); code == "" {
		return "", nil
	}
	if t.Shared != nil {
		ours, err := t.shared(codes.Code{Code: code}, refusal, field)
		if t.Shared.Kind == codes.Category {
			return ours.Code, err
		}
		return ours.String(), err
	}
	for i := range t.Pairs {
		if t.Pairs[i].Source == code {
			return t.Pairs[i].House, nil
		}
	}
	switch t.Unmapped {
	case UseDefault:
		return t.Default, nil
	case Refuse:
		allowed := make([]string, len(t.Pairs))
		for i, p := range t.Pairs {
			allowed[i] = p.Source
		}
		list := strings.Join(allowed, ", ")
		return "", core.Invalidf(refusal, field, "code %q is not in the table agreed; allowed: %s", "代码 %q 不在约定的代码表中；可用：%s", code, list)
	}
	return code, nil
}

// shared translates by the shared table.
func (t *Table) shared(theirs codes.Code, refusal, field string) (codes.Code, error) {
	ours, fate := t.Shared.In(theirs)
	switch fate {
	case codes.Refused:
		list := strings.Join(t.Shared.Theirs(), ", ")
		return ours, core.Invalidf(refusal, field, "code %q is not in the table agreed; allowed: %s", "代码 %q 不在约定的代码表中；可用：%s", theirs.String(), list)
	case codes.Alerted:
		if t.Alert != nil {
			t.Alert(theirs.String())
		}
	}
	return ours, nil
}

// category translates the codes of a category and what is below it. One table of categories
// for both decides by both.
func (c *Codes) category(code, below, field string) (category, sub string, err error) {
	code, below = strings.TrimSpace(code), strings.TrimSpace(below)
	if t := &c.Category; t.Shared != nil && t.Shared == c.SubCategory.Shared {
		if t.Shared.Levels == 1 { // the lower code, where there is one, says it all
			if code, below = cmp.Or(below, code), ""; code == "" {
				return "", "", nil
			}
		}
		ours, err := t.shared(codes.Code{Code: code, Sub: below}, "unknown_code", field+".Category")
		return ours.Code, ours.Sub, err
	}
	if category, err = c.Category.in(code, "unknown_code", field+".Category"); err != nil {
		return "", "", err
	}
	sub, err = c.SubCategory.in(below, "unknown_code", field+".SubCategory")
	return category, sub, err
}

// out translates a code of the house; ok is false when the table has none for it and codes
// are not kept.
func (t *Table) out(house string) (code string, ok bool) {
	if t.Shared != nil {
		theirs, fate := t.Shared.Back(codes.ParseCode(house))
		if fate == codes.Alerted && t.Alert != nil {
			t.Alert(house)
		}
		return theirs.String(), fate != codes.Refused
	}
	for i := range t.Pairs {
		if t.Pairs[i].House == house {
			return t.Pairs[i].Source, true
		}
	}
	return house, house == "" || t.Unmapped == Keep
}

// house translates a code of the system, or leaves it as it is: one that cannot be is for
// a comparison to name.
func (t *Table) house(code string) string {
	if house, err := t.in(code, "", ""); err == nil {
		return house
	}
	return code
}

// known translates a code of the house, or leaves it as it is.
func (t *Table) known(house string) string {
	code, _ := t.out(house)
	return code
}

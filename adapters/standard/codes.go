package standard

import (
	"fmt"
	"iter"
	"strings"

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

func (t *Table) check() error {
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

// out translates a code of the house; ok is false when the table has none for it and codes
// are not kept.
func (t *Table) out(house string) (code string, ok bool) {
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

package codes

import (
	"maps"
	"slices"
	"strings"

	"tundish/config/lang"
)

// Code is a code of one or two levels: a category, or a category and a sub-category of it.
// The zero Code is none.
type Code struct{ Code, Sub string }

// ParseCode reads leak or leak/main.
func ParseCode(text string) Code {
	code, sub, _ := strings.Cut(text, "/")
	return Code{strings.TrimSpace(code), strings.TrimSpace(sub)}
}

// String writes leak or leak/main.
func (c Code) String() string {
	if c.Sub == "" {
		return c.Code
	}
	return c.Code + "/" + c.Sub
}

// What becomes of codes that a table lacks.
const (
	Refuse  = "refuse"
	Default = "default"
	Keep    = "keep"
	Alert   = "alert" // keep it, and tell somebody
)

// Fate is what became of a code.
type Fate uint8

const (
	Mapped  Fate = iota // by a row, or to the default
	Kept                // as it was
	Alerted             // kept; somebody is to hear of it
	Refused
)

// Row is one line of a table.
type Row struct {
	Theirs Code
	Ours   Code
	Also   []Code // further codes of ours that are written as Theirs
	Back   bool   // of several rows with the same Ours, the one that is written
	Note   string
	At     lang.Pos // of Theirs
	OursAt lang.Pos

	alsoAt []lang.Pos
}

// Table relates the codes of a system to those of one kind of the house. Codes are compared
// character by character. It is safe for concurrent use.
type Table struct {
	Name     string // of its file
	Kind     string // of the house's codes
	Title    lang.Text
	Levels   int // of their codes: 1, or 2 where the meaning of a code depends on the one above it
	Unmapped string
	Default  Code
	Rows     []Row

	in   map[Code]int // by Theirs
	back map[Code]int // by Ours and Also
	deep map[string]bool
}

// Tables are tables by name.
type Tables map[string]*Table

// Names lists the tables.
func (t Tables) Names() []string { return slices.Sorted(maps.Keys(t)) }

// In translates a code of theirs. Nothing stays nothing.
func (t *Table) In(theirs Code) (Code, Fate) {
	if theirs == (Code{}) {
		return Code{}, Mapped
	}
	if i, ok := t.in[theirs]; ok && t.Rows[i].Ours != (Code{}) {
		return t.Rows[i].Ours, Mapped
	}
	switch t.Unmapped {
	case Default:
		return t.Default, Mapped
	case Keep, Alert:
		kept := theirs
		if i, ok := t.in[Code{Code: theirs.Code}]; ok && theirs.Sub != "" && t.Rows[i].Ours != (Code{}) {
			kept.Code = t.Rows[i].Ours.Code // the level above is known
		}
		if t.Kind != Category {
			kept = Code{Code: theirs.String()}
		}
		return kept, t.kept()
	}
	return Code{}, Refused
}

// InBytes is In for codes as they stand in a message: one that has a row costs no memory.
func (t *Table) InBytes(code, sub []byte) (Code, Fate) {
	if i, ok := t.in[Code{Code: string(code), Sub: string(sub)}]; ok && t.Rows[i].Ours != (Code{}) {
		return t.Rows[i].Ours, Mapped
	}
	return t.In(Code{Code: string(code), Sub: string(sub)})
}

// Back translates a code of the house. A sub-category that the table does not tell apart is
// written as its category. A code without a row is written as the default is, where that is
// the policy.
func (t *Table) Back(ours Code) (Code, Fate) {
	if ours == (Code{}) {
		return Code{}, Mapped
	}
	if i, ok := t.back[ours]; ok {
		return t.Rows[i].Theirs, Mapped
	}
	above, ok := t.back[Code{Code: ours.Code}]
	if ok && !t.deep[ours.Code] {
		return t.Rows[above].Theirs, Mapped
	}
	switch t.Unmapped {
	case Default:
		if i, ok := t.back[t.Default]; ok {
			return t.Rows[i].Theirs, Mapped
		}
	case Keep, Alert:
		kept := ours
		if ok {
			kept.Code = t.Rows[above].Theirs.Code
		}
		if t.Levels == 1 {
			kept.Sub = ""
		}
		return kept, t.kept()
	}
	return Code{}, Refused
}

func (t *Table) kept() Fate {
	if t.Unmapped == Alert {
		return Alerted
	}
	return Kept
}

// Theirs lists their codes in the order of the table.
func (t *Table) Theirs() []string {
	list := make([]string, len(t.Rows))
	for i := range t.Rows {
		list[i] = t.Rows[i].Theirs.String()
	}
	return list
}

// index makes a table ready for use and says where it is ambiguous.
func (t *Table) index(p *lang.Problems) {
	t.in, t.back, t.deep = map[Code]int{}, map[Code]int{}, map[string]bool{}
	written := map[Code][]int{} // the rows that could be written for a code of ours
	var order []Code
	candidate := func(ours Code, row int) {
		if written[ours] == nil {
			order = append(order, ours)
		}
		written[ours] = append(written[ours], row)
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if first, ok := t.in[r.Theirs]; ok {
			p.At(r.At, twice, r.Theirs.String(), t.Rows[first].At.Line())
			continue
		}
		t.in[r.Theirs] = i
		if r.Ours != (Code{}) {
			candidate(r.Ours, i)
		}
		for _, also := range r.Also {
			candidate(also, i)
		}
		if r.Ours.Sub != "" {
			t.deep[r.Ours.Code] = true
		}
	}
	for _, ours := range order {
		rows := written[ours]
		marked := slices.DeleteFunc(slices.Clone(rows), func(i int) bool {
			return !t.Rows[i].Back && !slices.Contains(t.Rows[i].Also, ours)
		})
		switch {
		case len(rows) == 1:
			marked = rows
		case len(marked) == 0:
			p.At(t.Rows[rows[1]].At, ambiguous, t.Rows[rows[0]].Theirs.String(), t.Rows[rows[0]].At.Line(), t.Rows[rows[1]].Theirs.String(), ours.String()).Hint(hintBack)
		case len(marked) > 1:
			p.At(t.Rows[marked[1]].At, twoBacks, ours.String(), t.Rows[marked[0]].Theirs.String(), t.Rows[marked[0]].At.Line()).Hint(hintBack)
		}
		t.back[ours] = append(marked, rows[0])[0]
	}
}

var (
	twice     = lang.NewMessage("duplicate", "the code %q stands twice, first in line %d", "代码 %q 重复，第一次在第 %d 行")
	ambiguous = lang.NewMessage("ambiguous", "both %q (line %d) and %q lead to %s: on the way back nobody could tell which is meant", "%q（第 %d 行）与 %q 均指向 %s，回写时无法确定用哪个")
	twoBacks  = lang.NewMessage("ambiguous", "%s is written as %q already (line %d)", "%s 已指定回写为 %q（第 %d 行）")
)

var hintBack = lang.Text{En: "mark one of them, and only one, with back: true (in CSV: yes in the column back)", Zh: "请只给其中一个标注 back: true（CSV 中在 back 列填 yes）"}

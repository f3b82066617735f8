package classify

import (
	"strings"
	"time"

	"tundish/core"
)

// Table is the house's rules in their order. It is a value that nobody changes.
type Table struct {
	// Version names the content of its file.
	Version string
	Rules   []Rule
	// Desk has every type of the house, and true for those that need no visit: only they have a team. A type that is none
	// of them says as much as none.
	Desk map[string]bool
}

// Mode is what a system asks of the table.
type Mode string

const (
	Never   Mode = "never"
	Missing Mode = "missing" // what its orders leave out is filled in
	Always  Mode = "always"  // the table goes before what its orders say
)

// Modes lists every mode.
func Modes() []Mode { return []Mode{Never, Missing, Always} }

// Fill writes into an order what the table says, and on it by which rules.
func (t *Table) Fill(o *core.WorkOrder, mode Mode, now time.Time) {
	if t == nil || mode == Never || mode == "" {
		return
	}
	won := t.winners(newReport(o, now), mode)
	var fields []core.ClassifiedField
	for _, c := range Columns() {
		r := won[c]
		if r == nil {
			continue
		}
		sent, value := Stands(o, c), r.Then[c]
		if sent == value || mode == Missing && t.said(o, c) {
			continue
		}
		put(o, c, value)
		fields = append(fields, core.ClassifiedField{Field: string(c), Value: value, Sent: sent, Rule: r.ID, Place: r.Place})
	}
	if len(fields) > 0 {
		o.Classified = &core.Classified{Table: t.Version, Fields: fields}
	}
}

// said tells whether the order says something in a column that can be understood.
func (t *Table) said(o *core.WorkOrder, c Column) bool {
	value := Stands(o, c)
	if _, known := t.Desk[value]; c == Type && !known {
		return false
	}
	return value != ""
}

// winners are the rules that fill each column: all of them look at the order as it was sent.
func (t *Table) winners(o *report, mode Mode) map[Column]*Rule {
	won := map[Column]*Rule{}
	for i := range t.Rules {
		r := &t.Rules[i]
		open := false
		for c := range r.Then {
			open = open || won[c] == nil
		}
		if !open {
			continue
		}
		if _, ok := r.fails(o); !ok {
			continue
		}
		for c := range r.Then {
			if won[c] == nil {
				won[c] = r
			}
		}
	}
	kind := o.Type
	if r := won[Type]; r != nil && (mode == Always || !t.said(o.WorkOrder, Type)) {
		kind = r.Then[Type]
	}
	if !t.Desk[kind] {
		delete(won, Team)
	}
	return won
}

// Verdict is what the table says of one rule for an order.
type Verdict struct {
	Rule    *Rule
	Matches bool
	Why     core.Text // it does not
	// Fills are the columns that it is the first to say something about.
	Fills []Column
	// Late are those about which a rule before it had said something.
	Late map[Column]string
}

// Explain says of each rule whether it matches an order, and what it fills.
func (t *Table) Explain(o *core.WorkOrder, now time.Time) []Verdict {
	if t == nil {
		return nil
	}
	r := newReport(o, now)
	won := t.winners(r, Always)
	list := make([]Verdict, len(t.Rules))
	for i := range t.Rules {
		v := &list[i]
		v.Rule = &t.Rules[i]
		if v.Why, v.Matches = v.Rule.fails(r); !v.Matches {
			continue
		}
		for _, c := range Columns() {
			if _, says := v.Rule.Then[c]; !says {
				continue
			}
			if won[c] == nil {
				continue // a team of work at a place
			}
			if won[c] == v.Rule {
				v.Fills = append(v.Fills, c)
				continue
			}
			if v.Late == nil {
				v.Late = map[Column]string{}
			}
			v.Late[c] = won[c].ID
		}
	}
	return list
}

// Undo takes from an order what a table had filled in: it is as it was sent.
func Undo(o *core.WorkOrder) {
	if o.Classified == nil {
		return
	}
	for _, f := range o.Classified.Fields {
		put(o, Column(f.Field), f.Sent)
	}
	o.Classified = nil
}

// Stands is what an order says in a column.
func Stands(o *core.WorkOrder, c Column) string {
	switch c {
	case Category:
		if o.Report.SubCategory != "" {
			return o.Report.Category + "/" + o.Report.SubCategory
		}
		return o.Report.Category
	case Type:
		return o.Type
	case Urgency:
		return string(o.Urgency)
	case Depot:
		return o.Place.Depot
	case Team:
		return o.Team
	}
	return ""
}

func put(o *core.WorkOrder, c Column, value string) {
	switch c {
	case Category:
		o.Report.Category, o.Report.SubCategory, _ = strings.Cut(value, "/")
	case Type:
		o.Type = value
	case Urgency:
		o.Urgency = core.Urgency(value)
	case Depot:
		o.Place.Depot = value
	case Team:
		o.Team = value
	}
}

package find

import (
	"encoding/hex"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"tundish/core"
)

// Terms begin with a letter that says what they are: n a number, c a pair of characters of
// the customer's name, a one of the address, f a fact such as the depot.
const (
	numbers  = "n"
	customer = "c"
	address  = "a"
	fact     = "f"
)

// mostText is how many characters of a text are searched.
const mostText = 200

// Terms are what an order is found by, sorted, each once. people are those who acted on it.
func Terms(o *core.WorkOrder, people []string) []string {
	set := make([]string, 0, 64)
	add := func(term string) { set = append(set, term) }
	for _, n := range orderNumbers(o) {
		add(numbers + n)
	}
	for _, t := range names(o) {
		pairs(t, func(p string) { add(customer + p) })
	}
	for _, t := range places(o) {
		pairs(t, func(p string) { add(address + p) })
	}
	crew := ""
	if o.Assignment != nil {
		crew = o.Assignment.CrewID
	}
	for _, guest := range o.Guests() {
		add(Fact("guest", guest))
	}
	for _, f := range []string{Fact("phase", string(o.Phase)), Fact("type", o.Type), Fact("urgency", string(o.Urgency)), Fact("system", string(o.Ref.System)),
		Fact("branch", o.Place.Branch), Fact("depot", o.Place.Depot), Fact("crew", crew)} {
		if f != "" {
			add(f)
		}
	}
	if !o.ReceivedAt.IsZero() {
		add(day(o.ReceivedAt))
		add(month(o.ReceivedAt))
	}
	for _, who := range people {
		if f := Fact("by", who); f != "" {
			add(f)
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// Fact is the term of something that is true of an order; "" when there is no value. It is short
// whatever the value is; two values might share one, so what it finds is checked.
func Fact(what, value string) string {
	if value == "" {
		return ""
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(what + "\x00" + value))
	return fact + hex.EncodeToString(h.Sum(nil))
}

func day(t time.Time) string   { return Fact("day", t.UTC().Format(time.DateOnly)) }
func month(t time.Time) string { return Fact("month", t.UTC().Format("2006-01")) }

// orderNumbers are all numbers that a caller may quote.
func orderNumbers(o *core.WorkOrder) []string {
	list := []string{number(string(o.No)), number(o.Ref.External), number(o.Customer.Account), number(o.Meter.Serial), number(o.Meter.Stamp), number(o.Meter.Barcode), number(o.Place.ServicePoint)}
	list = append(list, phones(o.Customer.Phone)...)
	for i := range o.Completions {
		list = append(list, number(o.Completions[i].NewSerial), number(o.Completions[i].NewStamp), number(o.Completions[i].Seal))
	}
	for _, v := range o.Extra { // the application's number among them
		list = append(list, number(v))
	}
	return slices.DeleteFunc(list, func(n string) bool { return n == "" })
}

func names(o *core.WorkOrder) [][]rune  { return folded(o.Customer.Name, o.Customer.Contact) }
func places(o *core.WorkOrder) [][]rune { return folded(o.Place.Address, o.Place.Detail) }

func folded(texts ...string) [][]rune {
	var out [][]rune
	for _, t := range texts {
		if f := fold(t); len(f) > 0 {
			out = append(out, f[:min(len(f), mostText)])
		}
	}
	return out
}

// Facts of a list: each element is a list of alternatives of which the order has one. They say no more than
// the index must know; what a fact is about is checked on the order.
func Facts(q *core.ListQuery) [][]string {
	var all [][]string
	add := func(terms ...string) {
		terms = slices.DeleteFunc(terms, func(t string) bool { return t == "" })
		if len(terms) > 0 {
			all = append(all, terms)
		}
	}
	add(each(q.Phases, "phase")...)
	add(each(q.Types, "type")...)
	add(each(q.Urgencies, "urgency")...)
	add(Fact("system", string(q.System)))
	add(Fact("branch", q.Branch))
	add(Fact("depot", q.Depot))
	add(Fact("crew", q.Crew))
	if r := q.Within; r != nil && !r.All {
		add(slices.Concat(each(r.Branches, "branch"), each(r.Depots, "depot"), each(r.Guests(), "guest"), []string{Fact("crew", r.Crew)})...)
	}
	add(Fact("by", q.HandledBy))
	add(received(q.ReceivedFrom, q.ReceivedTo)...)
	return all
}

func each[T ~string](values []T, what string) []string {
	var out []string
	for _, v := range values {
		out = append(out, Fact(what, string(v)))
	}
	return out
}

// mostPeriods bounds how many days and months a list may name.
const mostPeriods = 400

// received covers a span by days and whole months. An open side, and a span of many years, is
// left to the check on the order.
func received(from, to time.Time) []string {
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return nil
	}
	var out []string
	for t := from.UTC().Truncate(24 * time.Hour); t.Before(to); {
		if len(out) == mostPeriods {
			return nil
		}
		if next := t.AddDate(0, 1, 0); t.Day() == 1 && !next.After(to) {
			out, t = append(out, month(t)), next
			continue
		}
		out, t = append(out, day(t)), t.AddDate(0, 0, 1)
	}
	return out
}

// Scope is what a search is restricted to, as facts.
func Scope(q *core.SearchQuery) [][]string {
	return Facts(&core.ListQuery{Within: q.Within})
}

// InScope tells whether an order is inside of what a search is restricted to.
func InScope(o *core.WorkOrder, q *core.SearchQuery) bool {
	return q.Within == nil || q.Within.Contains(o)
}

// Join writes terms for a database, separated by blanks: no term has one.
func Join(terms []string) string { return strings.Join(terms, " ") }

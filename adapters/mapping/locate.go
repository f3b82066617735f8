package mapping

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Locating is a look-up of the mapping file, ready for use. It is safe for concurrent use.
type Locating struct {
	*Outward
	Near  int      // metres
	needs []string // fields of query that the request is written from
	rows  *rows
}

func (m *Mapping) locate(e *lang.Entry[Locate], around Surroundings, p *lang.Problems) *Locating {
	f := &e.V
	for i := range f.Place {
		if name := f.Place[i].Key; !strings.HasPrefix(name, "place.") {
			p.At(f.Place[i].At, noPoint, name)
		}
	}
	l := &Locating{Outward: Compile(&f.Call, m.Service, around, p), Near: f.Near}
	l.rows = m.rows(e.At, e.Key, locates, &f.Call, &Serve{Each: f.Each, Choices: f.Choices, Order: f.Place}, around, p)
	l.program.sources(func(s *source) {
		if strings.HasPrefix(s.name, "query.") && s.fallback == nil && !slices.Contains(l.needs, s.name) {
			l.needs = append(l.needs, s.name)
		}
	})
	return l
}

// sources calls do for each value that the element is written from.
func (e *element) sources(do func(*source)) {
	if e.source != nil {
		do(e.source)
	}
	for i := range e.attrs {
		do(e.attrs[i].source)
	}
	if e.nested != nil {
		e.nested.root.sources(do)
	}
	for _, k := range e.kids {
		k.sources(do)
	}
}

// Can tells whether the query has what the request is written from.
func (l *Locating) Can(q *Query) bool {
	s := &scope{Values: &Values{Query: q}}
	return !slices.ContainsFunc(l.needs, func(name string) bool {
		f, _ := fieldNamed(name)
		return !f.get(s).is
	})
}

// Read reads the places of an answer, those left out that have no coordinate or one that
// cannot be right. The verdict tells whether they are to be relied on.
func (l *Locating) Read(r *xml.Reader) (places []core.Place, verdict core.Delivery, err error) {
	rows := l.rows.reader()
	rest, _, why, err := l.rows.read(l.Outward, r, func(raw []byte) error {
		it, ok, err := rows.Read(raw, nil)
		if ok && it.Err == nil && it.Order.Place.Point != nil {
			places = append(places, it.Order.Place)
		}
		return err
	})
	if err != nil {
		return nil, core.Delivery{}, err
	}
	if rest == nil {
		return nil, core.Delivery{Outcome: core.UnknownOutcome, Code: "answer", Detail: why}, nil
	}
	return places, l.judge.verdict(rest), nil
}

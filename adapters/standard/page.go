package standard

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/pull"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xml"
	"tundish/wsdl/xsd"
)

// Page is the answer of an operation that lists orders to pull. The generated answer
// would refuse the whole page for one bad item; a Page keeps the item with its reason
// and goes on.
type Page struct {
	// Name of the answer's element.
	Name xml.Name

	items      []item
	arena      []byte // of the items' raw, as they stood in the answer
	outside    string // a start tag with the declarations in scope around the items
	total      int64
	more       bool
	sourceTime xsd.DateTime
}

// item is one order of a page: as it came, and what it says or why it says nothing.
type item struct {
	raw      []byte // a document of its own; nil: it lies in the page's arena
	from, to int
	order    vocabulary.Order
	err      error
}

// UnmarshalXML reads the page.
func (p *Page) UnmarshalXML(r *xml.Reader) error {
	if name := r.Name(); name.Local != p.Name.Local || name.Space != p.Name.Space && name.Space != "" {
		return r.Errorf("the answer is <%s>, not <%s>", name.Local, p.Name.Local)
	}
	p.items, p.arena, p.outside = nil, nil, around(r)
	seen := map[string]bool{}
	one := xml.NewReaderBytes(nil, xml.Limits{})
	for {
		more, err := r.NextChild()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		local := r.Name().Local
		if local != "Item" && seen[local] {
			return r.Errorf("<%s> stands twice", local)
		}
		seen[local] = true
		if err := p.child(r, one, local); err != nil {
			return err
		}
	}
	for _, name := range []string{"Total", "More", "SourceTime"} {
		if !seen[name] {
			return r.Errorf("<%s> is missing", name)
		}
	}
	return nil
}

func (p *Page) child(r, one *xml.Reader, local string) error {
	if local == "Item" {
		p.items = append(p.items, item{})
		return p.item(r, one, &p.items[len(p.items)-1])
	}
	text, err := r.ElementText()
	if err != nil {
		return err
	}
	switch local {
	case "Total":
		p.total, err = xsd.ParseInt(text, 0, 1<<31-1)
	case "More":
		p.more, err = xsd.ParseBool(text)
	case "SourceTime":
		p.sourceTime, err = xsd.ParseDateTime(text)
	default:
		err = fmt.Errorf("<%s> is not part of <%s>; allowed: Item, Total, More, SourceTime", local, p.Name.Local)
	}
	if err != nil {
		return r.Errorf("<%s>: %w", local, err)
	}
	return nil
}

// item reads one item where it stands. Should it say something wrong, it is copied and
// the copy decoded, so that nothing in it can disturb the page. The error is the page's own:
// then it is not well-formed.
func (p *Page) item(r, one *xml.Reader, it *item) error {
	if place, ok := r.Place(); ok {
		if it.order.DecodeXML(r) == nil {
			it.from = len(p.arena)
			p.arena = append(p.arena, r.Since(place)...)
			it.to = len(p.arena)
			return nil
		}
		if err := r.Back(place); err != nil {
			return err
		}
		it.order = vocabulary.Order{}
	}
	w := xml.NewWriter()
	err := r.Capture(w)
	if err != nil {
		return err
	}
	if it.raw, err = w.Finish(); err != nil {
		return err
	}
	one.ResetBytes(it.raw)
	if _, err := one.Next(); err != nil {
		return err
	}
	it.err = it.order.DecodeXML(one)
	return nil
}

// around is a start tag that declares what is declared around the children of the current element.
func around(r *xml.Reader) string {
	var b strings.Builder
	b.WriteString("<outside")
	for prefix, space := range r.Namespaces() {
		b.WriteString(" xmlns")
		if prefix != "" {
			b.WriteString(":" + prefix)
		}
		b.WriteString("=\"" + html.EscapeString(space) + "\"")
	}
	b.WriteString(">")
	return b.String()
}

// rawOf is an item as a document of its own; few are ever asked for.
func (p *Page) rawOf(it *item) []byte {
	if it.raw != nil {
		return it.raw
	}
	r := xml.NewReaderBytes(slices.Concat([]byte(p.outside), p.arena[it.from:it.to], []byte("</outside>")), xml.Limits{})
	for range 2 {
		if _, err := r.Next(); err != nil {
			return p.arena[it.from:it.to] // it was read before: it cannot be
		}
	}
	w := xml.NewWriter()
	if err := r.Capture(w); err != nil {
		return p.arena[it.from:it.to]
	}
	raw, err := w.Finish()
	if err != nil {
		return p.arena[it.from:it.to]
	}
	return raw
}

// Pulled converts a page for the pull that asked for it. message is the exchange behind it.
func (s *System) Pulled(p *Page, message core.LoggedMessage) pull.Page {
	out := pull.Page{Items: make([]pull.Item, len(p.items)), More: p.more, Total: int(p.total), SourceTime: p.sourceTime.Time(s.Zone).UTC(), Message: message}
	for i := range p.items {
		it := &p.items[i]
		to := &out.Items[i]
		to.Raw = func() []byte { return p.rawOf(it) }
		if it.err != nil {
			// Some of the order may have been read: its number helps whoever looks for it.
			to.Order.Ref = s.Ref(it.order.ExternalRef, it.order.RefPeriod)
			to.Err = &core.Error{Kind: core.Invalid, Code: "invalid_message", Message: it.err.Error(), MessageZH: it.err.Error()}
			continue
		}
		if to.Order, to.Blobs, to.Err = s.Order(&it.order); to.Err != nil {
			to.Err = Under("Item", to.Err)
			continue
		}
		to.Hash = s.Hash(&it.order)
	}
	return out
}

// Confirmations are the receipts to tell a source, in pieces that one message may hold.
func (s *System) Confirmations(rs []pull.Receipt, now time.Time) [][]vocabulary.ReceivedOrder {
	const most = 1000
	var pieces [][]vocabulary.ReceivedOrder
	at := s.Time(now)
	for _, r := range rs {
		if r.No == "" {
			continue // refused: the source hears of it from people
		}
		if n := len(pieces); n == 0 || len(pieces[n-1]) == most {
			pieces = append(pieces, nil)
		}
		last := &pieces[len(pieces)-1]
		*last = append(*last, vocabulary.ReceivedOrder{ExternalRef: r.Ref.External, RefPeriod: r.Ref.Period, OrderNo: string(r.No), ReceivedAt: at})
	}
	return pieces
}

// Confirmed says whether a confirmation took effect.
func Confirmed(a *vocabulary.Acknowledgement) error {
	if a.Accepted {
		return nil
	}
	return core.Fail(core.Unavailable, orElse(a.Code, "try_later"), "", "the source does not take confirmations now: "+a.Message, "来源系统暂不接受确认："+a.Message)
}

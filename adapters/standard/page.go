package standard

import (
	"fmt"
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
	total      int64
	more       bool
	sourceTime xsd.DateTime
}

// item is one order of a page: as it came, and what it says or why it says nothing.
type item struct {
	raw   []byte
	order vocabulary.Order
	err   error
}

// UnmarshalXML reads the page.
func (p *Page) UnmarshalXML(r *xml.Reader) error {
	if name := r.Name(); name.Local != p.Name.Local || name.Space != p.Name.Space && name.Space != "" {
		return r.Errorf("the answer is <%s>, not <%s>", name.Local, p.Name.Local)
	}
	p.items = p.items[:0]
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
		it, err := readItem(r, one)
		p.items = append(p.items, it)
		return err
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

// readItem copies one item and decodes the copy, so that nothing in it can disturb the
// page. The error is the page's own: then it is not well-formed.
func readItem(r, one *xml.Reader) (it item, err error) {
	w := xml.NewWriter()
	if err := r.Capture(w); err != nil {
		return it, err
	}
	if it.raw, err = w.Finish(); err != nil {
		return it, err
	}
	one.ResetBytes(it.raw)
	if _, err := one.Next(); err != nil {
		return it, err
	}
	it.err = it.order.DecodeXML(one)
	return it, nil
}

// Pulled converts a page for the pull that asked for it. message is the exchange behind it.
func (s *System) Pulled(p *Page, message core.LoggedMessage) pull.Page {
	out := pull.Page{Items: make([]pull.Item, len(p.items)), More: p.more, Total: int(p.total), SourceTime: p.sourceTime.Time(s.Zone).UTC(), Message: message}
	for i := range p.items {
		it := &p.items[i]
		to := &out.Items[i]
		to.Raw = it.raw
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

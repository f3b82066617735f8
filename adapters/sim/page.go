package sim

import (
	"fmt"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// MaxPage is the largest page that the simulators make.
const MaxPage = 1000

// Page cuts page no of the given size out of all, counted from 0. Page 0 is always
// there, even when it is empty.
func Page[T any](all []T, no, size int32) (items []T, more bool, err error) {
	if size < 1 || size > MaxPage {
		return nil, false, core.Invalidf("invalid_page", "PageSize", "a page holds 1 to %d items", "每页 1 至 %d 条", MaxPage)
	}
	from := int64(no) * int64(size)
	if no < 0 || no > 0 && from >= int64(len(all)) {
		return nil, false, core.Invalidf("invalid_page", "PageNo", "there is no page %d: the window holds %d items", "没有第 %d 页：窗口内共 %d 条", no, len(all))
	}
	to := min(from+int64(size), int64(len(all)))
	return all[from:to], to < int64(len(all)), nil
}

// Window reads a window's bounds; a missing one is open.
func Window(from, to *xsd.DateTime, zone *time.Location) (start, end time.Time, err error) {
	if from != nil {
		start = from.Time(zone)
	}
	if to != nil {
		end = to.Time(zone)
	}
	if from != nil && to != nil && end.Before(start) {
		return start, end, core.Fail(core.Invalid, "invalid_value", "WindowTo", fmt.Sprintf("the window ends at %s, before it starts at %s", to, from), fmt.Sprintf("窗口终点 %s 早于起点 %s", to, from))
	}
	return start, end, nil
}

// Within tells that t lies in a window, its start included, its end not.
func Within(t, start, end time.Time) bool {
	return !t.Before(start) && (end.IsZero() || t.Before(end))
}

// ListOrders makes a page of the books for reconciliation.
func (b *Books) ListOrders(from, to *xsd.DateTime, no, size int32) (page []vocabulary.BookEntry, total int32, more bool, err error) {
	start, end, err := Window(from, to, b.zone)
	if err != nil {
		return nil, 0, false, err
	}
	var fit []Entry
	for _, e := range b.Entries() {
		if Within(e.RegisteredAt, start, end) {
			fit = append(fit, e)
		}
	}
	items, more, err := Page(fit, no, size)
	if err != nil {
		return nil, 0, false, err
	}
	page = make([]vocabulary.BookEntry, len(items))
	for i := range items {
		page[i] = b.bookEntry(&items[i])
	}
	return page, int32(len(fit)), more, nil
}

func (b *Books) bookEntry(e *Entry) vocabulary.BookEntry {
	v := vocabulary.BookEntry{
		ExternalRef: e.Ref, RefPeriod: e.Period, OrderNo: e.OrderNo, Type: e.Type, State: string(e.State), Status: e.Status,
		Account: e.Account, MeterSerial: e.MeterSerial, Outcome: e.Outcome, Reason: e.Reason,
		FinalReading: decimal(e.FinalReading), NewSerial: e.NewSerial, InitialReading: decimal(e.InitialReading), RecheckedReading: decimal(e.RecheckedReading),
		PhotoCount: vocabulary.Count(e.Photos), RegisteredAt: b.Stamp(e.RegisteredAt), UpdatedAt: b.Stamp(e.UpdatedAt),
		FinishedAt: b.stamp(e.FinishedAt), ClosedAt: b.stamp(e.ClosedAt), LastMessageId: e.LastMessageID, Effects: vocabulary.Count(e.Effects),
	}
	if e.LastMessageID != "" {
		v.LastSequence = &e.LastSequence
	}
	return v
}

// decimal is a reading for the wire; nil for none. Readings in the books came over the
// wire or were checked by Tamper.
func decimal(s string) *xsd.Decimal {
	d, err := xsd.ParseDecimal(s)
	if err != nil {
		return nil
	}
	return &d
}

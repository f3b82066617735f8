package core

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Longest keys and searched fields, in UTF-16 units: what an NVARCHAR column
// counts. A store refuses a unit that goes beyond, before it writes anything, so
// that every store refuses the same.
const (
	MaxSystem   = 40
	MaxExternal = 100
	MaxPeriod   = 20
	MaxCode     = 60 // order types, crew ids, jobs, leases, operations, fault codes
	MaxNumber   = 60 // account numbers and meter serials
	MaxID       = 64 // messages, runs
	MaxText     = 1000
)

// UTF16Len counts s as SQL Server does: a character beyond the BMP is two.
func UTF16Len(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			n, i = n+1, i+1
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		n += utf16.RuneLen(r)
		i += w
	}
	return n
}

// LogText makes a foreign text fit a column of n UTF-16 units: trimmed, valid
// UTF-8, cut at the end. The log and the refused items take whatever was sent;
// being too long is often the very reason why they are written.
func LogText(s string, n int) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
	return CutUTF16(strings.ReplaceAll(s, "\x00", "\uFFFD"), n)
}

// CutUTF16 shortens s to at most n UTF-16 units without splitting a character.
func CutUTF16(s string, n int) string {
	if len(s) <= n {
		return s
	}
	units := 0
	for i, r := range s {
		units += utf16.RuneLen(r)
		if units > n {
			return s[:i]
		}
	}
	return s
}

// Check refuses a unit that no store could hold faithfully: keys that are empty,
// too long, not trimmed (SQL Server ignores trailing spaces when it compares) or
// not UTF-8, and orders whose version does not follow the expected one.
func (u *Unit) Check() error {
	var c checker
	for i := range u.Orders {
		ch := &u.Orders[i]
		o := &ch.Order
		c.key("order.no", string(o.No), MaxNumberLength)
		c.key("order.ref.system", string(o.Ref.System), MaxSystem)
		c.key("order.ref.external", o.Ref.External, MaxExternal)
		c.text("order.ref.period", o.Ref.Period, MaxPeriod)
		c.text("order.type", o.Type, MaxCode)
		c.text("order.customer.account", o.Customer.Account, MaxNumber)
		c.text("order.meter.serial", o.Meter.Serial, MaxNumber)
		if o.Assignment != nil {
			c.text("order.assignment.crew_id", o.Assignment.CrewID, MaxCode)
		}
		if ch.Expected < 0 || o.Version != ch.Expected+1 || len(ch.Body) == 0 {
			c.fail("order", "an order change must come from NewChange", "工单变更必须由 NewChange 生成")
		}
		for j := range ch.Meters {
			c.key("new_serial", ch.Meters[j].Serial, MaxNumber)
		}
		for j := range ch.Events {
			c.text("event.by", ch.Events[j].By, MaxExternal)
			c.text("event.message_id", ch.Events[j].MessageID, MaxID)
		}
		for j := range ch.Outbox {
			c.key("outbox.id", ch.Outbox[j].ID, MaxID)
			c.key("outbox.target", string(ch.Outbox[j].Target), MaxSystem)
		}
	}
	for i := range u.CrewDays {
		c.key("crew_day.crew_id", u.CrewDays[i].CrewID, MaxCode)
		c.key("crew_day.day", u.CrewDays[i].Day, 10)
	}
	for i := range u.Crews {
		c.key("crew.id", u.Crews[i].Crew.ID, MaxCode)
	}
	for i := range u.Positions {
		c.key("position.crew_id", u.Positions[i].CrewID, MaxCode)
	}
	if u.Run != nil {
		c.key("run.id", u.Run.ID, MaxID)
		c.key("run.job", u.Run.Job, MaxCode)
	}
	if u.Job != nil {
		c.key("job", u.Job.Job, MaxCode)
	}
	for i := range u.Rows {
		r := &u.Rows[i]
		c.key("row.job", r.Job, MaxCode)
		c.key("row.ref.external", r.Ref.External, MaxExternal)
		c.text("row.ref.period", r.Ref.Period, MaxPeriod)
		c.key("row.no", string(r.No), MaxNumberLength)
		c.text("row.vanished", r.Vanished, MaxID)
	}
	for i := range u.Refused {
		c.key("refused.run", u.Refused[i].Run, MaxID)
	}
	for i := range u.Messages {
		c.key("message.id", u.Messages[i].ID, MaxID)
	}
	for i := range u.Blobs {
		c.key("blob.sha256", u.Blobs[i].SHA256, 64)
	}
	return c.error()
}

// checker keeps the first refusal.
type checker struct{ err *Error }

func (c *checker) error() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

func (c *checker) fail(field, en, zh string) {
	if c.err == nil {
		c.err = Fail(Invalid, "not_storable", field, en, zh)
	}
}

func (c *checker) key(field, s string, most int) {
	if s == "" {
		c.fail(field, "must not be empty", "不能为空")
		return
	}
	c.text(field, s, most)
}

func (c *checker) text(field, s string, most int) {
	switch {
	case c.err != nil || s == "":
	case len(s) > most && UTF16Len(s) > most:
		c.err = Invalidf("too_long", field, "has %d characters, at most %d are allowed", "长度为 %d，最多允许 %d", UTF16Len(s), most)
	case s[0] <= ' ' || s[len(s)-1] <= ' ' || s[len(s)-1] >= utf8.RuneSelf && strings.TrimSpace(s) != s:
		c.fail(field, "must not begin or end with a space", "首尾不能有空格")
	case !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0:
		c.fail(field, "is not valid UTF-8 text", "不是有效的 UTF-8 文本")
	}
}

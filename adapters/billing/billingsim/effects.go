package billingsim

import (
	"fmt"
	"strings"

	"tundish/adapters/sim"
	"tundish/core"
	"tundish/wsdl/billing"
	"tundish/wsdl/xsd"
)

// exchange checks a replacement against the account and, done, installs the new meter.
func (b *office) exchange(e *sim.Entry, r *billing.CompleteReplacement) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.account(e, r.Account)
	if err != nil || r.Completion.Outcome != "done" {
		return err
	}
	x := r.Completion.MeterExchange
	if x == nil {
		return required("Completion/MeterExchange", "a replacement that is done has the meters exchanged", "已完成的换表必须包含新旧表信息")
	}
	if err := plausible(p, x.OldFinalReading, "Completion/MeterExchange/OldFinalReading"); err != nil {
		return err
	}
	if other := b.city.Serial(x.NewSerial); other != nil {
		return core.Fail(core.Conflict, "serial_in_use", "Completion/MeterExchange/NewSerial",
			fmt.Sprintf("meter %s is installed at account %s", x.NewSerial, other.Account), fmt.Sprintf("水表 %s 已安装在户号 %s", x.NewSerial, other.Account))
	}
	b.city.Exchange(p, x.NewSerial)
	p.Meter.LastReading = x.NewInitialReading.String()
	p.Meter.State = "normal"
	return nil
}

// remove checks a removal and, done, takes the meter off the account.
func (b *office) remove(e *sim.Entry, r *billing.CompleteRemoval) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.account(e, r.Account)
	if err != nil || r.Completion.Outcome != "done" {
		return err
	}
	x := r.Completion.MeterRemoval
	if x == nil {
		return required("Completion/MeterRemoval", "a removal that is done has the meter removed", "已完成的拆表必须包含拆表信息")
	}
	if err := plausible(p, x.FinalReading, "Completion/MeterRemoval/FinalReading"); err != nil {
		return err
	}
	b.city.Exchange(p, "")
	return nil
}

// recheck checks a check reading and, done, makes it the last one.
func (b *office) recheck(e *sim.Entry, r *billing.CompleteRecheck) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.account(e, r.Account)
	if err != nil || r.Completion.Outcome != "done" {
		return err
	}
	x := r.Completion.Recheck
	if x == nil {
		return required("Completion/Recheck", "a recheck that is done has the reading found", "已完成的复核必须包含复核读数")
	}
	if dial := xsd.MustDecimal(p.Meter.DialRange); x.RecheckedReading.Cmp(dial.Add(xsd.NewDecimal(1, 0))) >= 0 {
		return implausible("Completion/Recheck/RecheckedReading", x.RecheckedReading, p)
	}
	p.Meter.LastReading = x.RecheckedReading.String()
	return nil
}

// account is whom the order is about; named beside it must be the same.
func (b *office) account(e *sim.Entry, named string) (*sim.ServicePoint, error) {
	p := b.city.Account(e.Account)
	if p == nil || named != "" && named != e.Account {
		return nil, core.Fail(core.NotFound, "unknown_account", "Account", fmt.Sprintf("order %s is about account %s, not %q", e.Ref, e.Account, named), fmt.Sprintf("工单 %s 的户号为 %s，而非 %q", e.Ref, e.Account, named))
	}
	return p, nil
}

// plausible refuses a final reading below the last one, unless the dial may have turned
// over, and one that the dial cannot show. A reading that could not be taken is nil.
func plausible(p *sim.ServicePoint, reading *xsd.Decimal, field string) error {
	if reading == nil {
		return nil
	}
	dial := xsd.MustDecimal(p.Meter.DialRange)
	if reading.Cmp(dial.Add(xsd.NewDecimal(1, 0))) >= 0 {
		return implausible(field, *reading, p)
	}
	if p.Meter.LastReading == "" {
		return nil
	}
	last := xsd.MustDecimal(p.Meter.LastReading)
	const nearlyOver = 0.9
	if reading.Cmp(last) < 0 && last.Float64() < nearlyOver*dial.Float64() {
		return implausible(field, *reading, p)
	}
	return nil
}

func implausible(field string, reading xsd.Decimal, p *sim.ServicePoint) error {
	return core.Fail(core.Conflict, "implausible_reading", field,
		fmt.Sprintf("the reading is %s, the last one was %q and the dial goes to %s; somebody must look", reading, p.Meter.LastReading, p.Meter.DialRange),
		fmt.Sprintf("读数 %s 不合理：上次抄码 %q，量程 %s，请人工核实", reading, p.Meter.LastReading, p.Meter.DialRange))
}

func required(field, en, zh string) error { return core.Fail(core.Invalid, "required", field, en, zh) }

// correct takes over what a crew found out about a customer.
func (b *office) correct(r *billing.UpdateCustomer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.city.Account(r.Account)
	if p == nil {
		return core.Fail(core.NotFound, "unknown_account", "Account", fmt.Sprintf("there is no account %q", r.Account), fmt.Sprintf("无此户号 %q", r.Account))
	}
	set := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	if c := r.Customer; c != nil {
		set(&p.Holder, c.Name)
		set(&p.Contact, c.Contact)
		set(&p.Phone, c.Phone)
		set(&p.Tariff, c.Tariff)
	}
	if at := r.Place; at != nil {
		set(&p.Address, at.Address)
		set(&p.Detail, at.Detail)
	}
	b.Books.CountHeld(func(n *sim.Stats) { n.Notes++ })
	return nil
}

// scrap registers an old meter.
func (b *office) scrap(r *billing.RegisterScrappedMeter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	serial := r.Meter.Serial
	if serial == "" {
		serial = r.Meter.Stamp
	}
	if serial == "" {
		return required("Meter/Serial", "which meter? Serial or Stamp is needed", "须填写表号或钢印号")
	}
	if r.Account != "" && b.city.Account(r.Account) == nil {
		return core.Fail(core.NotFound, "unknown_account", "Account", fmt.Sprintf("there is no account %q", r.Account), fmt.Sprintf("无此户号 %q", r.Account))
	}
	if order, ok := b.scrapped[serial]; ok && order != r.OrderNo {
		return core.Fail(core.Conflict, "already_registered", "Meter/Serial", fmt.Sprintf("meter %s is registered under order %s", serial, order), fmt.Sprintf("水表 %s 已在工单 %s 登记", serial, order))
	}
	b.scrapped[serial] = r.OrderNo
	b.Books.CountHeld(func(n *sim.Stats) { n.Notes++ })
	return nil
}

const (
	usualMatches = 20
	mostMatches  = 200
)

// find looks customers up by account, by telephone, or by both.
func (b *office) find(r *billing.GetCustomer) (*billing.GetCustomerResponse, error) {
	account, phone := strings.TrimSpace(r.Account), strings.TrimSpace(r.Phone)
	if account == "" && phone == "" {
		return nil, required("Account", "Account or Phone is needed", "须填写户号或电话")
	}
	most := usualMatches
	if r.MaxMatches != nil {
		most = int(*r.MaxMatches)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	a := new(billing.GetCustomerResponse)
	for i := range b.city.Points {
		p := &b.city.Points[i]
		if account != "" && p.Account != account || phone != "" && p.Phone != phone {
			continue
		}
		a.Total++
		if len(a.Match) == most {
			continue
		}
		m := billing.CustomerMatch{Customer: *p.Customer(), Place: p.Place(true), State: "active"}
		if p.Meter.Serial != "" {
			m.Meter = []billing.Meter{*p.VocabularyMeter()}
		} else {
			m.State = "closed"
		}
		a.Match = append(a.Match, m)
	}
	if a.Total > mostMatches {
		return nil, core.Invalidf("too_many", "Phone", "%d customers fit, at most %d are listed; ask more precisely", "符合条件的用户有 %d 个，最多列出 %d 个，请缩小范围", a.Total, mostMatches)
	}
	return a, nil
}

package sim

import (
	"context"
	"fmt"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Result lets the result of an order take effect: once, whatever comes. Check, which may be
// nil, comes last before the effect: it refuses what the system knows better, or changes what
// the system keeps besides its books. It must not change the entry or call the books.
func (b *Books) Result(ctx context.Context, m Message, c *vocabulary.Completion, check func(*Entry) error) (vocabulary.Acknowledgement, error) {
	return b.Once(ctx, m, func(e *Entry, now time.Time) error {
		if err := e.open(m); err != nil {
			return err
		}
		if err := checkCompletion(c); err != nil {
			return err
		}
		if check != nil {
			if err := check(e); err != nil {
				return err
			}
		}
		e.close(c, now, b.zone)
		b.stats.Results++
		return nil
	})
}

// checkCompletion holds a result against the contract's rules beyond its schema.
func checkCompletion(c *vocabulary.Completion) error {
	switch c.Outcome {
	case "done":
	case "could_not_be_done":
		if c.Reason == "" {
			return core.Fail(core.Invalid, "required", "Completion/Reason", "what could not be done has a reason", "无法完成时必须填写原因")
		}
		if c.MeterExchange != nil || c.MeterRemoval != nil || c.MeterInstallation != nil || c.Recheck != nil {
			return core.Fail(core.Invalid, "invalid_value", "Completion", "could_not_be_done carries no meters and no check reading", "无法完成时不得包含换表、拆表、装表或复核信息")
		}
	default:
		return core.Invalidf("unknown_code", "Completion/Outcome", "outcome %q is not known; allowed: done, could_not_be_done", "结果 %q 未知；可用：done、could_not_be_done", c.Outcome)
	}
	return nil
}

// open refuses a result for an order that has ended.
func (e *Entry) open(m Message) error {
	switch e.State {
	case Cancelled:
		return core.Fail(core.Conflict, "order_cancelled", "ExternalRef", fmt.Sprintf("order %s was cancelled here", m.Ref), fmt.Sprintf("工单 %s 在本系统已作废", m.Ref))
	case Closed, Returned:
		return core.Fail(core.Conflict, "conflicting_result", "ExternalRef",
			fmt.Sprintf("order %s has a result already, by message %s", m.Ref, e.LastMessageID), fmt.Sprintf("工单 %s 已有结果生效（报文 %s）", m.Ref, e.LastMessageID))
	}
	return nil
}

// Extendable refuses to move the deadline of an order that has ended.
func (e *Entry) Extendable() error {
	switch {
	case e.State == Cancelled:
		return core.Fail(core.Conflict, "order_cancelled", "ExternalRef", fmt.Sprintf("order %s was cancelled here", e.Ref), fmt.Sprintf("工单 %s 在本系统已作废", e.Ref))
	case e.State.ended():
		return core.Fail(core.Conflict, "not_extendable", "ExternalRef", fmt.Sprintf("order %s has ended; its deadline does not move", e.Ref), fmt.Sprintf("工单 %s 已结束，时限不可延长", e.Ref))
	}
	return nil
}

// close takes a result over.
func (e *Entry) close(c *vocabulary.Completion, now time.Time, zone *time.Location) {
	e.State, e.ClosedAt = Closed, now
	e.Effects++
	e.Outcome, e.Reason = c.Outcome, c.Reason
	e.FinishedAt = c.FinishedAt.Time(zone)
	e.Photos = len(c.Photo)
	if x := c.MeterExchange; x != nil {
		e.FinalReading, e.NewSerial, e.InitialReading = text(x.OldFinalReading), x.NewSerial, x.NewInitialReading.String()
	}
	if x := c.MeterRemoval; x != nil {
		e.FinalReading = text(x.FinalReading)
	}
	if x := c.MeterInstallation; x != nil {
		e.NewSerial, e.InitialReading = x.Serial, x.InitialReading.String()
	}
	if x := c.Recheck; x != nil {
		e.RecheckedReading = x.RecheckedReading.String()
	}
}

func text(d *xsd.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// Return lets the hub give an order back.
func (b *Books) Return(ctx context.Context, m Message, reason string) (vocabulary.Acknowledgement, error) {
	return b.Once(ctx, m, func(e *Entry, now time.Time) error {
		if err := e.open(m); err != nil {
			return err
		}
		e.State, e.ClosedAt, e.Reason = Returned, now, reason
		e.Effects++
		b.stats.Returns++
		return nil
	})
}

// before tells that an order in this phase has no result yet, or none any more: one that
// is closed here was opened again.
func before(phase string) bool {
	switch core.Phase(phase) {
	case core.Received, core.Acceptance, core.Approval, core.Dispatching, core.Field:
		return true
	}
	return false
}

// Status takes over a status, unless a later one has overtaken it. With isResult it
// closes the order when it brings an outcome or a return, for systems that have no
// operation for results of this type.
func (b *Books) Status(ctx context.Context, m Message, s *vocabulary.OrderStatus, isResult func(*Entry) bool) (vocabulary.Acknowledgement, error) {
	overtaken := false
	ack, err := b.Once(ctx, m, func(e *Entry, now time.Time) error {
		if overtaken = m.Sequence < e.LastSequence; overtaken {
			return nil
		}
		byStatus := isResult != nil && isResult(e)
		closes, returns := byStatus && s.Outcome != "", byStatus && core.Phase(s.Phase) == core.Returned
		if closes || returns {
			if err := e.open(m); err != nil {
				return err
			}
		}
		e.Status = s.Status
		b.stats.Statuses++
		switch {
		case closes:
			e.close(&vocabulary.Completion{Outcome: s.Outcome, Reason: s.Reason, FinishedAt: s.At}, now, b.zone)
			b.stats.Results++
		case returns:
			e.State, e.ClosedAt = Returned, now
			e.Effects++
			b.stats.Returns++
		case e.State == Closed && before(s.Phase):
			e.State, e.Outcome, e.Reason, e.Effects = InWork, "", "", 0
			e.FinishedAt, e.ClosedAt = time.Time{}, time.Time{}
			e.Reopened++
			b.stats.Reopened++
		case e.State == Registered, e.State == HandedOver:
			e.State = InWork
		}
		return nil
	})
	if err == nil && overtaken {
		ack.AlreadyDone = true
		ack.Code = "already_done"
	}
	return ack, err
}

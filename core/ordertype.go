package core

import (
	"sort"
	"time"
)

// DispatchMode says who gives an order to a crew, and when.
type DispatchMode string

const (
	// DispatchAuto: at once, without waiting for the acceptance review.
	DispatchAuto DispatchMode = "auto"
	// DispatchBatch: with the next batch run.
	DispatchBatch DispatchMode = "batch"
	// DispatchPlanned: the plan over days gives it its day, the first batch of that day its crew.
	DispatchPlanned DispatchMode = "planned"
	// DispatchPropose: the hub ranks crews, a dispatcher decides.
	DispatchPropose DispatchMode = "propose"
	// DispatchManual: a dispatcher chooses.
	DispatchManual DispatchMode = "manual"
)

// DispatchModes lists every mode.
func DispatchModes() []DispatchMode {
	return []DispatchMode{DispatchAuto, DispatchBatch, DispatchPlanned, DispatchPropose, DispatchManual}
}

// OrderType is one configured kind of order.
type OrderType struct {
	Code   string
	Name   Text
	Family Family
	// Minutes of work at the place, for planning.
	Minutes int
	// Urgency of orders whose source names none; empty means normal.
	Urgency Urgency
	// Skills that a crew must have, all of them.
	Skills []string
	// Acceptance: the order waits for the acceptance review before dispatch (unless
	// it is dispatched automatically, then the review follows).
	Acceptance bool
	// Dispatch per urgency; an urgency that is not named is manual.
	Dispatch map[Urgency]DispatchMode
	// ResultReview: the result is reviewed before it is released; otherwise the
	// completion itself releases it.
	ResultReview bool
	// FollowUp: a call follows the release of work that was done.
	FollowUp bool
	// Limits from receipt to deadline, elapsed time, per urgency; 0 or missing: none.
	Limits map[Urgency]time.Duration
	// Required fields of a completion that was done, by their JSON names, e.g.
	// "old_final_reading".
	Required []string
	// Tell lists the statuses the source hears of besides the result.
	Tell []Status
	// Process is the way through the house.
	Process *Process
}

// Text is a text for people in both languages.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh"`
}

// In chooses the language: "zh-CN" or anything that starts with "zh"; else English.
func (t Text) In(lang string) string {
	if len(lang) >= 2 && lang[:2] == "zh" && t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// Mode is who dispatches an order of this type and urgency.
func (t *OrderType) Mode(u Urgency) DispatchMode {
	if t.Family == Desk {
		return DispatchManual
	}
	if m, ok := t.Dispatch[u]; ok {
		return m
	}
	return DispatchManual
}

// Tells reports whether the source wants to hear of s.
func (t *OrderType) Tells(s Status) bool {
	for _, x := range t.Tell {
		if x == s {
			return true
		}
	}
	return false
}

// OrderTypes are the types that are live, by code.
type OrderTypes map[string]*OrderType

// Codes lists the type codes in alphabetical order.
func (ts OrderTypes) Codes() []string {
	codes := make([]string, 0, len(ts))
	for c := range ts {
		codes = append(codes, c)
	}
	sort.Strings(codes)
	return codes
}

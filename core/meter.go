package core

import (
	"fmt"
	"strings"
	"time"
)

// MeterWork is what an order's results say of meters, by their serials 表号.
type MeterWork struct {
	// Installed is the meter that was put in, Removed the one that was taken out; empty: none.
	Installed, Removed string
	// Scrapped: the removed one is never installed again.
	Scrapped bool
	// At is when the work was done.
	At time.Time
}

// MeterWork reads an order's results. A result that was found wrong counts until another one follows; a visit that the
// order shared is told by the order whose visit it was.
func (o *WorkOrder) MeterWork() (w MeterWork) {
	last := len(o.Completions) - 1
	for i := last; i >= 0; i-- {
		c := &o.Completions[i]
		wrong := i < last && c.Review != nil && !c.Review.Passed
		if c.Outcome != Done || c.SharedWith != "" || wrong {
			continue
		}
		w.Installed = strings.TrimSpace(c.NewSerial)
		if old := strings.TrimSpace(o.Meter.Serial); old != w.Installed && o.Family != Installation && (w.Installed != "" || o.Family == Removal || o.Family == Replacement) {
			w.Removed, w.Scrapped = old, old != "" && c.OldMeterFate == "scrapped"
		}
		if w.Installed != "" || w.Removed != "" {
			w.At = c.FinishedAt
			return w
		}
	}
	return MeterWork{}
}

// MeterFact is what an order says of a meter, or says no longer.
type MeterFact string

const (
	MeterInstalled    MeterFact = "installed"
	MeterRemoved      MeterFact = "removed"
	MeterScrapped     MeterFact = "scrapped" // removed, and never installed again
	MeterNotInstalled MeterFact = "not_installed"
	MeterNotRemoved   MeterFact = "not_removed"
)

// MeterChange is one fact that an order's change brings.
type MeterChange struct {
	Serial string
	Fact   MeterFact
	At     time.Time
	// Lenient: a meter that stands elsewhere is taken all the same, and the last word counts.
	Lenient bool
}

// meterChanges are the facts that differ: what is said no longer comes first, then what is removed, then what is installed.
// A serial that no store could ever keep is nothing that could be taken back.
func meterChanges(was, is MeterWork, at time.Time) (list []MeterChange) {
	add := func(serial string, fact MeterFact) {
		kept := fact == MeterInstalled || UTF16Len(serial) <= MaxNumber
		if serial != "" && kept {
			list = append(list, MeterChange{Serial: serial, Fact: fact, At: at})
		}
	}
	if was.Installed != is.Installed {
		add(was.Installed, MeterNotInstalled)
	}
	if was.Removed != is.Removed {
		add(was.Removed, MeterNotRemoved)
	}
	if was.Removed != is.Removed || was.Scrapped != is.Scrapped {
		add(is.Removed, removal(is))
	}
	if was.Installed != is.Installed {
		add(is.Installed, MeterInstalled)
	}
	return list
}

func removal(w MeterWork) MeterFact {
	if w.Scrapped {
		return MeterScrapped
	}
	return MeterRemoved
}

// Changes are the facts of the work as a store learns them from an order of before it kept any.
func (w MeterWork) Changes() []MeterChange {
	if UTF16Len(w.Installed) > MaxNumber {
		w.Installed = ""
	}
	return meterChanges(MeterWork{}, w, w.At)
}

// MeterRecord is what a store knows of one meter. The zero value: nothing.
type MeterRecord struct {
	// InstalledBy put it in last, RemovedBy took it out since; empty: no order is known.
	InstalledBy, RemovedBy OrderNo
	Scrapped               bool
	// At is the latest instant that anything was said of it, in milliseconds since 1970.
	At int64
}

// Known tells whether there is anything to keep.
func (m MeterRecord) Known() bool { return m.InstalledBy != "" || m.RemovedBy != "" }

// After is the record after a change of the order. A meter is installed by one order at a time, and once it is scrapped by
// none: the refusal, a Conflict, names the order that has it.
func (m MeterRecord) After(no OrderNo, c MeterChange) (MeterRecord, error) {
	switch c.Fact {
	case MeterInstalled:
		stands := m.RemovedBy == "" && m.InstalledBy != "" && m.InstalledBy != no
		if (stands || m.Scrapped) && !c.Lenient {
			return m, m.inUse(c.Serial)
		}
		m.InstalledBy, m.RemovedBy, m.Scrapped = no, "", false
	case MeterRemoved, MeterScrapped:
		m.RemovedBy, m.Scrapped = no, c.Fact == MeterScrapped
	case MeterNotInstalled:
		if m.InstalledBy == no {
			m.InstalledBy = ""
		}
	case MeterNotRemoved:
		if m.RemovedBy == no {
			m.RemovedBy, m.Scrapped = "", false
		}
	}
	m.At = max(m.At, c.At.UnixMilli())
	return m, nil
}

// Learned is the record once an order of before there were any was read: whatever was said later stands, in whichever
// sequence orders are read.
func (m MeterRecord) Learned(no OrderNo, c MeterChange) MeterRecord {
	at := c.At.UnixMilli()
	later := m.Known() && at <= m.At
	switch {
	case c.Fact == MeterInstalled && later:
		if m.InstalledBy == "" {
			m.InstalledBy = no
		}
	case c.Fact == MeterInstalled:
		m = MeterRecord{InstalledBy: no, At: at}
	case (c.Fact == MeterRemoved || c.Fact == MeterScrapped) && !later:
		m.RemovedBy, m.Scrapped, m.At = no, c.Fact == MeterScrapped, at
	}
	return m
}

func (m MeterRecord) inUse(serial string) error {
	if m.Scrapped {
		return Fail(Conflict, "serial_in_use", "new_serial", fmt.Sprintf("meter %s was scrapped by order %s; give the serial that stands on the meter", serial, m.RemovedBy),
			fmt.Sprintf("表号 %s 已由工单 %s 报废，请核对表身上的表号", serial, m.RemovedBy))
	}
	return Fail(Conflict, "serial_in_use", "new_serial", fmt.Sprintf("meter %s was installed by order %s and stands there; give the serial that stands on the meter, or correct that order", serial, m.InstalledBy),
		fmt.Sprintf("表号 %s 已由工单 %s 装用，请核对表身上的表号，或先更正该工单", serial, m.InstalledBy))
}

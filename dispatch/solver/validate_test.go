package solver

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"
)

// Each fault alone, with the id it must name.
func TestFaultsAreNamedWithTheirIDs(t *testing.T) {
	for _, c := range []struct {
		kind  FaultKind
		on    Subject
		id    string
		spoil func(p *Problem)
	}{
		{FaultNoInstant, OnProblem, "", func(p *Problem) { p.Now = time.Time{} }},
		{FaultTravel, OnProblem, "", func(p *Problem) { p.Travel.DetourPercent = 99 }},
		{FaultTravel, OnProblem, "", func(p *Problem) { p.Travel.MetresPerHour = -1 }},
		{FaultNoID, OnCrew, "", func(p *Problem) { p.Crews[1].ID = "" }},
		{FaultDuplicateID, OnCrew, "near", func(p *Problem) { p.Crews[1].ID = "near" }},
		{FaultNoShift, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts = nil }},
		{FaultReversed, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts[0].To = p.Crews[1].Shifts[0].From }},
		{FaultDuplicateID, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts = append(p.Crews[1].Shifts, p.Crews[1].Shifts[0]) }},
		{FaultNegative, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts[0].CapMinutes = -1 }},
		{FaultNegative, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts[0].CapOrders = -1 }},
		{FaultNegative, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts[0].LoadMinutes = -1 }},
		{FaultNegative, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts[0].LoadOrders = -1 }},
		{FaultTooLarge, OnCrew, "far", func(p *Problem) { p.Crews[1].Shifts[0].LoadMinutes = maxMinutes + 1 }},
		{FaultNegative, OnCrew, "far", func(p *Problem) { p.Crews[1].Skills[0].Level = -1 }},
		{FaultTooLarge, OnCrew, "far", func(p *Problem) { p.Crews[1].Skills[0].Level = maxLevel + 1 }},
		{FaultSwapped, OnCrew, "far", func(p *Problem) { p.Crews[1].Start = Point{121.7, 31.2} }},
		{FaultRange, OnCrew, "far", func(p *Problem) { p.Crews[1].Start = Point{500, 31.2} }},
		{FaultNoID, OnOrder, "", func(p *Problem) { p.Orders[1].ID = "" }},
		{FaultDuplicateID, OnOrder, "one", func(p *Problem) { p.Orders[1].ID = "one" }},
		{FaultNoPlace, OnOrder, "two", func(p *Problem) { p.Orders[1].Place = Point{} }},
		{FaultSwapped, OnOrder, "two", func(p *Problem) { p.Orders[1].Place = Point{121.7, 31.2} }},
		{FaultRange, OnOrder, "two", func(p *Problem) { p.Orders[1].Place = Point{31, 181} }},
		{FaultRange, OnOrder, "two", func(p *Problem) { p.Orders[1].Place = Point{math.NaN(), 121} }},
		{FaultNegative, OnOrder, "two", func(p *Problem) { p.Orders[1].ServiceMinutes = -5 }},
		{FaultNoID, OnOrder, "two", func(p *Problem) { p.Orders[1].Skills[0].Name = "" }},
		{FaultReversed, OnOrder, "two", func(p *Problem) { p.Orders[1].Windows = []Window{{p.Now.Add(time.Hour), p.Now}} }},
		{FaultOutsideShifts, OnOrder, "two", func(p *Problem) {
			p.Orders[1].Windows = []Window{{p.Now.Add(20 * time.Hour), p.Now.Add(21 * time.Hour)}}
		}},
		{FaultOutsideShifts, OnOrder, "two", func(p *Problem) { p.Orders[1].Windows = []Window{{To: p.Now.Add(-2 * time.Hour)}} }},
		{FaultUnknownPin, OnOrder, "two", func(p *Problem) { p.Orders[1].Pin.Crew = "nobody" }},
		{FaultUnknownPin, OnOrder, "two", func(p *Problem) { p.Orders[1].Pin = Pin{"far", "0513"} }},
		{FaultPinExcluded, OnOrder, "two", func(p *Problem) { p.Orders[1].Pin.Crew, p.Orders[1].Excluded = "far", []CrewID{"far"} }},
	} {
		p := clone(smallTown())
		if f := Validate(p); f != nil {
			t.Fatalf("the unspoilt problem has faults: %v", f)
		}
		c.spoil(&p)
		got := Validate(p)
		if len(got) != 1 || got[0].Kind != c.kind || got[0].On != c.on || got[0].ID != c.id {
			t.Errorf("faults are %v; want one %s on %s %q", got, c.kind, c.on, c.id)
		}
		var refused *FaultError
		if _, err := Solve(context.Background(), p, Options{}); !errors.As(err, &refused) || len(refused.Faults) != 1 {
			t.Errorf("%s: Solve says %v", c.kind, err)
		}
		if c.on == OnProblem {
			continue
		}
		sieved, found := Sieve(p)
		if len(found) == 0 || Validate(sieved) != nil || len(sieved.Crews)+len(sieved.Orders) != 4 {
			t.Errorf("%s: after the sieve %d crews and %d orders with faults %v", c.kind, len(sieved.Crews), len(sieved.Orders), Validate(sieved))
		}
	}
}

func TestAllFaultsAreReportedTogether(t *testing.T) {
	p := clone(smallTown())
	p.Crews[0].Shifts = nil
	p.Orders[0].Place = Point{}
	p.Orders[0].ServiceMinutes = -1
	p.Orders[1].Place = Point{121, 31}
	if got := Validate(p); len(got) != 4 {
		t.Errorf("%d faults, want 4: %v", len(got), got)
	}
}

func TestCrewWithoutPositionOrOffDutyIsNoFault(t *testing.T) {
	p := clone(smallTown())
	p.Crews[0].Start = Point{}
	p.Crews[1].OffDuty, p.Crews[1].Shifts = true, nil
	if f := Validate(p); f != nil {
		t.Errorf("faults: %v", f)
	}
}

package dispatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"tundish/core"
	"tundish/dispatch"
)

var (
	zone = time.FixedZone("CST", 8*3600)
	nine = time.Date(2026, 5, 11, 9, 0, 0, 0, zone)
	park = core.Point{Lat: 31.20, Lon: 121.40}
)

func east(metres float64) core.Point { return core.Point{Lat: park.Lat, Lon: park.Lon + metres/95_200} }

func crew(id string, at core.Point, skills ...string) core.Crew {
	return core.Crew{ID: id, Skills: skills, Home: at, ShiftStartMin: 480, ShiftEndMin: 1020}
}

func board(crews ...core.Crew) core.Board {
	return core.Board{Now: nine, Day: "2026-05-11", Workday: true, WorkdayBefore: true, Crews: crews, Days: map[string]core.CrewDay{}}
}

var leak = &core.OrderType{Code: "leak", Family: core.Repair, Minutes: 60, Skills: []string{"repair"}}

func order(no string, at core.Point) core.WorkOrder {
	return core.WorkOrder{No: core.OrderNo(no), Type: "leak", Urgency: core.Normal, Place: core.Place{Point: &at}}
}

func rank(b core.Board, o core.WorkOrder) core.Ranking {
	return dispatch.New(dispatch.Options{}).Rank(context.Background(), b, &o, leak)
}

func ids(r core.Ranking) []string {
	var out []string
	for _, c := range r.Candidates {
		out = append(out, c.CrewID)
	}
	return out
}

// chinese tells whether a text has Chinese in it; a sentence that fell back to English has none.
func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func TestTheNearestComesFirstAndKnowsWhoCameSecond(t *testing.T) {
	r := rank(board(crew("R1", east(5000), "repair"), crew("R2", east(1000), "repair"), crew("R3", east(9000), "repair")), order("W1", park))
	if got := ids(r); !slices.Equal(got, []string{"R2", "R1", "R3"}) {
		t.Fatalf("ranked %v", got)
	}
	best, second := r.Candidates[0], r.Candidates[1]
	if best.Reason.RunnerUp != "R1" || second.Reason.RunnerUp != "R2" {
		t.Errorf("runners-up %q and %q, want each other", best.Reason.RunnerUp, second.Reason.RunnerUp)
	}
	for i, c := range r.Candidates {
		var sum, other int64
		for _, v := range c.Reason.Terms {
			sum += v
		}
		for _, v := range c.Reason.RunnerUpTerms {
			other += v
		}
		if sum != c.Cost {
			t.Errorf("%s costs %d, its terms %v", c.CrewID, c.Cost, c.Reason.Terms)
		}
		with := r.Candidates[0]
		if i == 0 {
			with = second
		}
		if other != with.Cost {
			t.Errorf("%s is compared with %v, which costs %d", c.CrewID, c.Reason.RunnerUpTerms, with.Cost)
		}
		for _, name := range []string{"travel", "workload", "lateness"} {
			if _, ok := c.Reason.Terms[name]; !ok {
				t.Errorf("%s has no term %q", c.CrewID, name)
			}
		}
	}
	if m := best.Reason.Metres; m < 1250 || m > 1350 {
		t.Errorf("1000 m as the crow flies are %d m on the road, want 1300", m)
	}
	if text := best.Reason.Text; !strings.Contains(text, "1.3 km") || !strings.Contains(text, fmt.Sprintf("R1 would cost %+d", second.Cost-best.Cost)) || !chinese(best.Reason.TextZH) {
		t.Errorf("%q / %q", text, best.Reason.TextZH)
	}
}

func TestWorkloadCountsBesideDistance(t *testing.T) {
	b := board(crew("R1", east(1000), "repair"), crew("R2", east(1500), "repair"))
	b.Days["R1"] = core.CrewDay{CrewID: "R1", Minutes: 360, Orders: 6}
	r := rank(b, order("W1", park))
	if got := ids(r); !slices.Equal(got, []string{"R2", "R1"}) {
		t.Errorf("ranked %v: six hours of work should weigh more than half a kilometre", got)
	}
	if text := r.Candidates[1].Reason.Text; !strings.Contains(text, "420 min of work") {
		t.Errorf("%q does not tell the load with this order", text)
	}
}

func TestEveryRuleThatStopsACrewIsNamed(t *testing.T) {
	o := order("W1", park)
	o.Place.District = "D1"
	off, full, many, elsewhere, lost, late := crew("off", park, "repair"), crew("full", park, "repair"), crew("many", park, "repair"), crew("elsewhere", park, "repair"), crew("lost", core.Point{}, "repair"), crew("late", park, "repair")
	off.OffDuty = true
	full.CapMinutes, many.CapOrders = 100, 2
	elsewhere.Districts = []string{"D2"}
	late.ShiftEndMin = 570
	b := board(crew("unskilled", park), off, full, many, elsewhere, lost, late)
	b.Days["full"], b.Days["many"] = core.CrewDay{Minutes: 60, Orders: 1}, core.CrewDay{Minutes: 10, Orders: 2}
	r := rank(b, o)
	if len(r.Candidates) != 0 || len(r.Refusals) != len(b.Crews) {
		t.Fatalf("candidates %v, %d refusals for %d crews", ids(r), len(r.Refusals), len(b.Crews))
	}
	want := map[string]string{"unskilled": "skill repair", "off": "off_duty", "full": "load_cap_minutes", "many": "load_cap_count", "elsewhere": "district D1", "lost": "no_position", "late": "shift"}
	for _, f := range r.Refusals {
		if f.Reason.Refused[want[f.CrewID]] != 1 || f.Reason.Text == "" || !chinese(f.Reason.TextZH) {
			t.Errorf("%s: %+v, want rule %q in both languages", f.CrewID, f.Reason, want[f.CrewID])
		}
		if r.Why.Refused[want[f.CrewID]] != 1 {
			t.Errorf("the count of %q is %d", want[f.CrewID], r.Why.Refused[want[f.CrewID]])
		}
	}
	if !strings.Contains(r.Why.Text, "of 7 crews") || !chinese(r.Why.TextZH) {
		t.Errorf("%q / %q", r.Why.Text, r.Why.TextZH)
	}
	// The smallest change is offered first: 20 minutes for one crew, one order for another.
	if !strings.Contains(r.Why.WouldHelp, "+20 min load cap for crew full") || !strings.Contains(r.Why.WouldHelp, "+1 orders load cap for crew many") {
		t.Errorf("would help: %q", r.Why.WouldHelp)
	}
}

func TestTheSmallestRemedyIsNotHiddenByTheFirstCrews(t *testing.T) {
	var crews []core.Crew
	b := board()
	for i := range 6 {
		c := crew(fmt.Sprint("R", i), park, "repair")
		c.CapMinutes = 100
		crews = append(crews, c)
		b.Days[c.ID] = core.CrewDay{Minutes: 100 - i*10}
	}
	b.Crews = crews
	if help := rank(b, order("W1", park)).Why.WouldHelp; !strings.HasPrefix(help, "+10 min load cap for crew R5") {
		t.Errorf("would help: %q, want R5 first, which lacks least", help)
	}
}

func TestWithoutCrewsTheReasonSaysSo(t *testing.T) {
	r := rank(board(), order("W1", park))
	if r.Why.Text != "there are no crews" || !chinese(r.Why.TextZH) {
		t.Errorf("%+v", r.Why)
	}
}

func TestOnDaysOffOnlyThoseWhoWorkEveryDayGo(t *testing.T) {
	duty := crew("duty", east(3000), "repair")
	duty.EveryDay = true
	b := board(crew("weekday", park, "repair"), duty)
	if got := ids(rank(b, order("W1", park))); !slices.Equal(got, []string{"weekday", "duty"}) {
		t.Errorf("on a working day: %v", got)
	}
	b.Workday = false
	r := rank(b, order("W1", park))
	if got := ids(r); !slices.Equal(got, []string{"duty"}) || r.Why.Refused["off_duty"] != 1 {
		t.Errorf("on a day off: %v, %v", got, r.Why.Refused)
	}
}

func TestANightShiftRunsPastMidnight(t *testing.T) {
	night := crew("night", park, "repair")
	night.ShiftStartMin, night.ShiftEndMin = 1320, 1800 // 22:00 to 06:00
	urgent := order("W1", park)
	urgent.Urgency = core.Emergency
	for name, c := range map[string]struct {
		at              time.Time
		workday, before bool
		works           bool
	}{
		"at eleven in the evening":             {time.Date(2026, 5, 11, 23, 0, 0, 0, zone), true, false, true},
		"at two in the night":                  {time.Date(2026, 5, 12, 2, 0, 0, 0, zone), true, true, true},
		"at seven in the morning":              {time.Date(2026, 5, 12, 7, 0, 0, 0, zone), true, true, false},
		"on Saturday at two, begun on Friday":  {time.Date(2026, 5, 16, 2, 0, 0, 0, zone), false, true, true},
		"on Monday at two, Sunday was off":     {time.Date(2026, 5, 18, 2, 0, 0, 0, zone), true, false, false},
		"on Friday evening before the weekend": {time.Date(2026, 5, 15, 22, 30, 0, 0, zone), true, true, true},
		"on Saturday evening":                  {time.Date(2026, 5, 16, 22, 30, 0, 0, zone), false, true, false},
	} {
		b := board(night)
		b.Now, b.Day, b.Workday, b.WorkdayBefore = c.at, c.at.Format(time.DateOnly), c.workday, c.before
		if got := len(rank(b, urgent).Candidates) == 1; got != c.works {
			t.Errorf("%s it works: %v, want %v", name, got, c.works)
		}
	}
}

func TestWhatCannotWaitIsForThoseAtWorkTheRestMayWaitForTheMorning(t *testing.T) {
	b := board(crew("day", park, "repair"))
	b.Now = time.Date(2026, 5, 11, 6, 0, 0, 0, zone)
	urgent, normal := order("W1", park), order("W2", park)
	urgent.Urgency = core.Urgent
	if r := rank(b, urgent); len(r.Candidates) != 0 || r.Why.Refused["off_duty"] != 1 {
		t.Errorf("two hours before its shift it was given an urgent order: %+v", r)
	}
	if r := rank(b, normal); len(r.Candidates) != 1 {
		t.Errorf("a normal order can be given ahead of the shift: %+v", r.Why)
	}
	b.WholeDay = true
	plan, err := dispatch.New(dispatch.Options{}).Plan(t.Context(), b, []core.WorkOrder{urgent}, core.OrderTypes{"leak": leak})
	if err != nil || len(plan.Assignments) != 1 {
		t.Errorf("a plan for the day: %+v, %v", plan, err)
	}
}

func TestACrewStartsFromWhereItWasLastSeen(t *testing.T) {
	far := crew("R1", east(8000), "repair")
	far.Position = &core.Point{Lat: park.Lat, Lon: park.Lon}
	if got := ids(rank(board(crew("R2", east(500), "repair"), far), order("W1", park))); got[0] != "R1" {
		t.Errorf("ranked %v, want R1, which is at the place", got)
	}
}

func TestAnAppointmentIsKept(t *testing.T) {
	early := crew("early", park, "repair")
	early.ShiftEndMin = 720 // until noon
	o := order("W1", park)
	o.Appointment = core.Appointment{From: nine.Add(5 * time.Hour), To: nine.Add(6 * time.Hour)}
	r := rank(board(early, crew("late", east(5000), "repair")), o)
	if got := ids(r); !slices.Equal(got, []string{"late"}) || r.Why.Refused["window"] != 1 {
		t.Errorf("ranked %v, refused %v", got, r.Why.Refused)
	}
	o.Appointment = core.Appointment{From: nine.Add(48 * time.Hour), To: nine.Add(50 * time.Hour)}
	if why := rank(board(early), o).Why; !strings.Contains(why.Text, "appointment is on") || !chinese(why.TextZH) {
		t.Errorf("an appointment in two days: %+v", why)
	}
	o.Appointment = core.Appointment{From: nine.Add(-3 * time.Hour), To: nine.Add(-time.Hour)}
	if got := ids(rank(board(early), o)); !slices.Equal(got, []string{"early"}) {
		t.Errorf("an appointment that was missed: ranked %v, want whoever can go now", got)
	}
}

func TestFaultyDataComesBackAsAReason(t *testing.T) {
	broken, swapped := crew("broken", park, "repair"), crew("swapped", core.Point{Lat: 121.4, Lon: 31.2}, "repair")
	broken.ShiftEndMin = broken.ShiftStartMin
	good := crew("R2", park, "repair")
	b := board(broken, swapped, good)
	r := rank(b, order("W1", park))
	if got := ids(r); !slices.Equal(got, []string{"R2"}) || r.Why.Refused["faulty_data"] != 2 || len(r.Refusals) != 2 {
		t.Errorf("ranked %v, refused %v: two crews' data stopped the third", got, r.Why.Refused)
	}
	for _, f := range r.Refusals {
		if f.Reason.Text == "" || !chinese(f.Reason.TextZH) {
			t.Errorf("%s: %+v", f.CrewID, f.Reason)
		}
	}
	// Nobody is left: the reason says who was not asked.
	r = rank(board(broken), order("W1", park))
	if !strings.Contains(r.Why.Text, "broken") || !strings.Contains(r.Why.TextZH, "broken") || r.Why.Refused["faulty_data"] != 1 {
		t.Errorf("%+v", r.Why)
	}
	// The order itself.
	for name, o := range map[string]core.WorkOrder{
		"swapped":         order("W1", core.Point{Lat: 121.4, Lon: 31.2}),
		"nowhere":         order("W1", core.Point{}),
		"unlocated":       {No: "W1", Type: "leak"},
		"backward window": {No: "W1", Type: "leak", Place: core.Place{Point: &park}, Appointment: core.Appointment{From: nine.Add(time.Hour), To: nine}},
	} {
		r := rank(board(good), o)
		if len(r.Candidates) != 0 || r.Why.Text == "" || !chinese(r.Why.TextZH) {
			t.Errorf("%s: %v, %+v", name, ids(r), r.Why)
		}
	}
}

func TestAPlanDropsNothing(t *testing.T) {
	types := core.OrderTypes{"leak": leak}
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var crews []core.Crew
		for i := range 1 + rnd.IntN(6) {
			c := crew(fmt.Sprint("R", i), east(rnd.Float64()*9000), []string{"repair", "meter"}[rnd.IntN(2)])
			c.CapOrders = rnd.IntN(5)
			switch rnd.IntN(8) {
			case 0:
				c.ShiftEndMin = 0
			case 1:
				c.Home = core.Point{Lat: 300}
			case 2:
				c.CapMinutes = -5
			}
			crews = append(crews, c)
		}
		var orders []core.WorkOrder
		for i := range rnd.IntN(25) {
			o := order(fmt.Sprint("W", i), east(rnd.Float64()*9000))
			switch rnd.IntN(8) {
			case 0:
				o.Type = "lake"
			case 1:
				o.Place.Point = nil
			case 2:
				o.Place.Point = &core.Point{Lat: 121, Lon: 31}
			}
			orders = append(orders, o)
		}
		b := board(crews...)
		b.WholeDay = true
		p := dispatch.New(dispatch.Options{Seed: seed})
		plan, err := p.Plan(t.Context(), b, orders, types)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		seen := map[core.OrderNo]int{}
		load := map[string]int{}
		for _, a := range plan.Assignments {
			seen[a.Order]++
			load[a.CrewID]++
			if a.Reason.Text == "" || !chinese(a.Reason.TextZH) || a.Day != b.Day || a.Minutes != 60 || plan.Faulty[a.CrewID].Text != "" {
				t.Fatalf("seed %d: %+v", seed, a)
			}
		}
		for no, why := range plan.Unassigned {
			seen[no]++
			if why.Text == "" || !chinese(why.TextZH) {
				t.Fatalf("seed %d: %s is left without a reason: %+v", seed, no, why)
			}
		}
		for _, o := range orders {
			if seen[o.No] != 1 {
				t.Fatalf("seed %d: %s comes back %d times", seed, o.No, seen[o.No])
			}
		}
		for _, c := range crews {
			if c.CapOrders > 0 && load[c.ID] > c.CapOrders && plan.Faulty[c.ID].Text == "" {
				t.Fatalf("seed %d: %s has %d orders of %d", seed, c.ID, load[c.ID], c.CapOrders)
			}
			if bad := c.ShiftEndMin == 0 || c.Home.Lat == 300 || c.CapMinutes < 0; bad && !chinese(plan.Faulty[c.ID].TextZH) {
				t.Fatalf("seed %d: the faulty crew %s is not mentioned", seed, c.ID)
			}
		}
	}
}

func TestThePlanExplainsItself(t *testing.T) {
	b := board(crew("R1", park, "repair"), crew("R2", east(4000), "repair"))
	b.WholeDay = true
	plan, err := dispatch.New(dispatch.Options{Seed: 1}).Plan(t.Context(), b, []core.WorkOrder{order("W1", east(100))}, core.OrderTypes{"leak": leak})
	if err != nil || len(plan.Assignments) != 1 {
		t.Fatal(plan, err)
	}
	a := plan.Assignments[0]
	if a.CrewID != "R1" || a.Reason.RunnerUp != "R2" || a.Reason.Metres != 130 || a.Reason.Terms["travel"] == 0 {
		t.Errorf("%+v", a)
	}
	again, err := dispatch.New(dispatch.Options{Seed: 1}).Plan(t.Context(), b, []core.WorkOrder{order("W1", east(100))}, core.OrderTypes{"leak": leak})
	one, _ := json.Marshal(plan)
	other, _ := json.Marshal(again)
	if err != nil || string(one) != string(other) {
		t.Errorf("the same orders, crews and seed gave another plan: %v", err)
	}
}

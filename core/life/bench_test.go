package life_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/store/sqlite"
)

// BenchmarkTransitions is what the life of orders costs: decisions of 64 people at once, each
// read, decided and made durable in SQLite with its event and what is owed, in transitions a second. An
// order's life here is acceptance, assignment, acceptance by the crew, arrival, completion with its release,
// and the follow-up call.
func BenchmarkTransitions(b *testing.B) {
	st, err := sqlite.Open(filepath.Join(b.TempDir(), "bench.db"), sqlite.Options{})
	if err == nil {
		err = st.Migrate(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	r := rules()
	var made, done atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := made.Add(1)
			crew := fmt.Sprintf("R%d", n) // a crew of its own: nobody waits for another's crew-day
			o := order("hotline", "burst", core.Normal)
			o.No = core.FormatNumber("W", start, n)
			o.Ref.External = fmt.Sprint(n)
			u, err := r.Receive(o, core.Hash(fmt.Sprintf("%064d", n)), step(0))
			if err == nil {
				err = st.Commit(b.Context(), u)[0].Error()
			}
			if err != nil {
				b.Error(err)
				return
			}
			for i, decide := range []func(core.WorkOrder) (core.Unit, error){
				func(o core.WorkOrder) (core.Unit, error) { return r.Accept(o, step(1)) },
				func(o core.WorkOrder) (core.Unit, error) {
					return r.Assign(o, core.Assignment{CrewID: crew, Day: "2026-05-11"}, core.CrewDay{}, step(2))
				},
				func(o core.WorkOrder) (core.Unit, error) {
					return r.Advance(o, crew, core.FieldAccepted, crewStep(3, crew))
				},
				func(o core.WorkOrder) (core.Unit, error) {
					return r.Advance(o, crew, core.FieldOnSite, crewStep(4, crew))
				},
				func(o core.WorkOrder) (core.Unit, error) {
					return r.Complete(o, crew, core.Completion{Outcome: core.Done, Work: "换管"}, crewStep(5, crew))
				},
				func(o core.WorkOrder) (core.Unit, error) {
					return r.FollowUp(o, core.FollowUp{Reached: true, Satisfaction: "satisfied"}, step(6))
				},
			} {
				if _, err := r.Decide(b.Context(), st, o.No, step(i), decide); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		}
	})
	b.ReportMetric(float64(done.Load())/b.Elapsed().Seconds(), "transitions/s")
}

// BenchmarkDecision is the same without a store: what deciding itself costs.
func BenchmarkDecision(b *testing.B) {
	r := largeRules()
	o := order("billing", "large", core.Normal)
	o.Meter.DiameterMM = 80
	u, err := r.Receive(o, "h", step(0))
	if err != nil {
		b.Fatal(err)
	}
	o = u.Orders[0].Order
	for b.Loop() {
		if _, err := r.Act(o, life.Command{Action: core.ActAccept}, as(1, "", "intake")); err != nil {
			b.Fatal(err)
		}
	}
}

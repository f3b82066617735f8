package life_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tundish/core"
	"tundish/core/life"
	"tundish/core/store/memstore"
	"tundish/core/store/sqlite"
	"tundish/core/store/sqlserver"
)

// twice commits everything to several stores and holds their outcomes against each other.
type twice struct {
	*testing.T
	stores []core.Store
}

func (s *twice) Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error) {
	return s.stores[0].Order(ctx, no)
}

func (s *twice) Commit(ctx context.Context, units ...core.Unit) []core.Outcome {
	outs := s.stores[0].Commit(ctx, units...)
	for _, other := range s.stores[1:] {
		for i, out := range other.Commit(ctx, units...) {
			if out.Kind != outs[i].Kind {
				s.Fatalf("%T says %s (%v) where %T says %s (%v)", other, out.Kind, out.Err, s.stores[0], outs[i].Kind, outs[i].Err)
			}
		}
	}
	return outs
}

// onEvery opens SQLite, the store of the simulation and, where there is one, a server.
func onEvery(t *testing.T) *twice {
	t.Helper()
	lite, err := sqlite.Open(filepath.Join(t.TempDir(), "hub.db"), sqlite.Options{})
	if err == nil {
		err = lite.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lite.Close() })
	s := &twice{t, []core.Store{lite, memstore.New(memstore.Options{})}}
	if dsn := os.Getenv("TUNDISH_TEST_SQLSERVER"); dsn != "" {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("database", fmt.Sprintf("tundish_life_%d", time.Now().UnixNano()))
		u.RawQuery = q.Encode()
		server, err := sqlserver.Open(u.String(), sqlserver.Options{CreateDatabase: true})
		if err == nil {
			err = server.Migrate(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = server.Close()
			if err := sqlserver.DropDatabase(context.Background(), u.String()); err != nil {
				t.Error(err)
			}
		})
		s.stores = append(s.stores, server)
	}
	return s
}

// TestEveryTimelineReplaysToTheOrderOnEveryStore lets several orders of several types live
// together, duplicates among them, and then holds the stores against each other and against
// the orders' timelines.
func TestEveryTimelineReplaysToTheOrderOnEveryStore(t *testing.T) {
	st := onEvery(t)
	ctx := t.Context()
	shared, results := 0, 0
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 17))
		r := rules()
		r.Access = openHouse{}
		r.Types["any"] = &core.OrderType{Code: "any", Family: core.Repair, Minutes: 30, Process: someProcess(rnd, false)}
		var nos []core.OrderNo
		for i := range 6 {
			o := order("hotline", pick(rnd, "burst", "replacement", "enquiry", "any", "any", "burst"), core.Urgencies()[rnd.IntN(3)])
			o.No = core.FormatNumber("W", start, int64(seed)*10+int64(i)+1)
			o.Ref.External = string(o.No)
			u, err := r.Receive(o, core.Hash(fmt.Sprintf("%064d", seed*10+uint64(i))), step(0))
			if err == nil {
				err = st.Commit(ctx, u)[0].Error()
			}
			if err != nil {
				t.Fatal(err)
			}
			nos = append(nos, o.No)
		}
		for n := range 120 {
			no := pick(rnd, nos...)
			now := step(n + 1)
			o, err := st.Order(ctx, no)
			if err != nil {
				t.Fatal(err)
			}
			offers, err := r.Allowed(o, now.Actor, now.Now)
			if err != nil {
				t.Fatal(err)
			}
			f := pick(rnd, offers...)
			if f.Action == core.ActCancel && chance(rnd, 80) || f.Beside && chance(rnd, 50) {
				continue
			}
			c := life.Command{Action: f.Action, Step: f.Step, Task: f.Task, Fields: answer(rnd, f.Form, now.Now), Assignment: &core.Assignment{CrewID: pick(rnd, "R1", "R2"), Day: "2026-05-11", Minutes: 30}}
			days, err := st.stores[0].CrewDays(ctx, "2026-05-11")
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range days {
				if d.CrewID == c.Assignment.CrewID {
					c.Seen = d
				}
			}
			switch f.Action {
			case core.ActMerge:
				lead, err := st.Order(ctx, pick(rnd, nos...))
				if err != nil {
					t.Fatal(err)
				}
				c.Lead, c.Fields = &lead, fields("into", fmt.Sprintf("%q", lead.No))
			case core.ActUnmerge:
				if o.Merged != nil {
					lead, err := st.Order(ctx, o.Merged.Into)
					if err != nil {
						t.Fatal(err)
					}
					c.Lead = &lead
				}
			}
			_, err = r.Decide(ctx, st, no, now, func(o core.WorkOrder) (core.Unit, error) { return r.Act(o, c, now) })
			if k := core.KindOf(err); err != nil && k != core.Conflict && k != core.Invalid {
				t.Fatalf("seed %d: %s of %s: %v", seed, f.Action, no, err)
			}
		}
		for _, no := range nos {
			s, n := st.compare(no)
			shared, results = shared+s, results+n
		}
	}
	for _, other := range st.stores[1:] {
		a, errA := st.stores[0].CrewDays(ctx, "2026-05-11")
		b, errB := other.CrewDays(ctx, "2026-05-11")
		if errA != nil || errB != nil || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("crews' days %+v and %+v: %v, %v", a, b, errA, errB)
		}
	}
	if shared == 0 || results < 10 {
		t.Errorf("%d visits were shared and %d results owed: the walks do not reach far", shared, results)
	}
}

// compare an order and its timeline over all stores; it tells how often it was settled by
// another's visit and how many results it owes.
func (s *twice) compare(no core.OrderNo) (shared, results int) {
	s.Helper()
	ctx := s.Context()
	var first []byte
	for i, store := range s.stores {
		o, err := store.Order(ctx, no)
		if err != nil {
			s.Fatal(err)
		}
		events, err := store.Events(ctx, no)
		if err != nil {
			s.Fatal(err)
		}
		again, err := core.Replay(events)
		body, errBody := json.Marshal(o)
		replayed, errReplayed := json.Marshal(again)
		if err != nil || errBody != nil || errReplayed != nil || !bytes.Equal(body, replayed) {
			s.Fatalf("%T: %s replays to\n%s\nand is\n%s\n%v", store, no, replayed, body, err)
		}
		if i == 0 {
			first = body
		} else if !bytes.Equal(first, body) {
			s.Fatalf("%T has\n%s\nwhere %T has\n%s", store, body, s.stores[0], first)
		}
		messages, err := store.OutboxMessages(ctx, core.OutboxQuery{Order: no, Limit: 1000})
		if err != nil || int64(len(messages)) != o.ResultSequence {
			s.Fatalf("%T: %s owes %d messages, %d are there: %v", store, no, o.ResultSequence, len(messages), err)
		}
		if i > 0 {
			continue
		}
		sequences := map[int64]bool{}
		for _, m := range messages {
			if sequences[m.Sequence] {
				s.Fatalf("%s owes message %d twice", no, m.Sequence)
			}
			sequences[m.Sequence] = true
			if m.Kind == core.TellResult {
				results++
			}
		}
		released := 0
		for _, ev := range events {
			if ev.Kind == core.EventShared {
				shared++
			}
		}
		for _, c := range o.Completions {
			if c.Outcome == core.Done || c.NextAppointment == nil {
				released++
			}
		}
		if results > released || o.Phase == core.Closed && results == 0 {
			s.Fatalf("%s is %s with %d results for %d completions", no, o.Phase, results, released)
		}
	}
	return shared, results
}

package app

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/schedule"
	"tundish/config"
	"tundish/core"
	"tundish/core/assign"
	"tundish/core/intake"
	"tundish/core/life"
	"tundish/core/pull"
	"tundish/dispatch"
)

// Schedule parses a job's cron expression in its system's zone.
func (s *Settings) Schedule(j *config.Job) (*schedule.Cron, error) {
	zone := s.Config.Location
	if sys := s.System(j.System.V); sys != nil {
		zone = sys.Location
	}
	return schedule.Parse(j.Cron.V, zone, func(slot time.Time) bool {
		return (!j.Workdays || s.days.Workday(slot)) && j.Quiet.Held(slot, zone) == 0
	})
}

// jobs are the configured pulls over the connected systems; those that are not enabled
// run by hand only.
func (s *Settings) jobs(source func(system core.SystemID, operation string) pull.Source) ([]pull.Job, error) {
	var list []pull.Job
	for i := range s.Jobs {
		j := &s.Jobs[i]
		cron, err := s.Schedule(j)
		if err != nil {
			return nil, fmt.Errorf("job %s: %w", j.Name.V, err)
		}
		from := source(core.SystemID(j.System.V), j.Operation.V)
		if from == nil {
			return nil, core.Invalidf("unknown_operation", "operation", "job %s: system %s cannot be pulled from with %s", "任务 %s：系统 %s 不支持 %s", j.Name.V, j.System.V, j.Operation.V)
		}
		var slots pull.Schedule
		if j.Enabled {
			slots = cron
		}
		list = append(list, pull.Job{
			Name: j.Name.V, System: core.SystemID(j.System.V), Source: from, Schedule: slots, Missed: pull.Missed(j.Missed),
			Overlap: j.Window.Overlap, Lookback: j.Window.Lookback, PageSize: j.PageSize, Ahead: ahead(j.Ahead), Retries: j.Retries, RetryDelay: j.RetryDelay,
		})
	}
	return list, nil
}

// ahead is a setting in which 0 means none, for options in which it means the default.
func ahead(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// Pull is one run of a job that somebody asked for.
type Pull struct {
	Job    string
	Window pull.Window // zero: the usual one
	// Backfill: beside the schedule; OnlyMissing: orders that the hub has are left alone.
	Backfill, OnlyMissing bool
	// Dry, if given, gets every row of a run that writes nothing.
	Dry func(pull.Trial)
	// Progress, if given, is told about once a second how the run gets on.
	Progress func(pull.Progress)
}

// RunJob runs one job in this process, beside a hub or without one; the job's lease
// keeps two from running at once.
func RunJob(ctx context.Context, s *Settings, st Store, name string, w pull.Window) (core.JobRun, error) {
	return Pull{Job: name, Window: w}.Run(ctx, s, st)
}

// Run is RunJob with all that one may ask for.
func (p Pull) Run(ctx context.Context, s *Settings, st Store) (core.JobRun, error) {
	log, err := NewLog(s.Config.Log)
	if err != nil {
		return core.JobRun{}, err
	}
	if s, err = s.Published(ctx, st); err != nil {
		return core.JobRun{}, err
	}
	clock, rules := s.Clock(), s.Rules()
	live := func() *life.Rules { return rules }
	in, err := intake.New(st, intake.Options{Clock: clock, Rules: live})
	if err != nil {
		return core.JobRun{}, err
	}
	d := deps{intake: in, store: st, messages: &messageLog{store: st, log: log}, log: log, clock: clock}
	if p.Dry != nil {
		d.messages = nil // nothing is written, not even what was asked
	}
	links := map[core.SystemID]*link{}
	for i := range s.Systems {
		sys := &s.Systems[i]
		c, err := connect(s, sys, d)
		if err != nil {
			return core.JobRun{}, fmt.Errorf("connect %s: %w", sys.ID.V, err)
		}
		defer c.close()
		links[core.SystemID(sys.ID.V)] = newLink(c)
	}
	jobs, err := s.jobs(sourcesOf(links))
	if err != nil {
		return core.JobRun{}, err
	}
	r, err := pull.New(st, jobs, pull.Options{Clock: clock, Log: log.Named("pull"), Rules: live, Holder: holder(), Lease: s.Config.Store.Lease, Progress: p.Progress})
	if err != nil {
		return core.JobRun{}, err
	}
	switch {
	case p.Dry != nil:
		return r.DryRun(ctx, p.Job, p.Window, p.OnlyMissing, p.Dry)
	case p.Backfill:
		return r.Backfill(ctx, p.Job, p.Window, p.OnlyMissing)
	}
	return r.RunOnce(ctx, p.Job, p.Window)
}

// Explain says why an order is where it is, as it was decided and as things stand.
func Explain(ctx context.Context, s *Settings, st Store, no core.OrderNo) (assign.Explanation, error) {
	a, err := s.dispatcher(st, zap.NewNop())
	if err != nil {
		return assign.Explanation{}, err
	}
	return a.Explain(ctx, no)
}

// dispatcher gives work in this process, beside a hub or without one.
func (s *Settings) dispatcher(st Store, log *zap.Logger) (*assign.Service, error) {
	planning, err := s.planner(log)
	if err != nil {
		return nil, err
	}
	rules := s.Rules()
	opts := assign.Options{Clock: s.Clock(), Log: log, Rules: func() *life.Rules { return rules }, Planner: dispatch.New(planning), Calendar: s.days, Holder: holder(), Horizon: s.horizon(), Lease: s.Config.Store.Lease}
	s.places(&opts)
	return assign.New(st, opts)
}

// PlanDays plans the days ahead in this process; the lease keeps two from doing so at once.
func PlanDays(ctx context.Context, s *Settings, st Store, dry bool) (assign.DaysResult, error) {
	if s.Config.Dispatch.Horizon.Days == 0 {
		return assign.DaysResult{}, core.Fail(core.Invalid, "no_horizon", "dispatch.horizon.days", "no days are planned ahead: set dispatch.horizon.days", "未设置提前规划天数：请设置 dispatch.horizon.days")
	}
	log, err := NewLog(s.Config.Log)
	if err != nil {
		return assign.DaysResult{}, err
	}
	if s, err = s.Published(ctx, st); err != nil {
		return assign.DaysResult{}, err
	}
	a, err := s.dispatcher(st, log.Named("dispatch"))
	if err != nil {
		return assign.DaysResult{}, err
	}
	return a.PlanDays(ctx, dry)
}

package demo

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/core"
)

// settle bounds how long deliveries may take after the day is over, real time.
const settle = 25 * time.Second

// Once waits for the day to end and every result to arrive, then takes the ledger.
func (d *Day) Once(ctx context.Context) (*Ledger, error) {
	killed := make(chan error, 1)
	go func() { killed <- d.kills(ctx) }()
	if err := d.watch(ctx, func() (bool, error) {
		if batch, err := d.store.JobState(ctx, app.BatchJob); err != nil || batch.LastSlot.Before(midnight) {
			return false, err
		}
		s, err := d.simStats(ctx)
		for _, v := range s {
			if v.Planned > 0 || v.Pending > 0 {
				return false, err
			}
		}
		return err == nil, err
	}, 5*time.Minute); err != nil {
		return nil, err
	}
	select {
	case err := <-killed:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := d.pulled(ctx); err != nil {
		return nil, err
	}
	// People go home; what they decided is still delivered.
	d.people.stop(10 * time.Second)
	deadline := time.Now().Add(settle)
	for {
		owed, err := d.store.OutboxMessages(ctx, core.OutboxQuery{States: []core.MessageState{core.MessageDue, core.MessageUnknown}, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(owed) == 0 || time.Now().After(deadline) {
			break
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
	if d.opts.BeforeLedger != "" {
		if err := d.shell(ctx, d.opts.BeforeLedger); err != nil {
			return nil, err
		}
	}
	return d.Ledger(ctx)
}

// pulled makes sure that the day was one: every job has run to its end.
func (d *Day) pulled(ctx context.Context) error {
	for i := range d.settings.Jobs {
		name := d.settings.Jobs[i].Name.V
		runs, err := d.store.Runs(ctx, name, 1000)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(runs, func(r core.JobRun) bool { return r.State == core.RunDone }) {
			return core.Fail(core.Unavailable, "no_pull", "", fmt.Sprintf("the job %s did not run on this day: the hub started too late or its source was away; take a lower --speed, or look into %s/logs", name, d.dir), "任务 "+name+" 当日未运行：请降低 --speed 或查看日志")
		}
	}
	return nil
}

func pause(ctx context.Context, t time.Duration) error {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (d *Day) shell(ctx context.Context, command string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Env = append(os.Environ(), "DEMO_STORE="+d.settings.Config.Store.DSN.V)
	for name, url := range d.simURL {
		cmd.Env = append(cmd.Env, "DEMO_"+strings.ToUpper(name)+"="+url)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the command before the ledger: %w\n%s", err, out)
	}
	return nil
}

// Watch shows the day until ctx ends.
func (d *Day) Watch(ctx context.Context) error {
	d.say("hub %s   store %s\nlogs in %s/logs; look with: tundish order list, tundish job history, tundish outbox list", "枢纽 %s   数据库 %s\n日志在 %s/logs；可用 tundish order list、tundish job history、tundish outbox list 查看", d.hubURL, d.settings.Config.Store.DSN.V, d.dir)
	over, gone := false, false
	return d.watch(ctx, func() (bool, error) {
		if !gone && slices.ContainsFunc(d.hubs, (*process).ended) {
			gone = true
			d.say("-- the hub ended; the systems and people wait for it: start it again with\n   tundish serve --config %s", "-- 枢纽已退出，各系统与人员仍在等待；请重新启动：\n   tundish serve --config %s", d.settings.Config.File)
		}
		if now := d.clock.Now(); !over && now.After(dayEnd) {
			over = true
			d.say("the day is over; the hub goes on serving until you press Ctrl-C", "当日结束；枢纽继续运行，按 Ctrl-C 停止")
		}
		return false, nil
	}, 0)
}

// watch prints a line whenever the day has moved on, until done or a process dies.
func (d *Day) watch(ctx context.Context, done func() (bool, error), most time.Duration) error {
	started, last := time.Now(), ""
	printed := time.Time{}
	for {
		if ok, err := done(); err != nil || ok {
			return err
		}
		if err := d.check(); err != nil && !d.restarting() {
			return err
		}
		if most > 0 && time.Since(started) > most {
			return core.Fail(core.Unavailable, "too_slow", "", fmt.Sprintf("the day did not end within %v; logs are in %s/logs", most, d.dir), "当日未能按时结束，请查看日志")
		}
		if time.Since(printed) > time.Second {
			printed = time.Now()
			if line, err := d.line(ctx); err == nil && line != last {
				last = line
				fmt.Fprintf(d.opts.Out, "%s  %s\n", d.clock.Now().In(zone).Format("15:04"), line)
			}
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// line counts the orders by phase.
func (d *Day) line(ctx context.Context) (string, error) {
	counts := map[core.Phase]int{}
	q := core.OrderQuery{Limit: 1000}
	for {
		page, err := d.store.Orders(ctx, q)
		if err != nil {
			return "", err
		}
		for _, o := range page {
			counts[o.Phase]++
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].No
	}
	names := map[core.Phase]string{
		core.Acceptance: d.opts.T("to accept", "待接单"), core.Approval: d.opts.T("to approve", "待审批"), core.Dispatching: d.opts.T("to dispatch", "待派单"), core.Field: d.opts.T("with crews", "现场"),
		core.ResultReview: d.opts.T("to review", "待审核"), core.FollowUpCall: d.opts.T("to follow up", "待回访"), core.Closed: d.opts.T("closed", "已办结"),
		core.Returned: d.opts.T("returned", "已退单"), core.Cancelled: d.opts.T("cancelled", "已作废"),
	}
	var parts []string
	for _, p := range core.Phases() {
		if counts[p] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", names[p], counts[p]))
		}
	}
	if len(parts) == 0 {
		return d.opts.T("quiet", "尚无工单"), nil
	}
	return strings.Join(parts, " · "), nil
}

// kills ends the hub in the middle of what the options name, and starts it again. A
// moment that the whole day did not have is an error: nothing was tried.
func (d *Day) kills(ctx context.Context) error {
	enough := max(d.opts.due()/4, 1) // write-back is in full swing: approvals and reviews spread the results over the day
	for _, during := range []struct {
		name string
		now  func() (bool, error)
	}{
		{"pull", func() (bool, error) {
			runs, err := d.store.Runs(ctx, "", 1)
			return err == nil && len(runs) == 1 && runs[0].State == core.RunRunning && runs[0].Page >= 1, err
		}},
		{"write-back", func() (bool, error) {
			sent, err := d.store.OutboxMessages(ctx, core.OutboxQuery{Target: "billing", States: []core.MessageState{core.MessageDelivered}, Limit: enough})
			if err != nil || len(sent) < enough {
				return false, err
			}
			owed, err := d.store.OutboxMessages(ctx, core.OutboxQuery{Target: "billing", States: []core.MessageState{core.MessageDue}, Limit: 1})
			return err == nil && len(owed) > 0, err
		}},
		{"submit", func() (bool, error) {
			reports, err := d.store.Orders(ctx, core.OrderQuery{System: "hotline", Limit: 1000})
			return err == nil && len(reports) >= 12, err
		}},
	} {
		if !slices.Contains(d.opts.Kill, during.name) {
			continue
		}
		for {
			now, err := during.now()
			if err != nil {
				return fmt.Errorf("watch for the moment to kill the hub (%s): %w", during.name, err)
			}
			if now {
				break
			}
			if d.clock.Now().After(dayEnd) {
				return core.Fail(core.Unavailable, "no_moment", "--kill", "the day had no moment to kill the hub during "+during.name, "当日没有出现强制结束枢纽的时机："+during.name)
			}
			if err := pause(ctx, 2*time.Millisecond); err != nil {
				return err
			}
		}
		d.killing.Store(true)
		for i, hub := range d.hubs {
			hub.kill()
			d.say("-- %s was killed (kill -9) during %s, and is started again", "-- %s 在 %s 期间被强制结束，正在重启", hub.name, during.name)
			if err := hub.start(d.opts.Exe); err != nil {
				return err
			}
			if err := d.hubReady(ctx, i); err != nil {
				return err
			}
		}
		d.killing.Store(false)
		d.killed = append(d.killed, during.name)
	}
	return nil
}

func (d *Day) restarting() bool { return d.killing.Load() }

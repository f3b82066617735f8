package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/pull"
)

func (c *cli) runJob() *cobra.Command {
	run := &cobra.Command{
		Use:     "run JOB",
		Short:   c.t("Runs a job now, or resumes the run that was interrupted", "立即运行任务，或继续被中断的运行"),
		Example: "  tundish job run scheduled-replacements\n  tundish job run pending-installations --from 2026-05-01 --to 2026-05-11\n  tundish job run scheduled-replacements --dry-run",
		Args:    cobra.ExactArgs(1),
	}
	return c.pulling(run, false, c.t("begin of the window instead of the watermark, e.g. 2026-05-01", "时间范围起点（代替水位），如 2026-05-01"))
}

func (c *cli) backfillJob() *cobra.Command {
	backfill := &cobra.Command{
		Use:   "backfill JOB --from DAY",
		Short: c.t("Pulls a window that lies behind, beside the schedule; asked again, it resumes", "回补过去的时间范围，不影响计划；重复执行即从中断处继续"),
		Long: c.t("Pulls a window that lies behind. The watermark stays where it is. With --only-missing orders that the hub has are\ncounted and left alone, changed or not. A backfill that was interrupted goes on at its page when the same one is asked for again.",
			"回补过去的时间范围，水位不变。加 --only-missing 时，已有工单无论是否变化都只计数、不修改。被中断的回补以相同参数再次执行即从该页继续。"),
		Example: "  tundish job backfill scheduled-replacements --from 2026-01-01 --to 2026-05-01 --only-missing --dry-run",
		Args:    cobra.ExactArgs(1),
	}
	return c.pulling(backfill, true, c.t("begin of the window, e.g. 2026-01-01; required", "时间范围起点，如 2026-01-01；必填"))
}

// pulling gives a command its flags and its work.
func (c *cli) pulling(cmd *cobra.Command, backfill bool, begin string) *cobra.Command {
	var from, to string
	var onlyMissing, dry bool
	cmd.Flags().StringVar(&from, "from", "", begin)
	cmd.Flags().StringVar(&to, "to", "", c.t("end of the window instead of now", "时间范围终点（代替当前时间）"))
	cmd.Flags().BoolVar(&dry, "dry-run", false, c.t("list and count what would happen; write nothing", "只列出并统计将发生的变化，不写入"))
	if backfill {
		cmd.Flags().BoolVar(&onlyMissing, "only-missing", false, c.t("store only orders that the hub does not have", "只写入系统中没有的工单"))
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := c.settings()
		if err != nil {
			return err
		}
		ask := app.Pull{Job: args[0], Backfill: backfill, OnlyMissing: onlyMissing}
		if ask.Window.From, err = day("--from", from, s.Config.Location); err != nil {
			return err
		}
		if ask.Window.To, err = day("--to", to, s.Config.Location); err != nil {
			return err
		}
		if backfill && from == "" {
			return core.Fail(core.Invalid, "required", "--from", "a backfill needs to know from when on: --from 2026-01-01", "回补必须给出起始时间：--from 2026-01-01")
		}
		st, err := s.Existing(cmd.Context())
		if err != nil {
			return err
		}
		defer st.Close()
		if dry {
			return c.dryRun(cmd, s, st, ask)
		}
		var end func()
		ask.Progress, end = c.watch()
		done, err := ask.Run(cmd.Context(), s, st)
		end()
		if done.ID != "" {
			if e := c.show(done, runHeader, c.runRows([]core.JobRun{done}, s)); err == nil {
				err = e
			}
		}
		return err
	}
	return cmd
}

// dryRun lists what would be new, changed or refused, as it comes, and counts the rest.
func (c *cli) dryRun(cmd *cobra.Command, s *app.Settings, st app.Store, ask app.Pull) error {
	var list []pull.Trial
	ask.Dry = func(t pull.Trial) {
		switch {
		case t.Verdict == pull.WouldKnow:
		case c.json:
			list = append(list, t)
		default:
			fmt.Fprintln(c.out, c.word(codes.Verdict, string(t.Verdict)), t.Ref.String(), string(t.Order), t.Reason)
		}
	}
	run, err := ask.Run(cmd.Context(), s, st)
	if err != nil {
		return err
	}
	if c.json {
		return c.show(map[string]any{"run": run, "rows": list}, nil, nil)
	}
	_, err = fmt.Fprintf(c.out, c.t("%d rows listed: %d would be new, %d amended, %d left though changed, %d refused; %d known. Nothing was written.\n",
		"共列出 %d 条：新增 %d，修改 %d，有变化但保留 %d，拒绝 %d；已知 %d。未写入任何内容。\n"), run.Fetched, run.Created, run.Amended, run.Changed, run.Refused, run.Known)
	return err
}

// plainEvery is how often progress is told where nobody watches a terminal.
const plainEvery = 10 * time.Second

// watch tells progress on standard error: on a terminal in one line that changes, else in
// a line now and then. end clears the line.
func (c *cli) watch() (tell func(pull.Progress), end func()) {
	if f, ok := c.err.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return func(p pull.Progress) { fmt.Fprintf(c.err, "\r\x1b[K%s", c.progress(p)) }, func() { fmt.Fprint(c.err, "\r\x1b[K") }
		}
	}
	last := time.Now()
	return func(p pull.Progress) {
		if time.Since(last) >= plainEvery {
			last = time.Now()
			fmt.Fprintln(c.err, c.progress(p))
		}
	}, func() {}
}

// progress writes how far a run is: "4200 of 10000 rows (42 %), 1300 rows/s, 4s left".
func (c *cli) progress(p pull.Progress) string {
	s := fmt.Sprintf(c.t("%d rows", "%d 条"), p.Rows)
	if p.Total > 0 {
		s = fmt.Sprintf(c.t("%d of %d rows (%d %%)", "%d / %d 条（%d %%）"), p.Rows, p.Total, min(100, 100*p.Rows/p.Total))
	}
	if p.PerSecond > 0 {
		s += fmt.Sprintf(c.t(", %.0f rows/s", "，%.0f 条/秒"), p.PerSecond)
	}
	if p.Remaining > 0 {
		s += fmt.Sprintf(c.t(", %s left", "，剩余 %s"), p.Remaining)
	}
	return s
}

// runProgress is that of a run under way, by what is stored of it; empty for one that is over.
func (c *cli) runProgress(r *core.JobRun, now time.Time) string {
	if r.State != core.RunRunning {
		return ""
	}
	return c.progress(pull.NewProgress(r.Fetched, r.Total, r.Fetched, now.Sub(r.StartedAt)))
}

// vanishedRows lists open orders that their source lists no more.
func (c *cli) vanishedRows(cmd *cobra.Command, s *app.Settings, st app.Store, job string, limit int) error {
	jobs := jobNames(s)
	if job != "" {
		if !slices.Contains(jobs, job) {
			return core.Invalidf("unknown_job", "JOB", "there is no job %q; known: %v", "没有任务 %q；已有：%v", job, jobs)
		}
		jobs = []string{job}
	}
	list := []core.JobRow{}
	for _, name := range jobs {
		rows, err := st.VanishedRows(cmd.Context(), name, limit)
		if err != nil {
			return err
		}
		list = append(list, rows...)
	}
	var lines [][]string
	for _, r := range list {
		lines = append(lines, []string{r.Job, string(r.No), r.Ref.External, r.Ref.Period, stamp(r.SourceAt, s.Config.Location), r.Vanished})
	}
	return c.show(list, []string{"JOB", "ORDER", "REF", "PERIOD", "SOURCE TIME", "MISSED BY RUN"}, lines)
}

var runHeader = []string{"RUN", "JOB", "TRIGGER", "SLOT", "FROM", "TO", "PAGES", "FETCHED", "CREATED", "AMENDED", "KNOWN", "CHANGED", "REFUSED", "VANISHED", "STATE", "PROGRESS", "ERROR"}

func (c *cli) runRows(runs []core.JobRun, s *app.Settings) [][]string {
	var rows [][]string
	zone := s.Config.Location
	for i := range runs {
		r := &runs[i]
		rows = append(rows, []string{r.ID, r.Job, c.word(codes.Trigger, r.Trigger), stamp(r.Slot, zone), stamp(r.From, zone), stamp(r.To, zone), fmt.Sprint(r.Page),
			fmt.Sprint(r.Fetched), fmt.Sprint(r.Created), fmt.Sprint(r.Amended), fmt.Sprint(r.Known), fmt.Sprint(r.Changed), fmt.Sprint(r.Refused), fmt.Sprint(r.Vanished),
			c.word(codes.RunState, string(r.State)), c.runProgress(r, s.Clock().Now()), r.Err})
	}
	return rows
}

// day reads a civil date, or an instant, in the hub's zone; empty is the zero time.
func day(flag, s string, zone *time.Location) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, core.Invalidf("bad_date", flag, "%q is no date; write 2026-05-01 or 2026-05-01T06:00", "%q 不是日期；请写 2026-05-01 或 2026-05-01T06:00", s)
}

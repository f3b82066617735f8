package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/core"
	"tundish/core/pull"
)

func (c *cli) job() *cobra.Command {
	list := &cobra.Command{
		Use:     "list",
		Short:   c.t("Lists pull jobs with their next slot and last run", "列出拉取任务、下次运行与上次结果"),
		Example: "  tundish job list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				type line struct {
					Name      string    `json:"name"`
					System    string    `json:"system"`
					Operation string    `json:"operation"`
					Cron      string    `json:"cron"`
					Next      time.Time `json:"next"`
					Watermark time.Time `json:"watermark,omitzero"`
					Last      string    `json:"last_state"`
				}
				var lines []line
				var rows [][]string
				for i := range s.Jobs {
					j := &s.Jobs[i]
					cron, err := s.Schedule(j)
					if err != nil {
						return err
					}
					state, err := st.JobState(cmd.Context(), j.Name.V)
					if err != nil {
						return err
					}
					runs, err := st.Runs(cmd.Context(), j.Name.V, 1)
					if err != nil {
						return err
					}
					l := line{Name: j.Name.V, System: j.System.V, Operation: j.Operation.V, Cron: j.Cron.V, Next: cron.Next(s.Clock().Now()), Watermark: state.Watermark}
					if len(runs) > 0 {
						l.Last = string(runs[0].State)
					}
					if !j.Enabled {
						l.Next = time.Time{}
					}
					lines = append(lines, l)
					rows = append(rows, []string{l.Name, l.System, l.Operation, l.Cron, stamp(l.Next, s.Config.Location), stamp(l.Watermark, s.Config.Location), l.Last})
				}
				return c.show(lines, []string{"JOB", "SYSTEM", "OPERATION", "CRON", "NEXT", "WATERMARK", "LAST"}, rows)
			})
		},
	}
	var limit int
	history := &cobra.Command{
		Use:     "history [JOB]",
		Short:   c.t("Lists runs, newest first", "列出运行记录，最新在前"),
		Example: "  tundish job history scheduled-replacements",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				runs, err := st.Runs(cmd.Context(), name, limit)
				if err != nil {
					return err
				}
				if known := jobNames(s); len(runs) == 0 && name != "" && !slices.Contains(known, name) { // one that was taken out has its history
					return core.Invalidf("unknown_job", "JOB", "there is no job %q; known: %v", "没有任务 %q；已有：%v", name, known)
				}
				return c.show(runs, runHeader, runRows(runs, s.Config.Location))
			})
		},
	}
	history.Flags().IntVar(&limit, "limit", 20, c.t("how many", "条数"))
	var from, to string
	run := &cobra.Command{
		Use:     "run JOB",
		Short:   c.t("Runs a job now, or resumes the run that was interrupted", "立即运行任务，或继续被中断的运行"),
		Example: "  tundish job run scheduled-replacements\n  tundish job run pending-installations --from 2026-05-01 --to 2026-05-11",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			var w pull.Window
			if w.From, err = day("--from", from, s.Config.Location); err != nil {
				return err
			}
			if w.To, err = day("--to", to, s.Config.Location); err != nil {
				return err
			}
			st, err := s.Existing(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			done, err := app.RunJob(cmd.Context(), s, st, args[0], w)
			if done.ID != "" {
				if e := c.show(done, runHeader, runRows([]core.JobRun{done}, s.Config.Location)); err == nil {
					err = e
				}
			}
			return err
		},
	}
	run.Flags().StringVar(&from, "from", "", c.t("begin of the window instead of the watermark, e.g. 2026-05-01", "时间范围起点（代替水位），如 2026-05-01"))
	run.Flags().StringVar(&to, "to", "", c.t("end of the window instead of now", "时间范围终点（代替当前时间）"))
	refused := &cobra.Command{
		Use:     "refused RUN",
		Short:   c.t("Lists the rows of a run that could not become orders, with their reasons", "列出一次运行中被拒的记录及原因"),
		Example: "  tundish job refused 019e1583-7fc0-7295-aec7-1fa57e7fd81b",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(_ *app.Settings, st app.Store) error {
				items, err := st.RefusedItems(cmd.Context(), args[0], 1000)
				if err != nil {
					return err
				}
				if len(items) == 0 {
					runs, err := st.Runs(cmd.Context(), "", 1000)
					if err != nil {
						return err
					}
					if !slices.ContainsFunc(runs, func(r core.JobRun) bool { return r.ID == args[0] }) {
						return core.Fail(core.NotFound, "unknown_run", "", "there is no run "+args[0]+"; tundish job history lists them", "没有运行记录 "+args[0]+"；可用 tundish job history 查看")
					}
				}
				var rows [][]string
				for _, it := range items {
					rows = append(rows, []string{it.Ref.String(), it.Code, it.Reason})
				}
				return c.show(items, []string{"REF", "CODE", "REASON"}, rows)
			})
		},
	}
	return group("job", c.t("Pull jobs", "拉取任务"), c.jsonFlag(list), c.jsonFlag(history), c.jsonFlag(run), c.jsonFlag(refused))
}

func jobNames(s *app.Settings) []string {
	var names []string
	for i := range s.Jobs {
		names = append(names, s.Jobs[i].Name.V)
	}
	return names
}

var runHeader = []string{"RUN", "JOB", "TRIGGER", "SLOT", "FROM", "TO", "PAGES", "FETCHED", "CREATED", "AMENDED", "KNOWN", "REFUSED", "STATE", "ERROR"}

func runRows(runs []core.JobRun, zone *time.Location) [][]string {
	var rows [][]string
	for _, r := range runs {
		rows = append(rows, []string{r.ID, r.Job, r.Trigger, stamp(r.Slot, zone), stamp(r.From, zone), stamp(r.To, zone), fmt.Sprint(r.Page),
			fmt.Sprint(r.Fetched), fmt.Sprint(r.Created), fmt.Sprint(r.Amended), fmt.Sprint(r.Known), fmt.Sprint(r.Refused), string(r.State), r.Err})
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

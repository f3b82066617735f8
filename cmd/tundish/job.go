package main

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
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
					Progress  string    `json:"progress,omitempty"` // of a run under way
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
						l.Progress = c.runProgress(&runs[0], s.Clock().Now())
					}
					if !j.Enabled {
						l.Next = time.Time{}
					}
					lines = append(lines, l)
					rows = append(rows, []string{l.Name, l.System, l.Operation, l.Cron, stamp(l.Next, s.Config.Location), stamp(l.Watermark, s.Config.Location), c.word(codes.RunState, l.Last), l.Progress})
				}
				return c.show(lines, []string{"JOB", "SYSTEM", "OPERATION", "CRON", "NEXT", "WATERMARK", "LAST", "PROGRESS"}, rows)
			})
		},
	}
	var limit int
	var vanished bool
	history := &cobra.Command{
		Use:     "history [JOB]",
		Short:   c.t("Lists runs, newest first", "列出运行记录，最新在前"),
		Example: "  tundish job history scheduled-replacements\n  tundish job history scheduled-replacements --vanished",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := ""
			if len(args) == 1 {
				name = args[0]
			}
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				if vanished {
					return c.vanishedRows(cmd, s, st, name, limit)
				}
				runs, err := st.Runs(cmd.Context(), name, limit)
				if err != nil {
					return err
				}
				if known := jobNames(s); len(runs) == 0 && name != "" && !slices.Contains(known, name) { // one that was taken out has its history
					return core.Invalidf("unknown_job", "JOB", "there is no job %q; known: %v", "没有任务 %q；已有：%v", name, known)
				}
				return c.show(runs, runHeader, c.runRows(runs, s))
			})
		},
	}
	history.Flags().BoolVar(&vanished, "vanished", false, c.t("orders that the source lists no more instead", "改为列出来源系统不再列出的工单"))
	history.Flags().IntVar(&limit, "limit", 20, c.t("how many", "条数"))
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
					rows = append(rows, []string{it.Ref.String(), c.word(codes.Result, it.Code), it.Reason})
				}
				return c.show(items, []string{"REF", "CODE", "REASON"}, rows)
			})
		},
	}
	return group("job", c.t("Pull jobs", "拉取任务"), c.jsonFlag(list), c.jsonFlag(history), c.jsonFlag(c.runJob()), c.jsonFlag(c.backfillJob()), c.jsonFlag(refused))
}

func jobNames(s *app.Settings) []string {
	var names []string
	for i := range s.Jobs {
		names = append(names, s.Jobs[i].Name.V)
	}
	return names
}

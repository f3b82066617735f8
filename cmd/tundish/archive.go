package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/core"
)

func (c *cli) archive() *cobra.Command {
	var after string
	var dry bool
	run := &cobra.Command{
		Use:   "run",
		Short: c.t("Moves orders that ended long ago to the history tables, now", "立即把早已结束的工单移入历史表"),
		Long: c.t("Moves orders that ended long ago to the history tables, now, beside a hub that runs or without one.\nWhat is archived is still found, and a late repeat of it is still recognised. It can be interrupted at any time.",
			"立即把早已结束的工单移入历史表，枢纽运行与否均可。归档后仍可查询，迟到的重复来单仍可识别。可随时中断。"),
		Example: "  tundish archive run --dry-run\n  tundish archive run --after 365d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withArchive(cmd, after, func(s *app.Settings, st app.Store) error {
				a, err := s.Archiver(st, zap.NewNop())
				if err != nil {
					return err
				}
				if dry {
					found, err := st.Archivable(cmd.Context(), a.Cutoff())
					if err != nil {
						return err
					}
					fmt.Fprintf(c.out, c.t("%d orders would move, %d more are held because something is owed for them; nothing was changed\n",
						"将归档 %d 张工单，另有 %d 张因尚有待回写而保留；未做任何更改\n"), found.Orders-found.Held, found.Held)
					return nil
				}
				reported := time.Now()
				sum, err := a.Once(cmd.Context(), func(sum core.Archived) {
					if time.Since(reported) > 5*time.Second {
						reported = time.Now()
						fmt.Fprintf(c.err, c.t("%d orders moved\n", "已归档 %d 张工单\n"), sum.Orders)
					}
				})
				fmt.Fprintf(c.out, c.t("%d orders moved with %d events, %d outbox messages and %d logged messages; %d are held because something is owed for them\n",
					"已归档 %d 张工单、%d 条事件、%d 条回写消息、%d 条报文；%d 张因尚有待回写而保留\n"), sum.Orders, sum.Events, sum.Outbox, sum.Messages, sum.Held)
				return err
			})
		},
	}
	run.Flags().BoolVar(&dry, "dry-run", false, c.t("only say what would move", "只报告，不更改"))
	run.Flags().StringVar(&after, "after", "", c.t("instead of archive.after, e.g. 30d", "代替 archive.after，如 30d"))
	status := &cobra.Command{
		Use:     "status",
		Short:   c.t("Tells what waits to be archived and what was", "查看待归档与已归档情况"),
		Example: "  tundish archive status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withArchive(cmd, "", func(s *app.Settings, st app.Store) error {
				a, err := s.Archiver(st, zap.NewNop())
				if err != nil {
					return err
				}
				// Switched off, it tells what there would be if everything that ended moved.
				before := a.Cutoff()
				if before.IsZero() {
					before = s.Clock().Now()
				}
				found, err := st.Archivable(cmd.Context(), before)
				if err != nil {
					return err
				}
				last, err := a.Last(cmd.Context())
				if err != nil {
					return err
				}
				line := struct {
					Before time.Time `json:"before"`
					core.Archivable
					LastRun time.Time `json:"last_run,omitzero"`
				}{before, found, last}
				zone := s.Config.Location
				return c.show(line, []string{"ENDED BEFORE", "WAITING", "HELD", "OLDEST", "MOVED SO FAR", "LAST RUN"}, [][]string{{
					stamp(before, zone), fmt.Sprint(found.Orders), fmt.Sprint(found.Held), stamp(found.Oldest, zone), fmt.Sprint(found.Moved), stamp(last, zone)}})
			})
		},
	}
	return group("archive", c.t("History of orders that ended", "已结束工单的归档"), run, c.jsonFlag(status))
}

// withArchive opens the store, with archive.after as given on the command line.
func (c *cli) withArchive(cmd *cobra.Command, after string, do func(*app.Settings, app.Store) error) error {
	var more []config.Override
	if after != "" {
		more = append(more, config.Override{Key: "archive.after", Text: after, From: "--after"})
	}
	s, err := c.settings(more...)
	if err != nil {
		return err
	}
	st, err := s.Existing(cmd.Context())
	if err != nil {
		return err
	}
	defer st.Close()
	return do(s, st)
}

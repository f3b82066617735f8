package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/lang"
	"tundish/core"
)

func (c *cli) mappingDiff() *cobra.Command {
	var candidate string
	var last int
	cmd := &cobra.Command{
		Use:   "diff SYSTEM --candidate FILE",
		Short: c.t("Runs past messages through the live mapping and a candidate, and shows what would change", "用历史报文对比当前映射与候选映射，显示差异"),
		Long: c.t("Reads the last messages of a system from the log by both mappings: orders that it sent, lists that it was asked for, and what it is told. Every field that would be another is shown. Nothing is written, and nobody is called. The exit status is 1 when there are differences.",
			"从报文日志中读取某系统最近的报文，分别按两个映射解析：对方提交的工单、拉取的列表以及回写内容；列出每个不同的字段。不写入任何数据，也不调用任何系统。有差异时退出状态为 1。"),
		Example: "  tundish mapping diff hotline --candidate hotline.new.yaml --last 500",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
				sys := s.System(args[0])
				if sys == nil {
					return core.Invalidf("unknown_system", "", "there is no system %q", "没有系统 %q", args[0])
				}
				live := s.Mappings[args[0]]
				if live == nil {
					return core.Invalidf("no_mapping", "", "system %q speaks the contract %s and has no mapping", "系统 %q 使用契约 %s，没有映射", args[0], sys.Contract.V)
				}
				m, err := s.Candidate(sys, candidate)
				if err != nil {
					return err
				}
				return c.compare(cmd, func(told func(app.Compared)) error {
					return app.Compare(cmd.Context(), st, sys, live, m, last, lang.Lang(c.lang), told)
				})
			})
		},
	}
	cmd.Flags().StringVar(&candidate, "candidate", "", c.t("the mapping that might go live", "候选映射文件"))
	cmd.Flags().IntVar(&last, "last", 500, c.t("how many messages, the latest ones", "报文条数，取最近的"))
	_ = cmd.MarkFlagRequired("candidate")
	return c.jsonFlag(cmd)
}

// compare prints the differences; any make the answer no.
func (c *cli) compare(cmd *cobra.Command, run func(told func(app.Compared)) error) error {
	all := []app.Compared{}
	var rows [][]string
	looked, differing, troubled := 0, 0, 0
	err := run(func(m app.Compared) {
		looked++
		if m.Trouble != "" {
			troubled++
			rows = append(rows, []string{m.ID, m.Operation, "", "!", m.Trouble, ""})
		}
		if len(m.Differences) > 0 {
			differing++
		}
		for _, d := range m.Differences {
			rows = append(rows, []string{m.ID, m.Operation, d.Ref, d.Field, c.value(d.Field, d.Live), c.value(d.Field, d.Candidate)})
		}
		if m.Trouble != "" || len(m.Differences) > 0 {
			all = append(all, m)
		}
	})
	if err != nil {
		return err
	}
	if len(rows) > 0 || c.json {
		if err := c.show(all, []string{"MESSAGE", "OPERATION", "REF", "FIELD", "LIVE", "CANDIDATE"}, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.err, c.t("%d messages compared, %d differ, %d could not be read; nothing was written\n", "已对比 %d 条报文，%d 条有差异，%d 条无法读取；未写入任何数据\n"), looked, differing, troubled)
	if differing > 0 || troubled > 0 {
		return exitError(1)
	}
	return nil
}

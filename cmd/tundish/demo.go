package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/demo"
	"tundish/core"
)

func (c *cli) demo() *cobra.Command {
	o := demo.Options{T: c.t}
	var kill string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: c.t("Runs a working day: hub, simulated systems and people", "演示一个工作日：枢纽、模拟系统与人员"),
		Long: c.t(`Runs a working day: the hub, four simulated systems and the people, each a process of
its own on a shared clock. Configuration, state and logs go to ./var; every demo begins
with an empty store. With --once a whole day runs in one go on free ports, and its ledger
is printed; exit status 0 only when each system's own books, read over SOAP, agree with
the hub's, order by order.`, `演示一个工作日：枢纽、四个模拟系统与人员各为独立进程，共用时钟。配置、数据与日志写入 ./var，
每次从空库开始。--once 用空闲端口一次跑完一天并打印账目；只有各系统账册（经 SOAP 读取）与枢纽逐单一致时退出码才为 0。`),
		Example: "  tundish demo\n  tundish demo --once --json\n  tundish demo --once --hubs 3 --kill pull,submit,write-back",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			exe, err := os.Executable()
			if err != nil {
				return err
			}
			if o.Hubs < 1 || o.Hubs > 9 {
				return core.Invalidf("range", "--hubs", "%d hubs; write a number from 1 to 9", "枢纽数 %d 不在 1 至 9 之间", o.Hubs)
			}
			o.Exe, o.Store, o.Out = exe, c.dsn, c.err
			for _, k := range strings.FieldsFunc(kill, func(r rune) bool { return r == ',' }) {
				if k != "pull" && k != "submit" && k != "write-back" {
					return core.Invalidf("unknown", "--kill", "%q is not known; write pull, submit, write-back", "%q 未知；可用：pull、submit、write-back", k)
				}
				o.Kill = append(o.Kill, k)
			}
			d, err := demo.Start(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer d.Stop()
			if !o.Once {
				if err := d.Watch(cmd.Context()); !errors.Is(err, context.Canceled) {
					return err
				}
				return nil
			}
			ledger, err := d.Once(cmd.Context())
			if err != nil {
				return err
			}
			if c.json {
				if err := json.NewEncoder(c.out).Encode(ledger); err != nil {
					return err
				}
			} else {
				ledger.Print(c.out, c.t)
			}
			if !ledger.Agree {
				return exitError(1)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Once, "once", false, c.t("one whole day in one go, then the ledger", "一次跑完一天并打印账目"))
	f.StringVar(&o.Dir, "dir", "var", c.t("where configuration, state and logs go", "配置、数据与日志的位置"))
	f.Float64Var(&o.Speed, "speed", 0, c.t("how many times as fast the day runs; default 180, with --once 1800", "快进倍数；默认 180，--once 时 1800"))
	f.IntVar(&o.Due, "due", 0, c.t("scheduled replacements of the day; default 540", "当日定期换表数；默认 540"))
	f.IntVar(&o.Hubs, "hubs", 1, c.t("how many hubs share the store, behind a plain TCP balancer; killed in turn with --kill", "共用同一数据库的枢纽数（前置简单 TCP 均衡器）；与 --kill 同用时依次结束"))
	f.StringVar(&kill, "kill", "", c.t("kill the hub (SIGKILL) during these and start it again: pull, submit, write-back", "在这些环节强制结束枢纽并重启：pull、submit、write-back"))
	f.StringVar(&o.BeforeLedger, "before-ledger", "", "")
	_ = f.MarkHidden("before-ledger") // for tests that falsify a book; the flag exists, so this cannot fail
	return c.jsonFlag(cmd)
}

func (c *cli) reconcile() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "reconcile SYSTEM…",
		Short:   c.t("Holds systems' own books beside the hub's, order by order; exit status 1 if they differ", "逐单核对来源系统账册与枢纽；不一致时退出码为 1"),
		Example: "  tundish reconcile billing\n  tundish reconcile hotline website --json",
		Args:    cobra.MinimumNArgs(1),
		RunE:    c.runReconcile,
	}
	return c.jsonFlag(cmd)
}

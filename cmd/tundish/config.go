package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

func (c *cli) configuration() *cobra.Command {
	check := &cobra.Command{
		Use:     "check",
		Short:   c.t("Reads every settings file and prints all mistakes", "检查全部配置文件并列出所有错误"),
		Example: "  tundish config check --config config/tundish.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			if s.Warnings.Len() > 0 {
				fmt.Fprintln(c.err, s.Warnings.In(lang.Lang(c.lang)))
			}
			fmt.Fprintf(c.out, c.t("%d systems, %d order types, %d jobs, %d crews, %d districts: all good\n", "%d 个系统、%d 种工单类型、%d 个任务、%d 个班组、%d 个区域：全部正确\n"),
				len(s.Systems), len(s.Types), len(s.Jobs), len(s.Crews), len(s.Districts))
			return nil
		},
	}
	return group("config", c.t("Settings", "配置"), check, c.configGraph(), c.configTriggers(), c.configClassify(), c.configCodes(), c.configInit())
}

func (c *cli) configInit() *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: c.t("Writes the example city's files into a new folder, to be changed", "将示例城市的配置文件写入新目录，供修改"),
		Long: c.t("Writes settings, systems, order types, jobs, calendar, crews, districts and words of the example city into a folder that has none,\nwith the JSON Schemas that editors complete keys by.",
			"将示例城市的设置、系统、工单类型、任务、日历、班组、区域和词汇表写入尚无配置的目录，并附编辑器补全所需的 JSON Schema。"),
		Example: "  tundish config init /etc/tundish",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if settings := filepath.Join(args[0], config.SettingsFile); fileExists(settings) {
				return core.Fail(core.Conflict, "exists", settings, "is there already; name another folder", "已存在；请换用其他目录")
			}
			settings, err := config.WriteTree(args[0], app.Schemas())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "tundish serve --config %s\n", settings)
			return err
		},
	}
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
)

func (c *cli) migrate() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: c.t("Brings the store's tables up to date", "升级数据库结构"),
		Long: c.t("Brings the store's tables up to date and, on SQL Server, switches READ_COMMITTED_SNAPSHOT on where that can be done at once.\nWhat is left for a database administrator is printed as advice.",
			"升级数据库结构；在 SQL Server 上，若可立即完成则开启 READ_COMMITTED_SNAPSHOT。须由数据库管理员完成的事项以建议形式列出。"),
		Example: "  tundish migrate --store 'sqlserver://tundish@db1:1433?database=tundish'\n  tundish migrate --check",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			var st app.Store
			if check {
				st, err = s.Look()
			} else {
				st, err = app.OpenStore(s.Config.Store.DSN.V)
			}
			if err != nil {
				return err
			}
			defer st.Close()
			if check {
				err = st.Ping(cmd.Context())
			} else {
				err = st.Migrate(cmd.Context())
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(c.out, c.t("the store is up to date", "数据库结构已是最新"))
			advice, err := st.Advice(cmd.Context())
			for _, a := range advice {
				fmt.Fprintln(c.out, c.t("advice: ", "建议：")+c.say(a))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, c.t("change nothing: say whether the tables are up to date, and what is advised", "不做更改：报告结构是否最新及建议"))
	return cmd
}

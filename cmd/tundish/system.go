package main

import (
	"github.com/spf13/cobra"

	"tundish/config/codes"
	"tundish/config/lang"
)

func (c *cli) system() *cobra.Command {
	list := &cobra.Command{
		Use:     "list",
		Short:   c.t("Lists connected systems", "列出已连接的系统"),
		Example: "  tundish system list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			type line struct {
				ID       string `json:"id"`
				Name     string `json:"name"`
				Contract string `json:"contract"`
				Mode     string `json:"mode"`
				Served   string `json:"served"`
				URL      string `json:"url"`
			}
			var lines []line
			var rows [][]string
			for _, sys := range s.Systems {
				l := line{ID: sys.ID.V, Name: sys.Name.In(lang.Lang(c.lang)), Contract: sys.Contract.V, Mode: sys.Mode, Served: "/soap/" + sys.ID.V, URL: sys.URL.V}
				lines = append(lines, l)
				rows = append(rows, []string{l.ID, l.Name, l.Contract, c.word(codes.Mode, l.Mode), l.Served, l.URL})
			}
			return c.show(lines, []string{"SYSTEM", "NAME", "CONTRACT", "MODE", "SERVED AT", "CALLED AT"}, rows)
		},
	}
	return group("system", c.t("Connected systems", "已连接的系统"), c.jsonFlag(list), c.systemContract(), c.systemCompare(), c.systemKit())
}

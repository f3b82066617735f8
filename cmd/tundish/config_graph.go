package main

import (
	"strings"

	"github.com/spf13/cobra"

	"tundish/config/ordertype/drawing"
	"tundish/core"
)

func (c *cli) configGraph() *cobra.Command {
	var format, language string
	cmd := &cobra.Command{
		Use:   "graph TYPE",
		Short: c.t("Draws the process of an order type", "绘制工单类型的流程图"),
		Long: c.t("Draws the steps of an order type, who acts there, where each action leads under which guard, and the time limits, as SVG for a browser or as\nDOT for Graphviz. Words are in the language of --lang.",
			"绘制工单类型的步骤、角色、各操作的去向与条件以及时限：SVG 可用浏览器查看，DOT 供 Graphviz 使用。语言由 --lang 决定。"),
		Example: "  tundish config graph faulty_replacement --lang zh > faulty_replacement.svg",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			t := s.Types[args[0]]
			if t == nil {
				return core.Fail(core.NotFound, "unknown_type", "TYPE", "there is no order type "+args[0]+"; there are: "+strings.Join(s.Types.Codes(), ", "), "没有工单类型 "+args[0]+"；可用类型："+strings.Join(s.Types.Codes(), ", "))
			}
			o := drawing.Options{Lang: string(c.lang)}
			switch language {
			case "":
			case "en", "zh":
				o.Lang = language
			default:
				return core.Invalidf("unknown_language", "lang", "language %q is not known; allowed: en, zh", "语言 %q 未知；可用：en、zh", language)
			}
			picture := drawing.SVG
			switch format {
			case "svg":
			case "dot":
				picture = drawing.DOT
			default:
				return core.Invalidf("unknown_format", "format", "format %q is not known; allowed: svg, dot", "格式 %q 未知；可用：svg、dot", format)
			}
			_, err = c.out.Write(picture(t, o))
			return err
		},
	}
	cmd.Flags().StringVar(&language, "lang", "", c.t("en or zh; default: that of the settings", "en 或 zh；缺省为设置中的语言"))
	cmd.Flags().StringVar(&format, "format", "svg", c.t("svg or dot", "svg 或 dot"))
	return cmd
}

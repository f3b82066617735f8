package main

import (
	"github.com/spf13/cobra"

	"tundish/config/codes"
	"tundish/core"
)

// configCodes lists the words of the house.
func (c *cli) configCodes() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "codes [KIND]",
		Short:   c.t("Lists the codes of the house, what people call them and what they mean", "列出本系统代码及其名称和定义"),
		Example: "  tundish config codes category",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			kinds := s.Words.Kinds()
			if len(args) == 1 {
				k, ok := s.Words.Kind(args[0])
				if !ok {
					return core.Invalidf("unknown_kind", "KIND", "there is no kind of code %q; use one of %v", "没有代码类别 %q；可用 %v", args[0], names(kinds))
				}
				kinds = []codes.Kind{k}
			}
			return c.listCodes(kinds)
		},
	}
	return c.jsonFlag(cmd)
}

func names(kinds []codes.Kind) []string {
	list := make([]string, len(kinds))
	for i, k := range kinds {
		list[i] = k.Name
	}
	return list
}

func (c *cli) listCodes(kinds []codes.Kind) error {
	type words struct {
		EN string `json:"en"`
		ZH string `json:"zh"`
	}
	type line struct {
		Kind   string `json:"kind"`
		Code   string `json:"code"` // category/sub-category of the lower level
		Name   words  `json:"name"`
		Means  words  `json:"means,omitzero"`
		Closed bool   `json:"closed"` // the program decides by it
	}
	var lines []line
	var rows [][]string
	add := func(k codes.Kind, code string, w codes.Word) {
		lines = append(lines, line{Kind: k.Name, Code: code, Name: words{w.Name.En, w.Name.Zh}, Means: words{w.Means.En, w.Means.Zh}, Closed: k.Closed})
		rows = append(rows, []string{k.Name, code, w.Name.In(c.lang), w.Means.In(c.lang)})
	}
	for _, k := range kinds {
		if k.Name == codes.SubCategory && len(kinds) > 1 {
			continue // each stands below its category
		}
		for _, w := range k.Words {
			add(k, w.Code, w)
			for _, below := range w.Below {
				add(k, codes.Code{Code: w.Code, Sub: below.Code}.String(), below)
			}
		}
	}
	return c.show(lines, []string{"KIND", "CODE", "NAME", "MEANS"}, rows)
}

// inWords is what an order's codes are called by people.
func (c *cli) inWords(v *codes.Vocabulary, o *core.WorkOrder) []string {
	var list []string
	add := func(kind string, code codes.Code) {
		if code.Code != "" {
			list = append(list, v.Called(kind, code, c.lang))
		}
	}
	add(codes.Type, codes.Code{Code: o.Type})
	add(codes.Urgency, codes.Code{Code: string(o.Urgency)})
	add("phase", codes.Code{Code: string(o.Phase)})
	add(codes.Category, codes.Code{Code: o.Report.Category, Sub: o.Report.SubCategory})
	if last := o.LastCompletion(); last != nil {
		add("outcome", codes.Code{Code: string(last.Outcome)})
		add(codes.Reason, codes.Code{Code: last.Reason})
		add("handling", codes.Code{Code: last.Handling})
	}
	return list
}

package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"tundish/adapters/mapping"
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

// word is what people call a code; "" has no word. Everything that is printed for people takes its words from
// here, what is printed as JSON has the codes.
func (c *cli) word(kind, code string) string {
	if code == "" {
		return ""
	}
	return c.words.Called(kind, codes.Code{Code: code}, c.lang)
}

// ofBooks are the kinds of code of what two systems' books are compared by, beside the fields of orders.
var ofBooks = map[string]string{"state": codes.Books, "order": codes.Books, "outcome": codes.Outcome, "completion": codes.Outcome, "reason": codes.Reason}

// value is the value of a field for people who look for what made it so: the word, and the code in brackets.
func (c *cli) value(field, text string) string {
	kind := cmp.Or(mapping.KindOf(field), ofBooks[field])
	if _, ok := c.words.Find(kind, codes.Code{Code: text}); !ok && kind == codes.Books {
		kind = codes.Phase // the hub's side of the same
	}
	if kind == "" {
		return text
	}
	if word := c.word(kind, text); word != text {
		return word + " (" + text + ")"
	}
	return text
}

// inWords is what an order's codes are called by people.
func (c *cli) inWords(o *core.WorkOrder) []string {
	var list []string
	add := func(kind string, code codes.Code) {
		if code.Code != "" {
			list = append(list, c.words.Called(kind, code, c.lang))
		}
	}
	add(codes.Type, codes.Code{Code: o.Type})
	add(codes.Urgency, codes.Code{Code: string(o.Urgency)})
	add(codes.Phase, codes.Code{Code: string(o.Phase)})
	add(codes.Category, codes.Code{Code: o.Report.Category, Sub: o.Report.SubCategory})
	if last := o.LastCompletion(); last != nil {
		add(codes.Outcome, codes.Code{Code: string(last.Outcome)})
		add(codes.Reason, codes.Code{Code: last.Reason})
		add(codes.Handling, codes.Code{Code: last.Handling})
	}
	return list
}

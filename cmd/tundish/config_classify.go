package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/classify"
)

// report is one that is made up on the command line.
type report struct {
	text, address, system, channel, category, tariff, district, book, at string
	extra                                                                map[string]string
}

func (r *report) given() bool {
	return r.text+r.address+r.system+r.channel+r.category+r.tariff+r.district+r.book+r.at != "" || len(r.extra) > 0
}

func (r *report) order() (core.WorkOrder, error) {
	o := core.WorkOrder{Ref: core.Ref{System: core.SystemID(r.system)}, Channel: r.channel, Customer: core.Customer{Tariff: r.tariff}, Extra: r.extra,
		Place: core.Place{Address: r.address, District: r.district, Book: r.book}, Report: core.Report{Content: r.text}}
	o.Report.Category, o.Report.SubCategory, _ = strings.Cut(r.category, "/")
	if r.at != "" {
		var p core.Point
		if _, err := fmt.Sscanf(r.at, "%f,%f", &p.Lat, &p.Lon); err != nil {
			return o, core.Invalidf("point", "--at", "write LAT,LON in degrees, not %q", "请写 纬度,经度（度），而不是 %q", r.at)
		}
		o.Place.Point = &p
	}
	return o, nil
}

func (c *cli) configClassify() *cobra.Command {
	var r report
	var sample string
	var last int
	test := &cobra.Command{
		Use:   "test",
		Short: c.t("Says how a report is classified, by which rules, and why the others do not count; writes nothing", "试分类：说明结论、所依规则及其余规则为何不适用；不写入任何内容"),
		Long: c.t("Without flags the cases beside the table are run. With --text and the like, or an order in a file, each rule is shown with what it fills, or why it does not match.\nWith --last N the last N orders of the store are shown as they stand and as the table would have them now.",
			"不带选项时运行分类表的用例；给出 --text 等或文件中的工单时逐条显示规则的结论或不匹配的原因；--last N 对库中最近 N 张工单列出现状与分类表的结论。"),
		Example: "  tundish config classify test\n  tundish config classify test --text '路口大量冒水' --address '张杨路口'\n  tundish config classify test --last 200",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (sample != "") && (last > 0) || r.given() && (sample != "" || last > 0) {
				return core.Fail(core.Invalid, "flags", "--sample", "write a report, --sample FILE or --last N, one of them", "报告内容、--sample 文件 与 --last N 只能选一种")
			}
			s, err := c.settings()
			if err != nil {
				return err
			}
			switch {
			case sample != "":
				o, err := sampleReport(sample)
				if err != nil {
					return err
				}
				classify.Undo(&o)
				return c.classified(s, &o)
			case last > 0:
				return c.inStore(cmd.Context(), s, func(st app.Store) error { return c.classifyLast(cmd.Context(), s, st, last) })
			case r.given():
				o, err := r.order()
				if err != nil {
					return err
				}
				return c.classified(s, &o)
			}
			return c.classifyCases(s)
		},
	}
	f := test.Flags()
	f.StringVar(&r.text, "text", "", c.t("what the caller says", "反映内容"))
	f.StringVar(&r.address, "address", "", c.t("the address", "地址"))
	f.StringVar(&r.system, "system", "", c.t("the system it comes from", "来源系统"))
	f.StringVar(&r.channel, "channel", "", c.t("the channel it came by", "渠道"))
	f.StringVar(&r.category, "category", "", c.t("the category its source gave it, in the house's codes", "来源给出的反映类别（本系统代码）"))
	f.StringVar(&r.tariff, "tariff", "", c.t("the tariff class", "用水性质"))
	f.StringVar(&r.district, "district", "", c.t("the district", "区域"))
	f.StringVar(&r.book, "book", "", c.t("the reading book", "册本号"))
	f.StringVar(&r.at, "at", "", c.t("the coordinate, LAT,LON in WGS 84 degrees", "坐标，纬度,经度（WGS 84，度）"))
	f.StringToStringVar(&r.extra, "extra", nil, c.t("fields of the house's own, NAME=VALUE", "自定义字段，名称=值"))
	f.StringVar(&sample, "sample", "", c.t("a file that holds an order", "存放工单的文件"))
	f.IntVar(&last, "last", 0, c.t("so many of the last orders of the store", "库中最近的工单数"))
	return group("classify", c.t("Classification: what reports are about", "来单分类"), c.jsonFlag(test))
}

// classifyCases runs the cases beside the table.
func (c *cli) classifyCases(s *app.Settings) error {
	var p lang.Problems
	n, err := s.TestClassification(&p)
	if err == nil {
		err = p.Err()
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, c.t("%d rules, %d cases: all good\n", "%d 条规则、%d 个用例：全部正确\n"), len(s.Classification.Rules), n)
	return err
}

// ruled is how a rule's answer is printed as JSON.
type ruled struct {
	Rule    string            `json:"rule"`
	Place   string            `json:"place"`
	Matches bool              `json:"matches"`
	Fills   map[string]string `json:"fills,omitempty"`
	Late    map[string]string `json:"late,omitempty"` // columns that a rule before it fills
	Why     string            `json:"why,omitempty"`
}

// classified shows what every rule says of a report.
func (c *cli) classified(s *app.Settings, o *core.WorkOrder) error {
	list := []ruled{}
	var rows [][]string
	for _, v := range s.Classification.Explain(o, s.Clock().Now()) {
		one := ruled{Rule: v.Rule.ID, Place: v.Rule.Place, Matches: v.Matches, Why: c.text(v.Why)}
		said := one.Why
		if v.Matches {
			var parts []string
			for _, column := range v.Fills {
				if one.Fills == nil {
					one.Fills = map[string]string{}
				}
				one.Fills[string(column)] = v.Rule.Then[column]
				parts = append(parts, string(column)+" = "+c.column(s, column, v.Rule.Then[column]))
			}
			for _, column := range slices.Sorted(maps.Keys(v.Late)) {
				if one.Late == nil {
					one.Late = map[string]string{}
				}
				one.Late[string(column)] = v.Late[column]
				parts = append(parts, fmt.Sprintf(c.t("%s: %s came first", "%s：%s 在先"), column, v.Late[column])) // a rule's name
			}
			said = strings.Join(parts, ", ")
		}
		list = append(list, one)
		rows = append(rows, []string{v.Rule.Place, v.Rule.ID, c.t(map[bool]string{true: "yes", false: "no"}[v.Matches], map[bool]string{true: "是", false: "否"}[v.Matches]), said})
	}
	got := *o
	s.Classification.Fill(&got, classify.Always, s.Clock().Now())
	if c.json {
		verdict := map[string]string{}
		for _, column := range classify.Columns() {
			verdict[string(column)] = classify.Stands(&got, column)
		}
		return c.show(map[string]any{"verdict": verdict, "rules": list}, nil, nil)
	}
	if err := table(c.out, []string{"PLACE", "RULE", "MATCHES", "WHAT OR WHY NOT"}, rows); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	for _, column := range classify.Columns() {
		if value := classify.Stands(&got, column); value != "" {
			fmt.Fprintf(c.out, "%s: %s\n", column, c.column(s, column, value))
		}
	}
	return nil
}

// column is a value of the table with what people call it.
func (c *cli) column(s *app.Settings, column classify.Column, value string) string {
	name := ""
	switch column {
	case classify.Type:
		name = c.word(codes.Type, value)
	case classify.Urgency:
		name = c.word(codes.Urgency, value)
	case classify.Team:
		name = c.text(s.Classification.Teams[value])
	case classify.Category:
		name = s.Words.Called(codes.Category, codes.ParseCode(value), c.lang)
	}
	if value == "" || name == "" || name == value {
		return value
	}
	return value + " (" + name + ")"
}

// compared is an order of the store beside what the table says of it now.
type compared struct {
	Order core.OrderNo      `json:"order"`
	Mode  classify.Mode     `json:"mode"`
	Now   map[string]string `json:"stands"`
	Table map[string]string `json:"table"`
	Rules map[string]string `json:"rules"`
}

// latest are the newest orders of the store.
func latest(ctx context.Context, st app.Store, n int) (orders []core.WorkOrder, err error) {
	q := core.ListQuery{}
	for len(orders) < n {
		q.Limit = min(n-len(orders), 200)
		page, err := st.List(ctx, q)
		if err != nil {
			return nil, err
		}
		orders = append(orders, page.Orders...)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	return orders, nil
}

// classifyLast shows the last orders of sources as they stand, and what the table would say of them as they were sent.
func (c *cli) classifyLast(ctx context.Context, s *app.Settings, st app.Store, last int) error {
	orders, err := latest(ctx, st, last)
	if err != nil {
		return err
	}
	all := []compared{}
	var rows [][]string
	for _, o := range orders {
		one := compared{Order: o.No, Mode: s.ClassifyMode(o.Ref.System), Now: map[string]string{}, Table: map[string]string{}, Rules: map[string]string{}}
		for _, column := range classify.Columns() {
			one.Now[string(column)] = classify.Stands(&o, column)
		}
		classify.Undo(&o)
		s.Classification.Fill(&o, classify.Always, s.Clock().Now())
		if o.Classified != nil {
			for _, f := range o.Classified.Fields {
				one.Rules[f.Field] = f.Rule
			}
		}
		row := []string{string(o.No), string(o.Ref.System), string(one.Mode)}
		for _, column := range classify.Columns() {
			name := string(column)
			one.Table[name] = classify.Stands(&o, column)
			cell := c.column(s, column, one.Now[name])
			if one.Table[name] != one.Now[name] {
				cell = or(cell, "-") + " → " + c.column(s, column, one.Table[name]) + " [" + one.Rules[name] + "]"
			}
			row = append(row, cell)
		}
		all = append(all, one)
		rows = append(rows, append(row, o.Report.Content))
	}
	return c.show(all, []string{"ORDER", "SYSTEM", "ASKS", "CATEGORY", "TYPE", "URGENCY", "DEPOT", "TEAM", "TEXT"}, rows)
}

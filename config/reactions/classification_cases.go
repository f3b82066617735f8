package reactions

import (
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/core/classify"
)

// ClassificationCasesSchema is the name of the JSON Schema of classification_test.yaml.
const ClassificationCasesSchema = "classification-test.json"

// ClassificationCases is config/classification_test.yaml: what the table must make of reports.
type ClassificationCases struct {
	Cases lang.Map[ClassCase] `yaml:"cases" lang:"required,min=1" en:"The cases, by name." zh:"测试用例，按名称。"`
}

// ClassCase is a report and what becomes of it.
type ClassCase struct {
	At lang.Pos

	Text     string           `yaml:"text" en:"What the caller says." zh:"反映内容。"`
	Address  string           `yaml:"address" en:"Where." zh:"地址。"`
	System   string           `yaml:"system" en:"System that it comes from." zh:"来源系统。"`
	Channel  string           `yaml:"channel" en:"Channel." zh:"渠道。"`
	Category string           `yaml:"category" en:"Category that its source gave it, in the house's codes." zh:"来源给出的反映类别（本系统代码）。"`
	Tariff   string           `yaml:"tariff" en:"Tariff class." zh:"用水性质。"`
	District string           `yaml:"district" en:"District." zh:"区域。"`
	Book     string           `yaml:"book" en:"Reading book." zh:"册本号。"`
	Point    *Spot            `yaml:"point" en:"Coordinate, WGS 84 degrees." zh:"坐标，WGS 84 度。"`
	Extra    lang.Map[string] `yaml:"extra" en:"Fields of the house's own, without extra." zh:"自定义字段，不带 extra.。"`

	Then  lang.Map[lang.Value[string]] `yaml:"then" lang:"keys='category|type|urgency|depot|team'" en:"What each column must hold; others are not looked at. An empty text: nothing." zh:"各列应有的结论；未列出的不检查。空文本表示无结论。"`
	Rules lang.Map[lang.Value[string]] `yaml:"rules" lang:"keys='category|type|urgency|depot|team'" en:"Which rule must fill each column." zh:"各列应由哪条规则得出。"`
}

// Spot is a coordinate.
type Spot struct {
	Lat float64 `yaml:"lat" lang:"required,min=-90,max=90" en:"Latitude." zh:"纬度。"`
	Lon float64 `yaml:"lon" lang:"required,min=-180,max=180" en:"Longitude." zh:"经度。"`
}

var (
	otherValue = lang.NewMessage("case", "%s is %q by rule %s, not %q", "%s 为 %q（规则 %s），而不是 %q")
	noVerdict  = lang.NewMessage("case", "no rule fills %s; it should be %q", "没有规则给出 %s；应为 %q")
	otherRule  = lang.NewMessage("case", "%s is filled by rule %q, not by %q", "%s 由规则 %q 得出，而不是 %q")
	asksNoMore = lang.NewMessage("case", "the case asks nothing: it has neither then nor rules", "用例没有写 then 或 rules")
)

// order is the report.
func (c *ClassCase) order() core.WorkOrder {
	o := core.WorkOrder{Ref: core.Ref{System: core.SystemID(c.System)}, Channel: c.Channel, Customer: core.Customer{Tariff: c.Tariff},
		Place: core.Place{Address: c.Address, District: c.District, Book: c.Book}, Report: core.Report{Content: c.Text, Category: c.Category}}
	if c.Point != nil {
		o.Place.Point = &core.Point{Lat: c.Point.Lat, Lon: c.Point.Lon}
	}
	for _, e := range c.Extra {
		if o.Extra == nil {
			o.Extra = map[string]string{}
		}
		o.Extra[e.Key] = e.V
	}
	return o
}

// Test runs the cases in the text of a file and adds to p what they do not find as they should; it tells how many there
// are.
func (c Classification) Test(p *lang.Problems, name string, text []byte) int {
	var f ClassificationCases
	before := p.Len()
	lang.Decode(p, name, text, &f)
	if p.Len() > before {
		return len(f.Cases)
	}
	for i := range f.Cases {
		one := &f.Cases[i].V
		if len(one.Then)+len(one.Rules) == 0 {
			p.At(f.Cases[i].At, asksNoMore)
		}
		o := one.order()
		c.Fill(&o, classify.Always, time.Time{})
		got := map[string]core.ClassifiedField{}
		if o.Classified != nil {
			for _, f := range o.Classified.Fields {
				got[f.Field] = f
			}
		}
		for _, want := range one.Then {
			is := classify.Stands(&o, classify.Column(want.Key)) // also where the table agrees with the source
			switch field, filled := got[want.Key]; {
			case is == want.V.V:
			case !filled:
				p.At(want.V.At, noVerdict, want.Key, want.V.V)
			default:
				p.At(want.V.At, otherValue, want.Key, is, field.Rule, want.V.V)
			}
		}
		for _, want := range one.Rules {
			if field := got[want.Key]; field.Rule != want.V.V {
				p.At(want.V.At, otherRule, want.Key, field.Rule, want.V.V)
			}
		}
	}
	return len(f.Cases)
}

// SchemaOfClassificationCases is the file's JSON Schema.
func SchemaOfClassificationCases() []byte {
	return lang.Schema(ClassificationCases{}, ClassificationCasesSchema, lang.Text{En: "What the table of classification must make of reports.", Zh: "分类表应有的结果。"})
}

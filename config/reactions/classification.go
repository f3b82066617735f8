package reactions

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"tundish/config"
	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
	"tundish/core/classify"
)

// ClassificationSchema is the name of the JSON Schema of classification.yaml.
const ClassificationSchema = "classification.json"

// ClassificationFile is config/classification.yaml.
type ClassificationFile struct {
	Teams lang.Map[ordertype.Name] `yaml:"teams" lang:"keys='[a-z][a-z0-9_]{0,59}'" en:"Desk teams and what people call them; they answer what needs no visit." zh:"坐席组及其名称，负责不需上门的工单。"`
	Rules []ClassRule              `yaml:"rules" en:"What reports are about. Each column of then is filled by the first rule that matches and says something about it." zh:"分类规则。then 中的每一列取首个匹配且写有该列的规则。"`
}

// ClassRule is a line of the table.
type ClassRule struct {
	At lang.Pos

	ID         lang.Value[string]   `yaml:"id" lang:"required,pattern='[a-z][a-z0-9_]{0,59}'" en:"Its id: orders and timelines name it." zh:"标识，用于工单和时间线。"`
	Words      Words                `yaml:"words" en:"Words in what the caller said and in the remark. Full-width and half-width, capitals and blanks do not matter." zh:"反映内容和备注中的关键词；全角半角、大小写和空格不影响。"`
	Address    []lang.Value[string] `yaml:"address" lang:"single" en:"Parts of the address, any of them." zh:"地址中的文字，任一即可。"`
	Systems    []lang.Value[string] `yaml:"systems" lang:"single" en:"Systems that it comes from." zh:"来源系统。"`
	Channels   []lang.Value[string] `yaml:"channels" lang:"single" en:"Channels that it came by." zh:"渠道。"`
	Categories []lang.Value[string] `yaml:"categories" lang:"single" en:"Categories that its source gave it, in the house's codes: leak, or leak/main." zh:"来源给出的反映类别（本系统代码）：leak 或 leak/main。"`
	Tariffs    []lang.Value[string] `yaml:"tariffs" lang:"single" en:"Tariff classes of the customer." zh:"用水性质。"`
	Districts  []lang.Value[string] `yaml:"districts" lang:"single" en:"Districts." zh:"区域。"`
	Books      []lang.Value[string] `yaml:"books" lang:"single" en:"Reading books; 12* are all that begin with 12." zh:"册本号；12* 为以 12 开头的全部册本。"`
	Area       *Area                `yaml:"area" en:"Where its coordinate lies: a rectangle, a polygon or a district's polygon, WGS 84 degrees; the border belongs to it." zh:"坐标所在范围：矩形、多边形或某区域的多边形，WGS 84 度，含边界。"`
	When       lang.Value[string]   `yaml:"when" en:"A guard, for everything else: the customer's tier, how many are cut off." zh:"其他条件，如客户等级、影响户数。"`
	Then       Then                 `yaml:"then" lang:"required" en:"What it says." zh:"结论。"`
}

// Words are keywords.
type Words struct {
	Any  []lang.Value[string] `yaml:"any" lang:"single,shorthand" en:"One of them is enough." zh:"任一即可。"`
	All  []lang.Value[string] `yaml:"all" lang:"single" en:"All of them." zh:"须全部出现。"`
	None []lang.Value[string] `yaml:"none" lang:"single" en:"None of them." zh:"均不得出现。"`
}

// Area is written in one of three ways.
type Area struct {
	At lang.Pos

	South *lang.Value[float64] `yaml:"south" lang:"min=-90,max=90" en:"Of a rectangle: least latitude." zh:"矩形：最小纬度。"`
	West  *lang.Value[float64] `yaml:"west" lang:"min=-180,max=180" en:"Of a rectangle: least longitude." zh:"矩形：最小经度。"`
	North *lang.Value[float64] `yaml:"north" lang:"min=-90,max=90" en:"Of a rectangle: greatest latitude." zh:"矩形：最大纬度。"`
	East  *lang.Value[float64] `yaml:"east" lang:"min=-180,max=180" en:"Of a rectangle: greatest longitude." zh:"矩形：最大经度。"`

	Polygon  config.Polygon     `yaml:"polygon" lang:"max=1000" en:"Of a polygon: its corners [longitude, latitude] as in GeoJSON, longitude first; the last may repeat the first." zh:"多边形：顶点 [经度, 纬度]（同 GeoJSON，经度在前），末点可与首点相同。"`
	District lang.Value[string] `yaml:"district" en:"Code of a district that has a polygon in districts.yaml." zh:"districts.yaml 中带多边形的区域代码。"`
}

// Then is what a rule says.
type Then struct {
	At lang.Pos

	Category lang.Value[string] `yaml:"category" en:"Category: leak, or leak/main." zh:"反映类别：leak 或 leak/main。"`
	Type     lang.Value[string] `yaml:"type" en:"Order type." zh:"工单类型。"`
	Urgency  lang.Value[string] `yaml:"urgency" lang:"oneof=emergency|urgent|normal" en:"Urgency." zh:"紧急程度。"`
	Depot    lang.Value[string] `yaml:"depot" en:"Repair depot." zh:"站点。"`
	Team     lang.Value[string] `yaml:"team" en:"Desk team, where nobody goes." zh:"坐席组，用于不上门的工单。"`
}

func (t *Then) columns() map[classify.Column]lang.Value[string] {
	all := map[classify.Column]lang.Value[string]{classify.Category: t.Category, classify.Type: t.Type, classify.Urgency: t.Urgency, classify.Depot: t.Depot, classify.Team: t.Team}
	for c, v := range all {
		if v.V == "" {
			delete(all, c)
		}
	}
	return all
}

// House is what a table may name. What is nil is not checked.
type House struct {
	Types                                                     core.OrderTypes
	Systems, Channels, Categories, Tariffs, Districts, Depots []string
	// Borders of the districts that have one, and the service area that coordinates lie in.
	Borders map[string][]config.Corner
	Service *config.ServiceArea
}

var (
	unknownWord  = lang.NewMessage("unknown-code", "the house has no %s %q", "没有%s %q")
	saysNothing  = lang.NewMessage("classification", "the rule says nothing: then is empty", "规则没有结论：then 为空")
	neverSays    = lang.NewMessage("unreachable", "%s never counts: whatever it matches, %v matches before", "%s 永远不会生效：凡其匹配的，%v 已先匹配")
	noSuchArea   = lang.NewMessage("bounds", "the area has no inside", "范围为空")
	whichArea    = lang.NewMessage("classification", "an area is a rectangle (south, west, north and east, all four), a polygon or a district, one of them", "范围须为矩形（south、west、north、east 四项齐全）、polygon 或 district 之一")
	noBorder     = lang.NewMessage("classification", "district %q has no polygon in districts.yaml; draw one there, or ask for districts: [%s], which goes by the code that sources send", "区域 %q 在 districts.yaml 中没有多边形；请补充，或改用 districts: [%s]（按来源所发代码判断）")
	teamVisits   = lang.NewMessage("classification", "%s is work at a place; desk teams answer what needs no visit", "%s 须上门，坐席组只处理不上门的工单")
	emptyKeyword = lang.NewMessage("classification", "%q is nothing once blanks are left out", "%q 去除空格后为空")
	notAsked     = lang.NewMessage("classification", "the system asks for classification, but classification.yaml has no rules", "系统要求分类，但 classification.yaml 没有规则")
)

// Classification is the table with what people call its teams.
type Classification struct {
	*classify.Table
	Teams map[string]core.Text
}

// ReadClassification reads the file at path and adds its mistakes to p. A file that is absent holds no rules.
func ReadClassification(p *lang.Problems, path string, l *ordertype.Language, h House) Classification {
	out := Classification{Table: &classify.Table{Desk: map[string]bool{}}, Teams: map[string]core.Text{}}
	if absent(path) || l.Empty() {
		return out
	}
	for code, t := range h.Types {
		out.Desk[code] = t.Family == core.Desk
	}
	var f ClassificationFile
	doc := lang.DecodeFile(p, path, &f)
	out.Version = doc.Digest()
	for _, e := range f.Teams {
		out.Teams[e.Key] = core.Text{EN: e.V.EN, ZH: e.V.ZH}
	}
	seen := map[string]lang.Pos{}
	for i := range f.Rules {
		r := &f.Rules[i]
		if first, there := seen[r.ID.V]; there && r.ID.V != "" {
			p.At(r.ID.At, twice, r.ID.V, first)
		} else {
			seen[r.ID.V] = r.ID.At
		}
		out.Rules = append(out.Rules, r.compile(p, l, h, f.Teams.Keys()))
		out.reach(p, i, r)
	}
	return out
}

func (r *ClassRule) compile(p *lang.Problems, l *ordertype.Language, h House, teams []string) classify.Rule {
	out := classify.Rule{ID: r.ID.V, Place: fmt.Sprintf("%s:%d", filepath.Base(r.ID.At.File()), r.ID.At.Line()), When: l.Guard(p, r.When), Then: map[classify.Column]string{},
		Any: folded(p, r.Words.Any), All: folded(p, r.Words.All), None: folded(p, r.Words.None), Address: folded(p, r.Address)}
	among := func(list []lang.Value[string], kind lang.Text, known []string) (words []string) {
		for _, v := range list {
			if known != nil && !slices.Contains(known, v.V) {
				p.At(v.At, unknownWord, kind, v.V).Expected(known...).Near(v.V, known)
			}
			once(p, v.V, v.At, words, v.V)
			words = append(words, v.V)
		}
		return words
	}
	out.Systems = among(r.Systems, lang.Text{En: "system", Zh: "系统"}, h.Systems)
	out.Channels = among(r.Channels, lang.Text{En: "channel", Zh: "渠道"}, h.Channels)
	out.Categories = among(r.Categories, lang.Text{En: "category", Zh: "反映类别"}, h.Categories)
	out.Tariffs = among(r.Tariffs, lang.Text{En: "tariff class", Zh: "用水性质"}, h.Tariffs)
	out.Districts = among(r.Districts, lang.Text{En: "district", Zh: "区域"}, h.Districts)
	out.Books = among(r.Books, lang.Text{}, nil)
	if r.Area != nil {
		out.Area = r.Area.compile(p, h)
	}
	t := &r.Then
	columns := t.columns()
	if len(columns) == 0 {
		p.At(t.At, saysNothing)
	}
	for c, v := range columns {
		out.Then[c] = v.V
	}
	for _, c := range []struct {
		v     lang.Value[string]
		kind  lang.Text
		known []string
	}{
		{t.Category, lang.Text{En: "category", Zh: "反映类别"}, h.Categories},
		{t.Depot, lang.Text{En: "depot", Zh: "站点"}, h.Depots},
		{t.Team, lang.Text{En: "desk team", Zh: "坐席组"}, append([]string{}, teams...)},
	} {
		if c.v.V != "" {
			among([]lang.Value[string]{c.v}, c.kind, c.known)
		}
	}
	if t.Type.V != "" {
		l.Type(p, t.Type)
		if kind := h.Types[t.Type.V]; kind != nil && kind.Family != core.Desk && t.Team.V != "" {
			p.At(t.Team.At, teamVisits, t.Type.V)
		}
	}
	return out
}

// nowhere takes the place of an area that is none: it neither covers another nor is covered.
var nowhere = &classify.Area{South: math.NaN(), West: math.NaN(), North: math.NaN(), East: math.NaN()}

// compile gives the area; nowhere when it is none.
func (a *Area) compile(p *lang.Problems, h House) *classify.Area {
	given := 0
	for _, v := range []*lang.Value[float64]{a.South, a.West, a.North, a.East} {
		if v != nil {
			given++
		}
	}
	ways := 0
	for _, is := range []bool{given > 0, len(a.Polygon) > 0, a.District.V != ""} {
		if is {
			ways++
		}
	}
	switch {
	case ways != 1 || given != 0 && given != 4:
		p.At(a.At, whichArea)
	case given == 4:
		if a.South.V >= a.North.V || a.West.V >= a.East.V {
			p.At(a.South.At, noSuchArea)
			return nowhere
		}
		return &classify.Area{South: a.South.V, West: a.West.V, North: a.North.V, East: a.East.V}
	case len(a.Polygon) > 0:
		return within(a.Polygon.Corners(p, a.At, h.Service))
	case h.Districts != nil && !slices.Contains(h.Districts, a.District.V):
		p.At(a.District.At, unknownWord, lang.Text{En: "district", Zh: "区域"}, a.District.V).Expected(h.Districts...).Near(a.District.V, h.Districts)
	case len(h.Borders[a.District.V]) == 0:
		p.At(a.District.At, noBorder, a.District.V, a.District.V)
	default:
		return within(h.Borders[a.District.V])
	}
	return nowhere
}

func within(corners []config.Corner) *classify.Area {
	if corners == nil {
		return nowhere
	}
	points := make([]core.Point, len(corners))
	for i, c := range corners {
		points[i] = core.Point{Lat: c.Lat, Lon: c.Lon}
	}
	return classify.Polygon(points)
}

// folded are words in the form in which they are compared.
func folded(p *lang.Problems, list []lang.Value[string]) (words []string) {
	for _, v := range list {
		word := classify.Fold(v.V)
		if word == "" {
			p.At(v.At, emptyKeyword, v.V)
			continue
		}
		once(p, v.V, v.At, words, word)
		words = append(words, word)
	}
	return words
}

// reach says when every column of the rule was filled already by rules before it, whatever it matches.
func (c *Classification) reach(p *lang.Problems, i int, said *ClassRule) {
	r := &c.Rules[i]
	var before []string
	for column := range r.Then {
		j := slices.IndexFunc(c.Rules[:i], func(earlier classify.Rule) bool {
			_, says := earlier.Then[column]
			return says && earlier.Covers(r)
		})
		if j < 0 {
			return
		}
		if id := c.Rules[j].ID; !slices.Contains(before, id) {
			before = append(before, id)
		}
	}
	if slices.Sort(before); len(before) > 0 {
		p.At(said.ID.At, neverSays, r.ID, before)
	}
}

// AskedFor says which of the places where systems ask for classification ask in vain.
func (c *Classification) AskedFor(p *lang.Problems, modes []lang.Value[string]) {
	for _, m := range modes {
		if len(c.Rules) == 0 && classify.Mode(m.V) != classify.Never && m.V != "" {
			p.At(m.At, notAsked)
		}
	}
}

// SchemaOfClassification is the file's JSON Schema.
func SchemaOfClassification() []byte {
	return lang.Schema(ClassificationFile{}, ClassificationSchema, lang.Text{En: "What reports are about.", Zh: "来单分类规则。"})
}

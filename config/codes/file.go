package codes

import (
	"slices"

	"tundish/config/lang"
)

// File is config/codetables/NAME.yaml.
type File struct {
	At       lang.Pos
	Title    Name               `yaml:"title" en:"What people call the table." zh:"代码表名称。"`
	Kind     lang.Value[string] `yaml:"kind" lang:"required" en:"Kind of code of the house that it leads to, see tundish config codes." zh:"所对应的本系统代码类别，见 tundish config codes。"`
	Unmapped string             `yaml:"unmapped" lang:"default=refuse,oneof=refuse|default|keep|alert" en:"What becomes of a code that is not in the table: refuse the message, use default, keep the code as it is, or keep it and alert." zh:"表中没有的代码：refuse 拒收、default 用默认值、keep 原样保留、alert 原样保留并告警。"`
	Default  lang.Value[string] `yaml:"default" en:"The house's code for those that are not in the table." zh:"表中没有的代码所用的本系统代码。"`
	Codes    lang.Map[Line]     `yaml:"codes" lang:"required" en:"Their code: the house's code." zh:"对方代码: 本系统代码。"`
}

// Name is a name in both languages.
type Name struct {
	EN string `yaml:"en" lang:"max=200" en:"In English." zh:"英文。"`
	ZH string `yaml:"zh" lang:"max=200" en:"In Chinese." zh:"中文。"`
}

// Line is what one of their codes means.
type Line struct {
	Leaf  `yaml:",inline"`
	Below lang.Map[Leaf] `yaml:"below" en:"Their codes one level below this one, which alone mean nothing." zh:"此代码之下一级的代码，单独出现无意义。"`
}

// Leaf is what a code means below which there is none.
type Leaf struct {
	At   lang.Pos
	Ours lang.Value[string]   `yaml:"ours" lang:"shorthand" en:"The house's code; category/sub-category where it is one of two levels." zh:"本系统代码；两级代码写作 类别/子类。"`
	Also []lang.Value[string] `yaml:"also" en:"Further codes of the house that are written back as this one." zh:"同样回写为此代码的其他本系统代码。"`
	Back bool                 `yaml:"back" lang:"default=false" en:"Of several that mean the same, this one is written back." zh:"多个代码含义相同时，回写此代码。"`
	Note string               `yaml:"note" lang:"max=1000" en:"For people." zh:"备注。"`
}

// TableSchemaName is the file name of [TableSchema].
const TableSchemaName = "codetable.json"

// TableSchema is the JSON Schema of a code table in YAML.
func TableSchema() []byte {
	return lang.Schema(File{}, TableSchemaName, lang.Text{En: "Codes of a system and those of the house.", Zh: "对方代码与本系统代码对照表。"})
}

// readYAML reads a table in YAML.
func readYAML(p *lang.Problems, file string, data []byte) (*Table, origin) {
	var f File
	doc := lang.Decode(p, file, data, &f)
	t := &Table{Kind: f.Kind.V, Title: lang.Text{En: f.Title.EN, Zh: f.Title.ZH}, Unmapped: f.Unmapped, Default: ParseCode(f.Default.V), Levels: 1}
	for i := range f.Codes {
		e := &f.Codes[i]
		if e.V.Ours.V != "" || len(e.V.Below) == 0 {
			t.add(Code{Code: e.Key}, &e.V.Leaf, e.At)
		}
		for j := range e.V.Below {
			t.Levels = 2
			t.add(Code{e.Key, e.V.Below[j].Key}, &e.V.Below[j].V, e.V.Below[j].At)
		}
	}
	return t, origin{at: f.At, kind: f.Kind.At, unmapped: doc.Pos("unmapped"), fallback: f.Default.At}
}

func (t *Table) add(theirs Code, l *Leaf, at lang.Pos) {
	r := Row{Theirs: theirs, Ours: ParseCode(l.Ours.V), Back: l.Back, Note: l.Note, At: at, OursAt: l.Ours.At}
	for _, v := range l.Also {
		r.Also, r.alsoAt = append(r.Also, ParseCode(v.V)), append(r.alsoAt, v.At)
	}
	t.Rows = append(t.Rows, r)
}

// origin is where the head of a table was written.
type origin struct{ at, kind, unmapped, fallback lang.Pos }

// Parse reads a table: CSV when the name of the file says so, else YAML. words, if any, decide
// which codes of the house there are. The Table is of use only without a mistake.
func Parse(p *lang.Problems, file, name string, data []byte, words *Vocabulary) *Table {
	read := readYAML
	if isCSV(file) {
		read = readCSV
	}
	before := p.Len()
	t, from := read(p, file, data)
	t.Name = name
	if p.Len() == before || len(t.Rows) > 0 {
		t.check(p, from, words)
		t.index(p)
	}
	return t
}

func (t *Table) check(p *lang.Problems, from origin, words *Vocabulary) {
	switch {
	case t.Unmapped == Default && t.Default == (Code{}):
		p.At(from.unmapped, noDefault)
	case t.Unmapped != Default && t.Default != (Code{}):
		p.At(from.fallback, idleDefault)
	}
	kinds := TableKinds()
	if t.Kind != "" && !slices.Contains(kinds, t.Kind) {
		p.At(from.kind, unknownKind, t.Kind).Expected(kinds...).Near(t.Kind, kinds)
		return
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Ours == (Code{}) {
			p.At(r.At, leadsNowhere, r.Theirs.String())
			continue
		}
		words.Check(p, r.OursAt, t.Kind, r.Ours)
		for j, also := range r.Also {
			words.Check(p, r.alsoAt[j], t.Kind, also)
		}
	}
	if t.Default != (Code{}) {
		words.Check(p, from.fallback, t.Kind, t.Default)
	}
}

var (
	noDefault    = lang.NewMessage("code-table", "unmapped: default needs a default", "unmapped: default 须同时填写 default")
	idleDefault  = lang.NewMessage("code-table", "default counts only with unmapped: default", "只有 unmapped: default 时 default 才有效")
	unknownKind  = lang.NewMessage("unknown-kind", "there is no kind of code %q", "没有代码类别 %q")
	leadsNowhere = lang.NewMessage("code-table", "the code %q leads to nothing", "代码 %q 没有对应的本系统代码")
)

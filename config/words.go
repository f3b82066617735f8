package config

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"tundish/config/codes"
	"tundish/config/lang"
)

// vocabularyFile is the name of the vocabulary in [Files].
const vocabularyFile = "vocabulary.yaml"

// builtInWords are the words that were shipped.
var builtInWords = sync.OnceValue(func() *codes.Vocabulary {
	var p lang.Problems
	data, err := Files.ReadFile(vocabularyFile)
	words := codes.DecodeVocabulary(&p, vocabularyFile, data, nil)
	if err := errors.Join(err, p.Err()); err != nil {
		panic("config: the vocabulary that was built in cannot be used: " + err.Error()) // a test reads it
	}
	return words
})

// loadWords reads the vocabulary. What an installation does not call otherwise in a file of its own has the
// words that are built in.
func loadWords(p *lang.Problems, file string) *codes.Vocabulary {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return builtInWords().Clone()
	}
	return codes.ReadVocabulary(p, file, builtInWords())
}

// readCodes reads the words of the house and the code tables that lead to them, and holds the systems against both.
func (t *Tree) readCodes(p *lang.Problems) {
	c := t.Config
	t.Words = loadWords(p, c.Dirs.Vocabulary)
	if len(t.kinds) > 0 {
		types := codes.Kind{Name: codes.Type, Title: lang.Text{En: "Order type", Zh: "工单类型"}}
		for _, k := range t.kinds {
			types.Words = append(types.Words, codes.Word{Code: k.Code, Name: k.Name})
		}
		slices.SortFunc(types.Words, byCode)
		t.Words.Set(types)
	}
	districts := codes.Kind{Name: codes.District, Title: lang.Text{En: "District", Zh: "区域"}}
	for _, d := range t.Districts {
		districts.Words = append(districts.Words, codes.Word{Code: d.Code.V, Name: lang.Text{En: d.Name.EN, Zh: d.Name.ZH}})
	}
	if len(districts.Words) > 0 {
		t.Words.Set(districts)
	}
	t.Tables = codes.ReadTables(p, c.Dirs.CodeTables, t.Words)
	for i := range t.Systems {
		s := &t.Systems[i]
		s.Codes.lead(p, t.Words, t.Tables)
		if s.Channel != "" {
			t.Words.Check(p, s.channelAt, codes.Channel, codes.Code{Code: s.Channel})
		}
	}
}

func byCode(a, b codes.Word) int {
	if a.Code < b.Code {
		return -1
	}
	return 1
}

// each are the tables of a system with the kinds of code that they lead to.
func (c *Codes) each(do func(kind string, t *CodeTable)) {
	do(codes.Type, &c.Type)
	do(codes.Category, &c.Category)
	do(codes.SubCategory, &c.SubCategory)
	do(codes.Urgency, &c.Urgency)
	do(codes.Channel, &c.Channel)
	do(codes.Status, &c.Status)
	do("tariff", &c.Tariff)
	do("meter_state", &c.MeterState)
	do(codes.Reason, &c.Reason)
}

// check finds what contradicts itself within the file.
func (c *Codes) check(p *lang.Problems, doc *lang.Document) {
	c.each(func(kind string, t *CodeTable) {
		switch {
		case t.Table.V != "":
			for _, key := range []string{"map", "unmapped", "default"} {
				if doc.Has("codes", kind, key) {
					p.At(doc.KeyPos("codes", kind, key), tableAndMore, key)
				}
			}
		case t.Unmapped.V == "default" && t.Default.V == "":
			p.At(t.Unmapped.At, noDefault)
		case t.Unmapped.V != "default" && t.Default.V != "":
			p.At(t.Default.At, idleDefault)
		}
	})
}

// lead holds what the tables lead to against the house's words, and finds the tables that stand in files of their own.
func (c *Codes) lead(p *lang.Problems, words *codes.Vocabulary, tables codes.Tables) {
	c.each(func(kind string, t *CodeTable) {
		if name := t.Table; name.V != "" {
			found, ok := tables[name.V]
			switch {
			case !ok:
				known := tables.Names()
				p.At(name.At, unknownTable, name.V).Expected(known...).Near(name.V, known)
			case found.Kind != kind && !(kind == codes.SubCategory && found.Kind == codes.Category):
				p.At(name.At, otherTable, name.V, found.Kind, kind)
			default:
				t.Shared = found
			}
			return
		}
		if kind == codes.Type {
			return // held against the order types themselves
		}
		for _, e := range t.Map {
			words.Check(p, e.V.At, kind, codes.Code{Code: e.V.V})
		}
		if t.Default.V != "" {
			words.Check(p, t.Default.At, kind, codes.Code{Code: t.Default.V})
		}
	})
}

var (
	unknownTable = lang.NewMessage("unknown-table", "there is no code table %q", "没有代码表 %q")
	otherTable   = lang.NewMessage("code-table", "the table %q leads to codes of kind %s, and %s are wanted here", "代码表 %q 对应 %s 类代码，而此处需要 %s 类")
	tableAndMore = lang.NewMessage("code-table", "a table says itself what the codes mean and what becomes of others: leave out %s", "代码表已规定代码含义及未列代码的处理：请去掉 %s")
)

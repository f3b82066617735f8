package codes

import (
	"cmp"
	"slices"

	"tundish/config/lang"
)

// Vocabulary is every code of the house, by kind. A nil Vocabulary takes every code. It is safe
// for concurrent use once it is whole.
type Vocabulary struct {
	kinds []Kind
}

// Kind is one kind of code.
type Kind struct {
	Name   string
	Title  lang.Text
	Closed bool // the program decides by these codes: there can be no others
	Words  []Word
}

// Word is a code with its words.
type Word struct {
	Code  string
	Name  lang.Text
	Means lang.Text // may be empty where the words stand in a file of their own
	Below []Word
}

// ReadVocabulary reads the file of the house's words. What it leaves out of builtIn is called as
// there: kinds as a whole, and single codes of those that the program decides by. The built-in
// vocabulary itself is read with nil, and must have words for all of these.
func ReadVocabulary(p *lang.Problems, file string, builtIn *Vocabulary) *Vocabulary {
	var w words
	doc := lang.DecodeFile(p, file, &w)
	return w.vocabulary(p, doc.Has(), builtIn)
}

// DecodeVocabulary is [ReadVocabulary] of a text.
func DecodeVocabulary(p *lang.Problems, file string, data []byte, builtIn *Vocabulary) *Vocabulary {
	var w words
	doc := lang.Decode(p, file, data, &w)
	return w.vocabulary(p, doc.Has(), builtIn)
}

func (w *words) vocabulary(p *lang.Problems, read bool, builtIn *Vocabulary) *Vocabulary {
	v := &Vocabulary{}
	for _, k := range w.kinds() {
		one := Kind{Name: k.name, Title: lang.Text{En: k.Title.EN, Zh: k.Title.ZH}, Closed: closed[k.name] != nil || slices.Contains(ofProgram, k.name)}
		allowed := closed[k.name]
		if builtIn != nil && one.Closed {
			allowed = builtIn.Codes(k.name)
		}
		for i := range k.Codes {
			e := &k.Codes[i]
			if len(e.V.Below) > 0 && k.name != Category {
				p.At(e.At, noBelow, e.Key)
			}
			word := e.V.word.of(e.Key)
			for _, b := range e.V.Below {
				word.Below = append(word.Below, b.V.of(b.Key))
			}
			one.Words = append(one.Words, word)
			if one.Closed && allowed != nil && !slices.Contains(allowed, e.Key) {
				p.At(e.At, isClosed, k.name, e.Key).Expected(allowed...).Near(e.Key, allowed)
			}
		}
		if builtIn != nil {
			one.complete(builtIn)
		} else if missing := slices.DeleteFunc(slices.Clone(allowed), func(code string) bool { _, ok := k.Codes.Get(code); return ok }); len(missing) > 0 && read {
			p.At(w.At, noWords, k.name, missing).Hint(hintWords, k.name, missing[0])
		}
		v.kinds = append(v.kinds, one)
	}
	return v
}

// complete adds what the file leaves out. Closed kinds keep the order of the built-in words.
func (k *Kind) complete(builtIn *Vocabulary) {
	given, _ := builtIn.Kind(k.Name)
	k.Title = lang.Text{En: cmp.Or(k.Title.En, given.Title.En), Zh: cmp.Or(k.Title.Zh, given.Title.Zh)}
	if len(k.Words) > 0 && !k.Closed {
		return
	}
	own := k.Words
	k.Words = slices.Clone(given.Words)
	for i := range k.Words {
		if w, ok := wordOf(own, k.Words[i].Code); ok {
			k.Words[i] = w
		}
	}
}

func (w *word) of(code string) Word {
	return Word{Code: code, Name: lang.Text{En: w.EN, Zh: w.ZH}, Means: lang.Text{En: w.Means.EN, Zh: w.Means.ZH}}
}

// Set gives a kind its words: those of order types and districts stand in files of their own.
func (v *Vocabulary) Set(k Kind) {
	if i := v.find(k.Name); i >= 0 {
		v.kinds[i] = k
		return
	}
	v.kinds = append(v.kinds, k)
}

func (v *Vocabulary) find(kind string) int {
	return slices.IndexFunc(v.kinds, func(k Kind) bool { return k.Name == kind })
}

// Clone makes a vocabulary whose kinds may be [Vocabulary.Set] for itself.
func (v *Vocabulary) Clone() *Vocabulary { return &Vocabulary{kinds: slices.Clone(v.kinds)} }

// Kinds are all kinds with a list, in the order in which they are shown to people; the
// sub-categories of all categories are one of them.
func (v *Vocabulary) Kinds() []Kind {
	var list []Kind
	for _, name := range KindNames() {
		if k, ok := v.Kind(name); ok {
			list = append(list, k)
		}
	}
	return list
}

// Kind finds a kind; false for one without a list.
func (v *Vocabulary) Kind(name string) (Kind, bool) {
	if v == nil {
		return Kind{}, false
	}
	if name == SubCategory {
		return v.subCategories(), true
	}
	i := v.find(name)
	if i < 0 {
		return Kind{}, false
	}
	return v.kinds[i], true
}

// subCategories are those of all categories, each once.
func (v *Vocabulary) subCategories() Kind {
	sub := Kind{Name: SubCategory, Title: lang.Text{En: "Sub-category of a report", Zh: "反映子类"}}
	categories, _ := v.Kind(Category)
	for _, c := range categories.Words {
		for _, w := range c.Below {
			if !slices.ContainsFunc(sub.Words, func(o Word) bool { return o.Code == w.Code }) {
				sub.Words = append(sub.Words, w)
			}
		}
	}
	return sub
}

// Codes lists the codes of a kind; nil for one without a list, which takes every code.
func (v *Vocabulary) Codes(kind string) []string {
	k, ok := v.Kind(kind)
	if !ok {
		return nil
	}
	return codesOf(k.Words)
}

func codesOf(words []Word) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.Code
	}
	return list
}

// Find gives the words of a code.
func (v *Vocabulary) Find(kind string, c Code) (Word, bool) {
	k, _ := v.Kind(kind)
	w, ok := wordOf(k.Words, c.Code)
	if ok && c.Sub != "" {
		return wordOf(w.Below, c.Sub)
	}
	return w, ok
}

// Called is what people call a code, both levels where there are two; a code without words, such as one
// that was kept as its source sent it, is called by itself.
func (v *Vocabulary) Called(kind string, c Code, l lang.Lang) string {
	name := c.Code
	if w, ok := v.Find(kind, Code{Code: c.Code}); ok {
		name = w.Name.In(l)
	}
	if c.Sub == "" {
		return name
	}
	if w, ok := v.Find(kind, c); ok {
		return name + " / " + w.Name.In(l)
	}
	return name + " / " + c.Sub
}

func wordOf(words []Word, code string) (Word, bool) {
	i := slices.IndexFunc(words, func(w Word) bool { return w.Code == code })
	if i < 0 {
		return Word{}, false
	}
	return words[i], true
}

// Check says of a code that the house does not have it, with the nearest one that it has.
func (v *Vocabulary) Check(p *lang.Problems, at lang.Pos, kind string, c Code) {
	k, ok := v.Kind(kind)
	if c.Sub != "" && kind != Category {
		p.At(at, oneLevel, kind, c.String())
		return
	}
	if !ok {
		return
	}
	title := lang.Text{En: kind, Zh: cmp.Or(k.Title.Zh, kind)}
	w, known := wordOf(k.Words, c.Code)
	if !known {
		codes := codesOf(k.Words)
		p.At(at, unknownCode, title, c.Code).Expected(codes...).Near(c.Code, codes)
		return
	}
	if _, known := wordOf(w.Below, c.Sub); c.Sub != "" && !known {
		codes := codesOf(w.Below)
		for i := range codes {
			codes[i] = c.Code + "/" + codes[i]
		}
		p.At(at, unknownCode, title, c.String()).Expected(codes...).Near(c.String(), codes)
	}
}

var (
	unknownCode = lang.NewMessage("unknown-code", "the house has no %v %q", "本系统没有%v %q")
	oneLevel    = lang.NewMessage("unknown-code", "codes of kind %s have one level: %q cannot be one", "%s 类代码只有一级，%q 无效")
	noBelow     = lang.NewMessage("closed", "only categories have codes below them, not %q", "只有反映类别可以有下级代码，%q 不可以")
	isClosed    = lang.NewMessage("closed", "the program decides by codes of kind %s: %q cannot be added", "%s 类代码由程序固定，不能增加 %q")
	noWords     = lang.NewMessage("closed", "the program decides by codes of kind %s, and some have no words here: %v", "%s 类代码由程序固定，此处缺少以下代码的名称：%v")
)

var hintWords = lang.Text{En: "add it: %s: {codes: {%s: {en: …, zh: …, means: {en: …, zh: …}}}}", Zh: "请添加：%s: {codes: {%s: {en: …, zh: …, means: {en: …, zh: …}}}}"}

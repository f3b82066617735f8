package ordertype

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tundish/config/lang"
	"tundish/core"
)

var (
	noField       = lang.NewMessage("unknown-field", "an order has no field %q that a form could ask for", "工单没有可在表单中填写的字段 %q")
	notOf         = lang.NewMessage("family", "a completion of family %s never holds %q", "%s 类工单的销单没有 %q")
	fixedField    = lang.NewMessage("field", "%s is a field of every order; its %s stands fast", "%s 是工单固有字段，%s 不能更改")
	undeclared    = lang.NewMessage("own-field", "nobody declares the field %q with its type", "字段 %q 没有声明类型")
	otherwise     = lang.NewMessage("own-field", "%s is declared as %s here and as %s in %s", "%s 在此声明为 %s，而在 %[4]s 声明为 %[3]s")
	noLabel       = lang.NewMessage("own-field", "%s has no label", "%s 没有名称")
	noOwnType     = lang.NewMessage("own-field", "a field of the house's own is kept as text and cannot be of type %s", "自定义字段以文本保存，不能为 %s 类型")
	choiceNeeds   = lang.NewMessage("own-field", "a choice needs codes or options", "choice 类型须有 codes 或 options")
	noChoice      = lang.NewMessage("field", "codes and options are for choices, and either is enough", "codes 和 options 仅用于 choice 类型，且只写其一")
	noBound       = lang.NewMessage("field", "%q is not a number", "%q 不是数字")
	badBounds     = lang.NewMessage("field", "the smallest, %s, is more than the largest, %s", "最小值 %s 大于最大值 %s")
	badPattern    = lang.NewMessage("field", "the pattern cannot be used: %v", "正则表达式无效：%v")
	requiredTwice = lang.NewMessage("field", "it is required always; leave out required_when", "已始终必填，不应再写 required_when")
)

var (
	hintDeclare = lang.Text{En: "give it a type and a label, in a form or under process.fields", Zh: "请在表单或 process.fields 中写明 type 和 label"}
	hintOneType = lang.Text{En: "a field of the house's own has one type in all order types", Zh: "自定义字段在所有工单类型中类型必须一致"}
)

var ownPath = regexp.MustCompile(`^extra\.[a-z][a-z0-9_]{0,59}$`)

// ownField is a field of the house's own, and where it was declared first.
type ownField struct {
	core.FormField
	at lang.Pos
}

// declare takes note of the fields of the house's own that a file declares.
func (r *folder) declare(p *lang.Problems, f *File) {
	for field := range f.fields() {
		path := field.Field.V
		if field.Type.V == "" || !ownPath.MatchString(path) {
			continue
		}
		first, known := r.own[path]
		if !known {
			r.own[path] = ownField{formField(field), field.Field.At}
		} else if core.FieldType(field.Type.V) != first.Type {
			p.At(field.Type.At, otherwise, path, field.Type.V, first.Type, first.at.File()).Hint(hintOneType)
		}
	}
}

// fields of a file, wherever they stand.
func (f *File) fields() func(func(*Field) bool) {
	return func(yield func(*Field) bool) {
		all := func(list []Field) bool {
			for i := range list {
				if !yield(&list[i]) {
					return false
				}
			}
			return true
		}
		if !all(f.Process.Fields) {
			return
		}
		for _, s := range f.Process.Steps {
			if !all(s.Form) {
				return
			}
			for _, t := range s.Tasks {
				if !all(t.Form) {
					return
				}
			}
			for _, way := range s.Go {
				for _, e := range way.V {
					if e.Form != nil && !all(*e.Form) {
						return
					}
				}
			}
		}
	}
}

// formField is a field as its file says it.
func formField(f *Field) core.FormField {
	out := core.FormField{Path: f.Field.V, Label: text(f.Label), Type: core.FieldType(f.Type.V), Codes: f.Codes.V, Unit: f.Unit, Required: f.Required,
		Min: f.Min.V, Max: f.Max.V, Pattern: f.Pattern.V, Help: text(f.Help)}
	for _, o := range f.Options {
		out.Options = append(out.Options, core.Option{Code: o.Key, Name: text(&o.V)})
	}
	return out
}

func text(n *Name) core.Text {
	if n == nil {
		return core.Text{}
	}
	return core.Text{EN: n.EN, ZH: n.ZH}
}

func (c *compiler) form(list []Field) (form []core.FormField) {
	var paths []lang.Value[string]
	for i := range list {
		if f, ok := c.field(&list[i]); ok {
			form = append(form, f)
			paths = append(paths, list[i].Field)
		}
	}
	distinct(c.p, paths)
	return form
}

func (c *compiler) field(f *Field) (core.FormField, bool) {
	said := formField(f)
	said.RequiredWhen = c.guard(f.RequiredWhen)
	if said.Required && f.RequiredWhen.V != "" {
		c.p.At(f.RequiredWhen.At, requiredTwice)
	}
	base, known := core.KnownField(said.Path)
	if known {
		c.knownField(f, &base)
	} else if base, known = c.ownField(f); !known {
		c.bad = true
		return said, false
	}
	if said.Label != (core.Text{}) {
		base.Label = said.Label
	}
	for _, pair := range [][2]*string{{&base.Min, &said.Min}, {&base.Max, &said.Max}, {&base.Pattern, &said.Pattern}} {
		if *pair[1] != "" {
			*pair[0] = *pair[1]
		}
	}
	base.Required, base.RequiredWhen, base.Help = said.Required, said.RequiredWhen, said.Help
	c.bounds(f, &base)
	return base, true
}

// knownField refuses what the file may not say of a field that every order has.
func (c *compiler) knownField(f *Field, base *core.FormField) {
	for _, fixed := range []struct {
		said bool
		at   lang.Pos
		word lang.Text
	}{
		{f.Type.V != "" && core.FieldType(f.Type.V) != base.Type, f.Type.At, lang.Text{En: "type", Zh: "类型"}},
		{f.Codes.V != "" || len(f.Options) > 0, f.Field.At, lang.Text{En: "list of codes", Zh: "选项"}},
		{f.Unit != "" && f.Unit != base.Unit, f.Field.At, lang.Text{En: "unit", Zh: "单位"}},
	} {
		if fixed.said {
			c.p.At(fixed.at, fixedField, base.Path, fixed.word)
		}
	}
	if of, only := ofFamily[base.Path]; only && c.t.Family != "" && !slices.Contains(of, c.t.Family) {
		c.p.At(f.Field.At, notOf, c.t.Family, base.Path)
	}
}

// ownField is the declaration of a field of the house's own.
func (c *compiler) ownField(f *Field) (core.FormField, bool) {
	path := f.Field.V
	first, declared := c.folder.own[path]
	switch {
	case !strings.HasPrefix(path, core.OwnField) || !ownPath.MatchString(path):
		names := c.formNames()
		c.p.At(f.Field.At, noField, path).Expected(related(path, names)...).Near(path, names)
		return core.FormField{}, false
	case !declared:
		c.p.At(f.Field.At, undeclared, path).Hint(hintDeclare).Near(path, c.ownNames())
		return core.FormField{}, false
	}
	base := first.FormField
	if f.Type.V == "" {
		return base, true
	}
	base = formField(f)
	if f.Label == nil {
		c.p.At(f.Field.At, noLabel, path).Hint(hintDeclare)
	}
	if base.Type == core.FieldPhotos || base.Type == core.FieldPoint {
		c.p.At(f.Type.At, noOwnType, f.Type.V)
	}
	if choices := len(f.Options) > 0 || f.Codes.V != ""; base.Type == core.FieldChoice && !choices {
		c.p.At(f.Type.At, choiceNeeds)
	} else if choices && base.Type != core.FieldChoice || len(f.Options) > 0 && f.Codes.V != "" {
		c.p.At(f.Type.At, noChoice)
	}
	return base, true
}

func (c *compiler) bounds(f *Field, base *core.FormField) {
	for _, v := range []lang.Value[string]{f.Min, f.Max} {
		if v.V != "" && !isNumber(v.V) {
			c.p.At(v.At, noBound, v.V)
			return
		}
	}
	if base.Min != "" && base.Max != "" && decimal(base.Min) > decimal(base.Max) {
		c.p.At(f.Field.At, badBounds, base.Min, base.Max)
	}
	if f.Pattern.V != "" {
		if _, err := regexp.Compile(f.Pattern.V); err != nil {
			c.p.At(f.Pattern.At, badPattern, err)
		}
	}
}

var numberForm = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`)

func isNumber(s string) bool { return numberForm.MatchString(s) }

func decimal(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return n
}

func (c *compiler) formNames() []string {
	var names []string
	for _, f := range core.KnownFields() {
		names = append(names, f.Path)
	}
	return append(names, c.ownNames()...)
}

func (c *compiler) ownNames() []string {
	var names []string
	for name := range c.folder.own {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

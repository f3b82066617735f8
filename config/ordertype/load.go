package ordertype

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tundish/config/lang"
	"tundish/core"
)

var (
	noFolder   = lang.NewMessage("unusable", "the folder cannot be read: %v", "无法读取文件夹：%v")
	noTypes    = lang.NewMessage("no-types", "the folder holds no order type (*.yaml)", "文件夹中没有工单类型（*.yaml）")
	wrongCode  = lang.NewMessage("file-name", "the code %q is not the file's name %q", "代码 %q 与文件名 %q 不一致")
	noField    = lang.NewMessage("unknown-field", "a completion has no field %q that could be required", "销单没有可要求的字段 %q")
	notOf      = lang.NewMessage("family", "a completion of family %s never holds %q", "%s 类工单的销单没有 %q")
	deskVisit  = lang.NewMessage("family", "family desk needs no visit, so %s does not belong here", "desk 类工单不上门，不应填写 %s")
	noMinutes  = lang.NewMessage("minutes", "work at a place takes at least a minute", "现场作业至少 1 分钟")
	noSkills   = lang.NewMessage("skills", "work at a place needs a skill, or any crew would be sent", "上门工单须填写技能，否则会派给任意班组")
	repeated   = lang.NewMessage("duplicate", "%q is given twice", "%q 重复")
	slowerThan = lang.NewMessage("limits", "%s has more time than %s", "%s 的时限比 %s 还长")
	resultTold = lang.NewMessage("tell", "the status %q comes with the result, which the source is always told", "状态 %q 随结果告知，来源系统必会收到")
)

var hintFileName = lang.Text{En: "rename one of them", Zh: "请统一两者"}

var hintDesk = lang.Text{En: "remove it, or choose another family", Zh: "请删除，或改用其他大类"}

// Load reads every order type of a folder. The error, if any, is a *[lang.Problems] with every mistake; the types are
// of use only without one.
func Load(dir string) (core.OrderTypes, error) {
	var p lang.Problems
	types := Read(&p, dir)
	return types, p.Err()
}

// Read is [Load] for callers that collect the mistakes of many files.
func Read(p *lang.Problems, dir string) core.OrderTypes {
	types := core.OrderTypes{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if pathErr, ok := err.(*os.PathError); ok {
			err = pathErr.Err
		}
		p.At(lang.Place(dir), noFolder, err)
		return types
	}
	found := false
	for _, e := range entries {
		stem, isYAML := strings.CutSuffix(e.Name(), ".yaml")
		if e.IsDir() || !isYAML || strings.HasPrefix(stem, ".") {
			continue
		}
		found = true
		var f File
		doc := lang.DecodeFile(p, filepath.Join(dir, e.Name()), &f)
		if doc.Has() { // else it could not be parsed
			f.check(p, stem, doc)
		}
		f.Code.V = stem // whatever is wrong with the file, it is that type's: nobody else needs to miss it
		types[stem] = f.orderType()
	}
	if !found {
		p.At(lang.Place(dir), noTypes)
	}
	return types
}

// check finds what the tags cannot say.
func (f *File) check(p *lang.Problems, stem string, doc *lang.Document) {
	if f.Code.V != "" && f.Code.V != stem {
		p.At(f.Code.At, wrongCode, f.Code.V, stem).Hint(hintFileName)
	}
	family := core.Family(f.Family)
	switch {
	case family == "": // said already
	case family == core.Desk:
		f.checkDesk(p)
	default:
		if f.Minutes.V == 0 && doc.Has("minutes") {
			p.At(f.Minutes.At, noMinutes)
		}
		if len(f.Skills) == 0 {
			p.At(f.Code.At, noSkills)
		}
	}
	distinct(p, f.Skills)
	distinct(p, f.Required)
	distinct(p, f.Tell)
	for _, r := range f.Required {
		if !slices.Contains(completionFields, r.V) {
			p.At(r.At, noField, r.V).Expected(completionFields...).Near(r.V, completionFields)
		} else if of, only := ofFamily[r.V]; only && family != "" && !slices.Contains(of, family) {
			p.At(r.At, notOf, family, r.V)
		}
	}
	for _, s := range f.Tell {
		if r := core.Status(s.V); (r == core.StatusCouldNot || r == core.StatusCompleted) && !f.ResultReview {
			p.At(s.At, resultTold, s.V)
		}
	}
	l := &f.Limits
	for _, pair := range []struct {
		quick, slow         *Limit
		quickName, slowName string
	}{{l.Emergency, l.Urgent, "emergency", "urgent"}, {l.Urgent, l.Normal, "urgent", "normal"}, {l.Emergency, l.Normal, "emergency", "normal"}} {
		if pair.quick != nil && pair.slow != nil && pair.quick.Within > pair.slow.Within {
			p.At(doc.Pos("limits", pair.quickName), slowerThan, pair.quickName, pair.slowName)
		}
	}
}

func (f *File) checkDesk(p *lang.Problems) {
	if len(f.Skills) > 0 {
		p.At(f.Skills[0].At, deskVisit, "skills").Hint(hintDesk)
	}
	for _, m := range []lang.Value[mode]{f.Dispatch.Emergency, f.Dispatch.Urgent, f.Dispatch.Normal} {
		if core.DispatchMode(m.V) != core.DispatchManual {
			p.At(m.At, deskVisit, "dispatch").Hint(hintDesk)
		}
	}
}

func distinct[T ~string](p *lang.Problems, list []lang.Value[T]) {
	for i, v := range list {
		if slices.ContainsFunc(list[:i], func(o lang.Value[T]) bool { return o.V == v.V }) {
			p.At(v.At, repeated, string(v.V))
		}
	}
}

func (f *File) orderType() *core.OrderType {
	t := &core.OrderType{
		Code: f.Code.V, Name: core.Text{EN: f.Name.EN, ZH: f.Name.ZH}, Family: core.Family(f.Family), Urgency: core.Urgency(f.Urgency), Minutes: f.Minutes.V,
		Skills: plain[string](f.Skills), Acceptance: f.Acceptance, ResultReview: f.ResultReview, FollowUp: f.FollowUp,
		Required: plain[string](f.Required), Tell: plain[core.Status](f.Tell),
		Dispatch: map[core.Urgency]core.DispatchMode{
			core.Emergency: core.DispatchMode(f.Dispatch.Emergency.V),
			core.Urgent:    core.DispatchMode(f.Dispatch.Urgent.V),
			core.Normal:    core.DispatchMode(f.Dispatch.Normal.V),
		},
		Limits: map[core.Urgency]time.Duration{},
	}
	for u, l := range map[core.Urgency]*Limit{core.Emergency: f.Limits.Emergency, core.Urgent: f.Limits.Urgent, core.Normal: f.Limits.Normal} {
		if l != nil {
			t.Limits[u] = l.Within
		}
	}
	return t
}

func plain[To, From ~string](list []lang.Value[From]) []To {
	all := make([]To, len(list))
	for i, v := range list {
		all[i] = To(v.V)
	}
	return all
}

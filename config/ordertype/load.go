package ordertype

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
)

var (
	noFolder   = lang.NewMessage("unusable", "the folder cannot be read: %v", "无法读取文件夹：%v")
	noTypes    = lang.NewMessage("no-types", "the folder holds no order type (*.yaml)", "文件夹中没有工单类型（*.yaml）")
	wrongCode  = lang.NewMessage("file-name", "the code %q is not the file's name %q", "代码 %q 与文件名 %q 不一致")
	deskVisit  = lang.NewMessage("family", "family desk needs no visit, so %s does not belong here", "desk 类工单不上门，不应填写 %s")
	noMinutes  = lang.NewMessage("minutes", "work at a place takes at least a minute", "现场作业至少 1 分钟")
	noSkills   = lang.NewMessage("skills", "work at a place needs a skill, or any crew would be sent", "上门工单须填写技能，否则会派给任意班组")
	repeated   = lang.NewMessage("duplicate", "%q is given twice", "%q 重复")
	resultTold = lang.NewMessage("tell", "the status %q comes with the result, which the source is always told", "状态 %q 随结果告知，来源系统必会收到")
)

var hintFileName = lang.Text{En: "rename one of them", Zh: "请统一两者"}

var hintDesk = lang.Text{En: "remove it, or choose another family", Zh: "请删除，或改用其他大类"}

// Load reads every order type of a folder. The error, if any, is a *[lang.Problems] with every mistake; the types are
// of use only without one.
func Load(dir string) (core.OrderTypes, error) {
	var p lang.Problems
	types, _ := Read(&p, dir, core.Roles(), nil)
	return types, p.Err()
}

// Read is [Load] for callers that collect the mistakes of many files. roles are those that the house has: a step whose
// role nobody can hold would keep its orders for ever. Nil: roles are not checked, as of types of a day whose
// roles are not known any more. may tells whether a role has the right to an action ([core.ActTask] for those of the
// file's own); nil: rights are not checked. The Language is what files beside the types are written in.
func Read(p *lang.Problems, dir string, roles []core.Role, may func(core.Role, core.Action) bool) (core.OrderTypes, *Language) {
	types := core.OrderTypes{}
	all := &folder{own: map[string]ownField{}, roles: texts(roles), may: may}
	l := &Language{folder: all, types: types}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if pathErr, ok := err.(*os.PathError); ok {
			err = pathErr.Err
		}
		p.At(lang.Place(dir), noFolder, err)
		return types, l
	}
	var files []*read
	for _, e := range entries {
		stem, isYAML := strings.CutSuffix(e.Name(), ".yaml")
		if e.IsDir() || !isYAML || strings.HasPrefix(stem, ".") {
			continue
		}
		one := &read{stem: stem}
		one.doc = lang.DecodeFile(p, filepath.Join(dir, e.Name()), &one.File)
		files = append(files, one)
		all.types = append(all.types, stem)
		all.declare(p, &one.File)
	}
	for _, one := range files {
		if one.doc.Has() { // else it could not be parsed
			one.check(p)
		}
		one.Code.V = one.stem // whatever is wrong with the file, it is that type's: nobody else needs to miss it
		types[one.stem] = one.orderType(p, all)
	}
	if len(files) == 0 {
		p.At(lang.Place(dir), noTypes)
	}
	return types, l
}

// read is a file that was read, under its name without the ending.
type read struct {
	File
	stem string
	doc  *lang.Document
}

// check finds what the tags cannot say of everything but the process.
func (r *read) check(p *lang.Problems) {
	f := &r.File
	if f.Code.V != "" && f.Code.V != r.stem {
		p.At(f.Code.At, wrongCode, f.Code.V, r.stem).Hint(hintFileName)
	}
	switch core.Family(f.Family) {
	case "": // said already
	case core.Desk:
		f.checkDesk(p)
	default:
		if f.Minutes.V == 0 && r.doc.Has("minutes") {
			p.At(f.Minutes.At, noMinutes)
		}
		if len(f.Skills) == 0 {
			p.At(f.Code.At, noSkills)
		}
	}
	distinct(p, f.Skills)
	distinct(p, f.Tell)
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

// distinct says what is given twice, and tells whether nothing is.
func distinct[T ~string](p *lang.Problems, list []lang.Value[T]) bool {
	all := true
	for i, v := range list {
		if slices.ContainsFunc(list[:i], func(o lang.Value[T]) bool { return o.V == v.V }) {
			p.At(v.At, repeated, string(v.V))
			all = false
		}
	}
	return all
}

func (r *read) orderType(p *lang.Problems, all *folder) *core.OrderType {
	t := &core.OrderType{
		Code: r.Code.V, Name: text(&r.Name), Family: core.Family(r.Family), Urgency: core.Urgency(r.Urgency), Minutes: r.Minutes.V,
		Skills: plain[string](r.Skills), Tell: plain[core.Status](r.Tell),
		Dispatch: map[core.Urgency]core.DispatchMode{
			core.Emergency: core.DispatchMode(r.Dispatch.Emergency.V),
			core.Urgent:    core.DispatchMode(r.Dispatch.Urgent.V),
			core.Normal:    core.DispatchMode(r.Dispatch.Normal.V),
		},
	}
	c := &compiler{p: p, folder: all, f: &r.File, t: t, mode: func(o *core.WorkOrder) core.DispatchMode { return t.Mode(o.Urgency) }}
	t.Process = c.process()
	t.Process.Version = r.doc.Digest()
	t.Limits = c.deadlines(t.Process)
	for i := range t.Process.Steps {
		c.summary(&t.Process.Steps[i])
	}
	for _, s := range r.Tell {
		if told := core.Status(s.V); (told == core.StatusCouldNot || told == core.StatusCompleted) && !t.ResultReview {
			p.At(s.At, resultTold, s.V)
		}
	}
	return t
}

// summary keeps what other rooms ask of a type without following its process.
func (c *compiler) summary(s *core.Step) {
	switch s.Kind {
	case core.StepAcceptance:
		c.t.Acceptance = true
	case core.StepReview:
		c.t.ResultReview = true
	case core.StepFollowUp:
		c.t.FollowUp = true
	case core.StepField, core.StepDesk:
		for _, f := range s.Form {
			if name, ok := strings.CutPrefix(f.Path, "completion."); ok && f.Required {
				c.t.Required = append(c.t.Required, name)
			}
		}
	}
}

func plain[To, From ~string](list []lang.Value[From]) []To {
	all := make([]To, len(list))
	for i, v := range list {
		all[i] = To(v.V)
	}
	return all
}

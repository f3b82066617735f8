package roles

import (
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/core/access"
)

// SchemaName is the name of the file's JSON Schema.
const SchemaName = "roles.json"

// File is config/roles.yaml.
type File struct {
	Separate  bool    `yaml:"separate" lang:"default=true" en:"Whether running the systems, giving rights and auditing must be in different hands (multi-level protection); then no role, and no person, has more than one of these duties, nor one of them beside work on orders." zh:"系统管理、安全管理、审计管理是否分离（等保要求三权分立）；分离时任何角色和人员都不得兼有其中两项，也不得兼办工单。"`
	Protected []Field `yaml:"protected" en:"What of an order is not shown to everybody who may see the order." zh:"工单中须按权限显示的内容。"`
	Roles     []Role  `yaml:"roles" lang:"required,min=1" en:"The roles, and what each may do." zh:"角色及其权限。"`
}

// Field is something of an order that is protected.
type Field struct {
	Code  lang.Value[string]   `yaml:"code" lang:"required,pattern='[a-z][a-z0-9_]{0,39}'" en:"Its code, by which roles name it." zh:"代码，供角色引用。"`
	Name  Name                 `yaml:"name" lang:"required" en:"Its name." zh:"名称。"`
	Paths []lang.Value[string] `yaml:"paths" lang:"required,min=1" en:"Where it stands in an order's JSON form: customer.phone, extra.cost; of a list every element is meant." zh:"在工单 JSON 中的位置：customer.phone、extra.cost；列表指其每一项。"`
	Mask  string               `yaml:"mask" lang:"default=all,oneof=tail|head|all" en:"What is left of it when masked: tail, the last four characters; head, the first; all, nothing." zh:"掩码后保留：tail 末四位；head 首字；all 不保留。"`
}

// Role is one role of the house.
type Role struct {
	Code  lang.Value[string]   `yaml:"code" lang:"required,pattern='[a-z][a-z0-9_]{0,39}'" en:"Its code, by which people and order types name it." zh:"代码，供人员和工单类型引用。"`
	Name  Name                 `yaml:"name" lang:"required" en:"Its name." zh:"名称。"`
	On    string               `yaml:"on" lang:"default=stations,oneof=house|stations|crew" en:"The orders on which its rights hold: house, all; stations, those of the person's branches and depots; crew, those of the person's crew." zh:"权限所及的工单：house 全部；stations 本人所属营业所与站点；crew 本班组。"`
	May   []lang.Value[string] `yaml:"may" lang:"required,min=1" en:"What it may do; the list of rights stands in the manual." zh:"权限；清单见手册。"`
	Shows []lang.Value[string] `yaml:"shows" en:"Protected fields that it is shown." zh:"可见的受保护字段。"`
	Masks []lang.Value[string] `yaml:"masks" en:"Protected fields that it is shown masked; those in neither list are hidden." zh:"掩码显示的受保护字段；两处均未列者隐藏。"`
}

// Name is what people read.
type Name struct {
	EN string `yaml:"en" lang:"required,min=1,max=200" en:"In English." zh:"英文。"`
	ZH string `yaml:"zh" lang:"required,min=1,max=200" en:"In Chinese." zh:"中文。"`
}

var (
	twice        = lang.NewMessage("duplicate", "%q is given twice, first at %v", "%q 重复，首次在 %v")
	unknownRight = lang.NewMessage("unknown-right", "there is no right %q", "没有权限 %q")
	unknownField = lang.NewMessage("unknown-field", "there is no protected field %q", "没有受保护字段 %q")
	unknownPath  = lang.NewMessage("unknown-field", "an order has no field %q that could be protected", "工单没有可保护的字段 %q")
	mixed        = lang.NewMessage("mixed-duties", "the role %q has duties that are kept apart: %v", "角色 %q 兼有须分离的职责：%v")
	both         = lang.NewMessage("duplicate", "%q is both shown and masked", "%q 同时列在显示与掩码中")
	nobodyGives  = lang.NewMessage("unmanned", "no role may %q", "没有角色具有权限 %q")
)

var (
	hintSplit = lang.Text{En: "make two roles of it, or set separate: false", Zh: "请拆成两个角色，或设 separate: false"}
	hintGive  = lang.Text{En: "without it nobody can ever give rights; add it to the role of those who shall", Zh: "缺少它则无人能授权；请加入相应角色"}
)

// Read reads the file at path and adds its mistakes to p. The table is of use only when there are none.
func Read(p *lang.Problems, path string) *access.Table {
	var f File
	before := p.Len()
	return f.table(p, path, before, lang.DecodeFile(p, path, &f))
}

// Decode is [Read] for a file that is at hand; name is how messages call it.
func Decode(p *lang.Problems, name string, data []byte) *access.Table {
	var f File
	before := p.Len()
	return f.table(p, name, before, lang.Decode(p, name, data, &f))
}

func (f *File) table(p *lang.Problems, path string, before int, doc *lang.Document) *access.Table {
	if doc.Has() || p.Len() == before {
		f.check(p, path)
	}
	if p.Len() > before {
		return &access.Table{}
	}
	roles, fields := f.values()
	t, err := access.New(roles, fields, f.Separate)
	if err != nil {
		p.At(lang.Place(path), wrong, err)
		return &access.Table{}
	}
	return t
}

var wrong = lang.NewMessage("unusable", "%v", "%v")

// Schema is the file's JSON Schema.
func Schema() []byte {
	return lang.Schema(File{}, SchemaName, lang.Text{En: "What people may do and see.", Zh: "角色与权限。"})
}

// check finds what the tags cannot say.
func (f *File) check(p *lang.Problems, path string) {
	rights, manned := rightNames(), false
	fields, seen := map[string]lang.Pos{}, map[string]lang.Pos{}
	for _, x := range f.Protected {
		once(p, fields, x.Code)
		for _, at := range x.Paths {
			if at.V != "" && access.CheckPath(at.V) != nil {
				p.At(at.At, unknownPath, at.V)
			}
		}
	}
	var codes []string
	for _, x := range f.Protected {
		if !slices.Contains(codes, x.Code.V) {
			codes = append(codes, x.Code.V)
		}
	}
	for _, r := range f.Roles {
		once(p, seen, r.Code)
		for _, m := range r.May {
			if !slices.Contains(rights, m.V) {
				p.At(m.At, unknownRight, m.V).Expected(rights...).Near(m.V, rights)
			}
			manned = manned || m.V == string(access.UserEdit)
		}
		for i, m := range slices.Concat(r.Shows, r.Masks) {
			if !slices.Contains(codes, m.V) {
				p.At(m.At, unknownField, m.V).Expected(codes...).Near(m.V, codes)
			}
			if i >= len(r.Shows) && slices.ContainsFunc(r.Shows, func(s lang.Value[string]) bool { return s.V == m.V }) {
				p.At(m.At, both, m.V)
			}
		}
		if d := access.Duties(r.value()); f.Separate && len(d) > 1 {
			p.At(r.Code.At, mixed, r.Code.V, words(d)).Hint(hintSplit)
		}
	}
	if len(f.Roles) > 0 && !manned {
		p.At(lang.Place(path), nobodyGives, string(access.UserEdit)).Hint(hintGive)
	}
}

func words(d []access.Duty) string {
	list := make([]string, len(d))
	for i := range d {
		list[i] = string(d[i])
	}
	return strings.Join(list, ", ")
}

func once(p *lang.Problems, seen map[string]lang.Pos, key lang.Value[string]) {
	if first, there := seen[key.V]; there && key.V != "" {
		p.At(key.At, twice, key.V, first)
		return
	}
	seen[key.V] = key.At
}

func rightNames() []string {
	var list []string
	for _, e := range access.Rights() {
		list = append(list, string(e.Right))
	}
	return list
}

func (r *Role) value() access.Role {
	v := access.Role{Code: core.Role(r.Code.V), Name: core.Text{EN: r.Name.EN, ZH: r.Name.ZH}, On: access.Scope(r.On), Shows: plain(r.Shows), Masks: plain(r.Masks)}
	for _, m := range r.May {
		v.May = append(v.May, access.Right(m.V))
	}
	return v
}

func (f *File) values() (roles []access.Role, fields []access.Field) {
	for i := range f.Roles {
		roles = append(roles, f.Roles[i].value())
	}
	for _, x := range f.Protected {
		fields = append(fields, access.Field{Code: x.Code.V, Name: core.Text{EN: x.Name.EN, ZH: x.Name.ZH}, Paths: plain(x.Paths), Mask: access.Mask(x.Mask)})
	}
	return roles, fields
}

func plain(list []lang.Value[string]) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.V)
	}
	return out
}

package life

import (
	"encoding/json"
	"slices"
	"time"

	"tundish/core"
)

// side is an action beside the main line as a form asks for it.
type side struct {
	action core.Action
	reason bool
	form   []core.FormField
	// possible tells whether the order's state allows it; who may is asked elsewhere.
	possible func(r *Rules, o *core.WorkOrder) bool
	do       func(r *Rules, old core.WorkOrder, in answers, s Step) (core.Unit, error)
}

// answers are a form's values, checked.
type answers struct {
	Command
}

func (in answers) text(path string) (v string) {
	_ = json.Unmarshal(in.Fields[path], &v) // the form said what it is
	return v
}

func (in answers) time(path string) time.Time {
	t, _ := time.Parse(time.RFC3339, in.text(path)) // absent: zero
	return t
}

func (in answers) flag(path string) (v bool) {
	_ = json.Unmarshal(in.Fields[path], &v)
	return v
}

// point is a position in WGS 84 degrees; nil: none was given.
func (in answers) point(path string) (*core.Point, error) {
	raw := in.Fields[path]
	if raw == nil {
		return nil, nil
	}
	p := new(core.Point)
	if err := json.Unmarshal(raw, p); err != nil {
		return nil, wrongValue(path)
	}
	return p, onEarth(p, path)
}

// onEarth refuses what is no position; 0, 0 is a form that was not filled in.
func onEarth(p *core.Point, path string) error {
	if p.Lat < -90 || p.Lat > 90 || p.Lon < -180 || p.Lon > 180 || *p == (core.Point{}) {
		return core.Invalidf("bad_position", path, "%v, %v is no position in WGS 84 degrees", "%v, %v 不是有效的 WGS 84 坐标", p.Lat, p.Lon)
	}
	return nil
}

func (in answers) list(path string) []string {
	if v := in.text(path); v != "" {
		return []string{v}
	}
	return nil
}

func field(path string, t core.FieldType, required bool, en, zh string) core.FormField {
	return core.FormField{Path: path, Type: t, Required: required, Label: core.Text{EN: en, ZH: zh}}
}

func beside(a core.Action) *side {
	for i := range sides {
		if sides[i].action == a {
			return &sides[i]
		}
	}
	return nil
}

// actBeside holds the answers against the side's form and does it.
func (r *Rules) actBeside(d *side, old core.WorkOrder, c Command, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, "")
	if err != nil {
		return core.Unit{}, err
	}
	if roles := x.besideRoles(d.action); !r.may(s.Actor, d.action, &old, roles) {
		return core.Unit{}, r.denied(&old, s, d.action, roles)
	}
	var faults []*core.Error
	fields := map[string]json.RawMessage{}
	for path, raw := range c.Fields {
		i := slices.IndexFunc(d.form, func(f core.FormField) bool { return f.Path == path })
		if i < 0 {
			faults = append(faults, core.Invalidf("unknown_field", path, "the form does not ask for %q", "表单没有字段 %q", path))
			continue
		}
		v, e := r.shape(&d.form[i], raw)
		if e != nil {
			faults = append(faults, e)
			continue
		}
		if string(v) != "null" && string(v) != `""` {
			fields[path] = v
		}
	}
	for i := range d.form {
		if f := &d.form[i]; f.Required && fields[f.Path] == nil {
			faults = append(faults, core.Invalidf("required", f.Path, "%s is required", "必须填写%[2]s", labelEN(f), labelZH(f)))
		}
	}
	if d.reason && s.Remark == "" {
		faults = append(faults, core.Invalidf("required", "Reason", "%s needs a reason", "“%[2]s”必须填写原因", d.action, actionZH(d.action)))
	}
	slices.SortFunc(faults, func(a, b *core.Error) int { return compare(a.Field, b.Field) })
	if err := together(faults); err != nil {
		return core.Unit{}, err
	}
	c.Fields = fields
	return d.do(r, old, answers{c}, s)
}

// besideRoles are the roles that the order's steps name for an action beside them: who gives out its work may give it
// to another crew.
func (x *turn) besideRoles(a core.Action) []string {
	if a == core.ActReassign && x.next.Phase == core.Field {
		return x.dispatchers()
	}
	return nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func always(*Rules, *core.WorkOrder) bool { return true }

// toCome tells that the visit, or the desk's answer, is still to come.
func toCome(_ *Rules, o *core.WorkOrder) bool {
	return !ended(o) && (!o.Begun() || o.Phase == core.Field) && !Waiting(o)
}

// sides in the order in which people look for them.
var sides []side

func init() {
	granted := field("granted", core.FieldBool, true, "Granted", "同意")
	sides = []side{
		{core.ActComment, false, []core.FormField{field("text", core.FieldLong, false, "Text", "内容"), field("progress", core.FieldBool, false, "Progress note", "进度说明")}, always,
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				n := core.Note{Text: in.text("text"), Progress: in.flag("progress"), Attachments: in.Attachments}
				if n.Text == "" {
					n.Text = s.Remark
				}
				return r.Comment(o, n, s)
			}},
		{core.ActAdvance, false, []core.FormField{{Path: "state", Type: core.FieldChoice, Required: true, Label: core.Text{EN: "State", ZH: "状态"}, Options: []core.Option{
			{Code: string(core.FieldAccepted), Name: core.Text{EN: "Accepted", ZH: "接单"}}, {Code: string(core.FieldTravel), Name: core.Text{EN: "On the way", ZH: "出发"}}, {Code: string(core.FieldOnSite), Name: core.Text{EN: "On site", ZH: "到场"}}}}},
			func(_ *Rules, o *core.WorkOrder) bool { return Loads(o) && o.Assignment.State != core.FieldOnSite },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.Advance(o, s.Actor.Crew, core.FieldState(in.text("state")), s)
			}},
		{core.ActReassign, true, []core.FormField{field("crew", core.FieldText, true, "Crew", "班组")},
			func(_ *Rules, o *core.WorkOrder) bool {
				return Loads(o) && o.Assignment.State != core.FieldOnSite && o.Hold == nil && !Waiting(o)
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				if o.Phase != core.Field || in.Assignment == nil {
					return core.Unit{}, r.conflict(&o, s, "not_with_crew", "no crew has it that could be replaced", "没有可转派的班组")
				}
				return r.Assign(o, *in.Assignment, in.Seen, s)
			}},
		{core.ActAmend, false, amendable, func(_ *Rules, o *core.WorkOrder) bool { return !o.Phase.Ended() && !o.Begun() },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) { return r.amendBy(o, in, s) }},
		{core.ActLocate, false, []core.FormField{field("point", core.FieldPoint, true, "Position", "坐标")}, func(_ *Rules, o *core.WorkOrder) bool { return !o.Phase.Ended() },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				p, err := in.point("point")
				if err != nil {
					return core.Unit{}, err
				}
				return r.Locate(o, core.Place{Point: p, PointSource: core.PointFromDesk}, s)
			}},
		{core.ActSeen, false, []core.FormField{field("opened", core.FieldBool, false, "Opened", "已打开")},
			func(_ *Rules, o *core.WorkOrder) bool { return Loads(o) && o.Assignment.SeenAt.IsZero() },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.Seen(o, s.Actor.Crew, in.flag("opened"), s)
			}},
		{core.ActHold, true, []core.FormField{field("until", core.FieldTime, false, "Until", "预计恢复时间")},
			func(_ *Rules, o *core.WorkOrder) bool { return !o.Phase.Ended() && o.Hold == nil },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.HoldUntil(o, in.time("until"), s)
			}},
		{core.ActResume, false, nil, func(_ *Rules, o *core.WorkOrder) bool { return o.Hold != nil },
			func(r *Rules, o core.WorkOrder, _ answers, s Step) (core.Unit, error) { return r.Resume(o, s) }},
		{core.ActRequestHold, true, []core.FormField{field("until", core.FieldTime, false, "Until", "预计恢复时间")},
			func(_ *Rules, o *core.WorkOrder) bool {
				return !o.Phase.Ended() && o.Hold == nil && o.HoldRequest == nil
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.RequestHold(o, in.time("until"), s)
			}},
		{core.ActAnswerHold, false, []core.FormField{granted}, func(_ *Rules, o *core.WorkOrder) bool { return !o.Phase.Ended() && o.HoldRequest != nil },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.AnswerHold(o, in.flag("granted"), s)
			}},
		{core.ActAskExtension, true, []core.FormField{field("until", core.FieldTime, true, "New deadline", "申请时限")}, func(_ *Rules, o *core.WorkOrder) bool { return !ended(o) && !pending(o) },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.AskExtension(o, in.time("until"), s.Remark, s)
			}},
		{core.ActAnswerExtension, false, []core.FormField{granted, field("until", core.FieldTime, false, "Deadline granted", "批准时限")}, func(_ *Rules, o *core.WorkOrder) bool { return pending(o) && !o.Phase.Ended() },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				if o.Extension == nil {
					return r.AnswerExtension(o, "", false, time.Time{}, s)
				}
				return r.AnswerExtension(o, o.Extension.No, in.flag("granted"), in.time("until"), s)
			}},
		{core.ActTransfer, false, []core.FormField{field("depot", core.FieldText, true, "Depot", "站点")},
			func(r *Rules, o *core.WorkOrder) bool {
				return toCome(r, o) && (o.Assignment == nil || o.Assignment.State != core.FieldOnSite)
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.Transfer(o, in.text("depot"), s)
			}},
		{core.ActAnswerTransfer, false, []core.FormField{field("taken", core.FieldBool, true, "Taken", "接收")},
			func(_ *Rules, o *core.WorkOrder) bool {
				return o.Transfer != nil && o.Transfer.State == core.TransferOffered && !ended(o) && !o.Begun()
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.AnswerTransfer(o, in.flag("taken"), s)
			}},
		{core.ActAskAssistance, true, nil, func(_ *Rules, o *core.WorkOrder) bool { return Loads(o) },
			func(r *Rules, o core.WorkOrder, _ answers, s Step) (core.Unit, error) {
				return r.AskAssistance(o, s)
			}},
		{core.ActAssist, false, []core.FormField{field("crew", core.FieldText, false, "Crew", "班组")}, func(_ *Rules, o *core.WorkOrder) bool { return Loads(o) },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				h := core.Helper{}
				if a := in.Assignment; a != nil {
					h = core.Helper{CrewID: a.CrewID, Day: a.Day, Minutes: a.Minutes}
				}
				return r.Assist(o, h, in.Seen, s)
			}},
		{core.ActEndAssistance, false, []core.FormField{field("crew", core.FieldText, true, "Crew", "班组")},
			func(_ *Rules, o *core.WorkOrder) bool {
				return slices.ContainsFunc(o.Helpers, func(h core.Helper) bool { return h.CrewID != "" && h.EndedAt.IsZero() })
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.EndAssistance(o, in.text("crew"), s)
			}},
		{core.ActMerge, false, []core.FormField{field("into", core.FieldText, true, "Into order", "主单号")},
			func(_ *Rules, o *core.WorkOrder) bool {
				return !o.Phase.Ended() && !o.Begun() && !Waiting(o) && len(o.Absorbed) == 0 && o.Phase != core.Approval
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				if in.Lead == nil {
					return core.Unit{}, core.Invalidf("required", "into", "say which order's visit it shares", "请填写主单号")
				}
				return r.Merge(o, *in.Lead, s)
			}},
		{core.ActUnmerge, false, nil, func(_ *Rules, o *core.WorkOrder) bool { return Waiting(o) },
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.Unmerge(o, in.Lead, s)
			}},
		{core.ActNotNeeded, true, nil, toCome, func(r *Rules, o core.WorkOrder, _ answers, s Step) (core.Unit, error) { return r.NotNeeded(o, s) }},
		{core.ActHandOver, true, []core.FormField{field("to", core.FieldText, true, "To", "接收单位")}, toCome,
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.HandOver(o, in.text("to"), s)
			}},
		{core.ActAppoint, false, []core.FormField{field("with", core.FieldText, false, "With", "预约人"), field("from", core.FieldTime, true, "From", "起"), field("to", core.FieldTime, false, "Until", "止")},
			func(_ *Rules, o *core.WorkOrder) bool {
				return !ended(o) && (!o.Begun() || o.Phase == core.Field)
			},
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.Appoint(o, core.Appointment{With: in.text("with"), From: in.time("from"), To: in.time("to")}, s)
			}},
		{core.ActCorrect, false, []core.FormField{like("account", "customer.account"), like("name", "customer.name"), like("contact", "customer.contact"),
			like("phone", "customer.phone"), like("tariff", "customer.tariff"), field("point", core.FieldPoint, false, "Position", "坐标")}, always,
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				c := Correction{Customer: core.Customer{Account: in.text("account"), Name: in.text("name"), Contact: in.text("contact"), Phone: in.text("phone"), Tariff: in.text("tariff")}}
				var err error
				if c.Point, err = in.point("point"); err != nil {
					return core.Unit{}, err
				}
				return r.Correct(o, c, s)
			}},
		{core.ActCollaborate, false, []core.FormField{field("add", core.FieldText, false, "Add", "添加"), field("remove", core.FieldText, false, "Remove", "移除")}, always,
			func(r *Rules, o core.WorkOrder, in answers, s Step) (core.Unit, error) {
				return r.Collaborate(o, in.list("add"), in.list("remove"), s)
			}},
		{core.ActExpedite, false, nil, func(_ *Rules, o *core.WorkOrder) bool { return !ended(o) },
			func(r *Rules, o core.WorkOrder, _ answers, s Step) (core.Unit, error) { return r.Expedite(o, s) }},
		{core.ActCancel, true, nil, func(_ *Rules, o *core.WorkOrder) bool { return cancellable(o) },
			func(r *Rules, o core.WorkOrder, _ answers, s Step) (core.Unit, error) { return r.Cancel(o, s) }},
	}
}

// cancellable tells whether nobody has been on site yet.
func cancellable(o *core.WorkOrder) bool {
	return !o.Phase.Ended() && (!o.Begun() || o.Phase == core.Field && o.Assignment != nil && o.Assignment.State != core.FieldOnSite)
}

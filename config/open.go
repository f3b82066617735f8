package config

import (
	"slices"
	"time"

	"tundish/config/codes"
	"tundish/config/lang"
)

// Tree is everything an administrator wrote but for order types, read and cross-checked.
type Tree struct {
	Config    *Config
	Systems   []System // by id
	Jobs      []Job    // by name
	Calendar  *Calendar
	Districts []District
	Crews     []Crew
	Words     *codes.Vocabulary
	Tables    codes.Tables
	// Warnings do not keep the hub from starting, but somebody should read them.
	Warnings lang.Problems

	kinds []Kind
}

// Kind is what Open must know of an order type to hold other files against it.
type Kind struct {
	Code   string
	Name   lang.Text
	Skills []string // a crew needs all of them
	Visit  bool     // false for those that a desk team answers
}

// Checks are done by packages that this one must not know. Each may be nil: then its check is left out.
type Checks struct {
	// Cron parses a schedule and says what is wrong with it.
	Cron func(spec string, zone *time.Location) error
	// OrderTypes reads the order types of a folder, adds their mistakes to p and tells what they are.
	OrderTypes func(p *lang.Problems, dir string) []Kind
	// Mapping reads the mapping of a system, adds its mistakes to p and tells the names of its pulls. t has what
	// mappings may name; codes are the order types there are.
	Mapping func(p *lang.Problems, t *Tree, s *System, codes []string) (pulls []string)
	// Reference makes a reference system of its parameters and says what is wrong with it, without repeating them.
	Reference func(c *Config, name string, g Grid) (wrong lang.Text)
	// Roles reads the file of roles and adds its mistakes to p. It comes before OrderTypes, which name roles.
	Roles func(p *lang.Problems, file string)
	// Reactions reads what the house does by itself and adds its mistakes to p. It comes last: t has what its files may
	// name.
	Reactions func(p *lang.Problems, t *Tree, env []string)
	// Views reads the file of saved lists and adds its mistakes to p. It comes last, too.
	Views func(p *lang.Problems, t *Tree, file string)
	// Now is the instant whose year the calendar should have; zero means the machine's clock.
	Now time.Time
}

var (
	unknownType = lang.NewMessage("unknown-type", "there is no order type %q", "没有工单类型 %q")
	noSkill     = lang.NewMessage("no-crew", "no crew has all skills that order type %q needs: %v", "没有班组具备工单类型 %q 所需的全部技能：%v")
)

// Open reads the settings at path and everything they lead to. The error, if any, is a *[lang.Problems] with every
// mistake of every file; the Tree is never nil and holds what could be read.
func Open(path string, env []string, checks Checks, overrides ...Override) (*Tree, error) {
	var p lang.Problems
	t := &Tree{Config: load(&p, path, env, overrides)}
	c := t.Config
	if c.unread {
		t.Calendar = &Calendar{}
		return t, p.Err()
	}
	t.Systems = LoadSystems(&p, c, env)
	t.Calendar = LoadCalendar(&p, c.Dirs.Calendar)
	t.Districts = LoadDistricts(&p, c)
	t.Crews = LoadCrews(&p, c, t.Districts)
	for _, spec := range slices.Concat(c.Dispatch.Batch, c.Dispatch.Horizon.Cron) {
		checkCron(&p, spec, c.Location, checks.Cron)
	}
	t.checkPartners(&p)
	if checks.Roles != nil {
		checks.Roles(&p, c.Dirs.Roles)
	}
	var codes []string
	if checks.OrderTypes != nil {
		codes = t.checkTypes(&p, checks.OrderTypes(&p, c.Dirs.OrderTypes))
	}
	t.readCodes(&p)
	t.readReferences(&p, checks.Reference)
	pulls := map[string][]string{}
	for i := range t.Systems {
		if s := &t.Systems[i]; s.Mapping.V != "" && checks.Mapping != nil {
			pulls[s.ID.V] = checks.Mapping(&p, t, s, codes)
		}
	}
	t.Jobs = LoadJobs(&p, c, t.Systems, checks.Cron, func(id string) ([]string, bool) {
		names, ok := pulls[id]
		return names, ok
	})
	if checks.Reactions != nil {
		checks.Reactions(&p, t, env)
	}
	if checks.Views != nil {
		checks.Views(&p, t, c.Dirs.Views)
	}
	t.warn(checks.Now)
	return t, p.Err()
}

// System finds a system by its id; nil if there is none.
func (t *Tree) System(id string) *System {
	for i := range t.Systems {
		if t.Systems[i].ID.V == id {
			return &t.Systems[i]
		}
	}
	return nil
}

func (t *Tree) checkPartners(p *lang.Problems) {
	var ids []string
	for _, s := range t.Systems {
		ids = append(ids, s.ID.V)
	}
	partners := &t.Config.Partners
	for _, v := range []lang.Value[string]{partners.Locate, partners.PointsTo, partners.ScrapTo, partners.Customer, partners.CustomersFrom} {
		if v.V != "" && t.System(v.V) == nil {
			p.At(v.At, unknownSystem, v.V).Expected(ids...).Near(v.V, ids)
		}
	}
	t.checkAsked(p, partners.CustomersFrom, customersBy, "billing")
	t.checkAsked(p, partners.Locate, placesBy, "gis", "mapping")
}

// checkAsked refuses a system whose contract has no operation for what it is to be asked: every question to it would be in vain.
func (t *Tree) checkAsked(p *lang.Problems, v lang.Value[string], m lang.Message, contracts ...string) {
	sys := t.System(v.V)
	if sys == nil || slices.Contains(contracts, sys.Contract.V) {
		return
	}
	var able []string
	for _, s := range t.Systems {
		if slices.Contains(contracts, s.Contract.V) {
			able = append(able, s.ID.V)
		}
	}
	if one := p.At(v.At, m, v.V, sys.Contract.V); len(able) > 0 {
		one.Expected(able...)
	} else {
		one.Hint(lang.Text{En: "leave it empty: no system is asked then", Zh: "请留空，即不查询任何系统"})
	}
}

var (
	customersBy = lang.NewMessage("partner", "system %q cannot be asked for customers: it is on contract %s, and only the contract billing has GetCustomer", "系统 %q 不能查询用户：其契约为 %s，只有 billing 契约提供 GetCustomer")
	placesBy    = lang.NewMessage("partner", "system %q cannot be asked for places: it is on contract %s; the contract gis can, and a mapping with locate", "系统 %q 不能定位：其契约为 %s；gis 契约和带 locate 的映射可以")
)

// checkTypes holds the systems' code tables and the crews against the order types, and tells their codes.
func (t *Tree) checkTypes(p *lang.Problems, kinds []Kind) []string {
	t.kinds = kinds
	codes := make([]string, len(kinds))
	for i, k := range kinds {
		codes[i] = k.Code
		if k.Visit && len(t.Crews) > 0 && !slices.ContainsFunc(t.Crews, func(c Crew) bool { return c.can(k.Skills) }) {
			t.Warnings.At(lang.Place(t.Config.Dirs.Crews), noSkill, k.Code, k.Skills)
		}
	}
	if len(codes) == 0 {
		return nil // the folder itself is the mistake
	}
	slices.Sort(codes)
	for i := range t.Systems {
		table := &t.Systems[i].Codes.Type
		for _, e := range table.Map {
			checkType(p, e.V, codes)
		}
		if table.Unmapped.V == "default" && table.Default.V != "" {
			checkType(p, table.Default, codes)
		}
	}
	return codes
}

func checkType(p *lang.Problems, v lang.Value[string], codes []string) {
	if !slices.Contains(codes, v.V) {
		p.At(v.At, unknownType, v.V).Expected(codes...).Near(v.V, codes)
	}
}

// can tells whether the crew has every skill.
func (c *Crew) can(skills []string) bool {
	for _, s := range skills {
		if !slices.ContainsFunc(c.Skills, func(v lang.Value[string]) bool { return v.V == s }) {
			return false
		}
	}
	return true
}

func (t *Tree) warn(now time.Time) {
	if now.IsZero() {
		now = time.Now()
		if o := t.Config.Clock.Origin; !o.IsZero() {
			now = o
		}
	}
	t.Calendar.Warn(&t.Warnings, t.Config.Dirs.Calendar, now.In(t.Config.Location).Year())
	for _, d := range t.Districts {
		if !slices.ContainsFunc(t.Crews, func(c Crew) bool {
			return len(c.Districts) == 0 || slices.ContainsFunc(c.Districts, func(v lang.Value[string]) bool { return v.V == d.Code.V })
		}) {
			t.Warnings.At(d.Code.At, uncovered, d.Code.V)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tundish/adapters/spreadsheet"
	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/people"
)

// difference is what an import does to one entry.
type difference struct {
	ID     string `json:"id"`
	Change string `json:"change"` // added, changed or same
	Detail string `json:"detail,omitempty"`
}

// exchange is one kind of thing that is exchanged by files.
type exchange struct {
	name string
	// whole: columns that a spreadsheet lacks stay as the store has them; else a row says all of its entry.
	whole bool
	// rows are what the store has, without a header.
	rows func(ctx context.Context, x *exchanging) ([][]string, error)
	// read reads a file; plan says what importing it would do, and do does it, all or nothing.
	read func(p *lang.Problems, x *exchanging, decode func(into any)) (plan func(ctx context.Context) ([]difference, func() error, error))
}

// exchanging is one import or export under way.
type exchanging struct {
	settings *app.Settings
	store    app.Store
	people   *people.Service
	from, to string // days of a roster
}

var exchanges = []exchange{crewExchange, rosterExchange, peopleExchange}

func (c *cli) importing() *cobra.Command {
	g := &cobra.Command{
		Use:   "import",
		Short: c.t("Takes crews, duties and people from spreadsheets or YAML", "从电子表格或 YAML 导入班组、值班表和人员"),
		Long: c.t("Takes crews, duties and people from an Excel workbook, CSV (UTF-8 or GBK) or YAML. Columns are found by their titles, in either language, in any sequence; tundish export\nwrites a file to begin with. All rows are checked first: one mistake, and nothing is changed. What the file does not name stays as it is.",
			"从 Excel 工作簿、CSV（UTF-8 或 GBK）或 YAML 导入班组、值班表和人员。按列标题（中英文均可，次序不限）识别；可先用 tundish export 导出一份。\n先检查全部行，有一处错误即不作任何更改；文件中没有的保持不变。"),
	}
	for _, e := range exchanges {
		var dry bool
		cmd := &cobra.Command{
			Use:     e.name + " FILE",
			Short:   config.TableOf(e.name).Title.In(c.lang),
			Example: "  tundish import " + e.name + " " + e.name + ".xlsx --dry-run\n  tundish import " + e.name + " " + e.name + ".yaml",
			Args:    cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.exchange(cmd, func(x *exchanging) error { return c.takeIn(cmd.Context(), &e, x, args[0], dry) })
			},
		}
		cmd.Flags().BoolVar(&dry, "dry-run", false, c.t("check and show what would change; change nothing", "只检查并列出变化，不作更改"))
		g.AddCommand(c.jsonFlag(cmd))
	}
	return g
}

func (c *cli) exporting() *cobra.Command {
	g := &cobra.Command{
		Use:   "export",
		Short: c.t("Writes crews, duties and people into spreadsheets or YAML", "将班组、值班表和人员导出为电子表格或 YAML"),
		Long: c.t("Writes crews, duties and people into an Excel workbook, CSV or YAML, by the file's ending, as tundish import takes them back. Passwords are not exported.",
			"将班组、值班表和人员按文件扩展名导出为 Excel 工作簿、CSV 或 YAML，可由 tundish import 导回。不导出密码。"),
	}
	for _, e := range exchanges {
		var x exchanging
		cmd := &cobra.Command{
			Use:     e.name + " FILE",
			Short:   config.TableOf(e.name).Title.In(c.lang),
			Example: "  tundish export " + e.name + " " + e.name + ".xlsx",
			Args:    cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.exchange(cmd, func(with *exchanging) error {
					with.from, with.to = x.from, x.to
					return c.giveOut(cmd.Context(), &e, with, args[0])
				})
			},
		}
		if e.name == rosterExchange.name {
			cmd.Flags().StringVar(&x.from, "from", "", c.t("first day; default: today", "起始日期，默认今天"))
			cmd.Flags().StringVar(&x.to, "to", "", c.t("last day; default: 60 days later", "截止日期，默认 60 天后"))
		}
		g.AddCommand(cmd)
	}
	return g
}

func (c *cli) exchange(cmd *cobra.Command, do func(*exchanging) error) error {
	return c.staff(cmd, func(s *app.Settings, st app.Store, p *people.Service) error {
		return do(&exchanging{settings: s, store: st, people: p})
	})
}

// takeIn imports one file.
func (c *cli) takeIn(ctx context.Context, e *exchange, x *exchanging, file string, dry bool) error {
	var p lang.Problems
	var failed error
	plan := e.read(&p, x, func(into any) {
		if !spreadsheet.Known(file) {
			lang.DecodeFile(&p, file, into)
			return
		}
		sheet, err := spreadsheet.Read(file)
		if err != nil {
			failed = err
			return
		}
		table := config.TableOf(e.name)
		if e.whole {
			stored, err := e.rows(ctx, x)
			if err != nil {
				failed = err
				return
			}
			sheet.Rows = table.Whole(sheet.Rows, stored)
		}
		table.Decode(&p, file, sheet.Rows, spreadsheet.Cell, into)
	})
	if failed != nil {
		return failed
	}
	if err := p.Err(); err != nil {
		return err
	}
	list, do, err := plan(ctx)
	if err != nil {
		return err
	}
	if !dry {
		if err := do(); err != nil {
			return err
		}
	}
	var rows [][]string
	counts := map[string]int{}
	for _, d := range list {
		if counts[d.Change]++; d.Change != "same" {
			rows = append(rows, []string{d.ID, c.change(d.Change), d.Detail})
		}
	}
	if c.json {
		return c.show(list, nil, nil)
	}
	if len(rows) > 0 {
		if err := c.show(list, []string{"ID", "CHANGE", "DETAIL"}, rows); err != nil {
			return err
		}
	}
	said := c.t("%d added, %d changed, %d as they were\n", "新增 %d，变更 %d，不变 %d\n")
	if dry {
		said = c.t("would be: %d added, %d changed, %d as they are; nothing was done\n", "将新增 %d，变更 %d，不变 %d；未作更改\n")
	}
	fmt.Fprintf(c.out, said, counts["added"], counts["changed"], counts["same"])
	return nil
}

func (c *cli) change(change string) string {
	if change == "added" {
		return c.t("added", "新增")
	}
	return c.t("changed", "变更")
}

// giveOut exports into one file.
func (c *cli) giveOut(ctx context.Context, e *exchange, x *exchanging, file string) error {
	rows, err := e.rows(ctx, x)
	if err != nil {
		return err
	}
	table := config.TableOf(e.name)
	all := append([][]string{table.Header(c.lang)}, rows...)
	switch ext := strings.ToLower(filepath.Ext(file)); {
	case spreadsheet.Known(file):
		err = spreadsheet.Write(file, &spreadsheet.Sheet{Name: table.Title.In(c.lang), Rows: all})
	case ext != ".yaml" && ext != ".yml":
		return core.Invalidf("spreadsheet", file, "the ending says what to write: .xlsx, .csv or .yaml", "由扩展名决定格式：.xlsx、.csv 或 .yaml")
	case len(rows) == 0:
		err = os.WriteFile(file, []byte(table.Name+": []\n"), 0o600)
	default:
		err = os.WriteFile(file, table.YAML(all), 0o600)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, c.t("%s: %d rows\n", "%s：%d 行\n"), file, len(rows))
	return err
}

// changesOf names what differs, column by column.
func changesOf(table *config.Table, l lang.Lang, before, after []string) string {
	var list []string
	for i, title := range table.Header(l) {
		if before[i] != after[i] {
			list = append(list, fmt.Sprintf("%s: %s → %s", title, orNothing(before[i]), orNothing(after[i])))
		}
	}
	return strings.Join(list, "; ")
}

// inBoth is a refusal in both languages.
func inBoth(err error) lang.Text {
	say := func(l lang.Lang) string { return (&cli{lang: l}).say(err) }
	return lang.Text{En: say(lang.English), Zh: say(lang.Chinese)}
}

func orNothing(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func yesOrNothing(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// clockSpan is a span of local minutes as files write it.
func clockSpan(start, end int) string {
	if end-start < 1440 && end > 1440 {
		end -= 1440
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", start/60, start%60, end/60, end%60)
}

var crewExchange = exchange{
	name: "crews", whole: true,
	rows: func(ctx context.Context, x *exchanging) ([][]string, error) {
		list, err := x.store.Crews(ctx)
		slices.SortFunc(list, func(a, b core.Crew) int { return strings.Compare(a.ID, b.ID) })
		var rows [][]string
		for _, c := range list {
			rows = append(rows, crewRow(c))
		}
		return rows, err
	},
	read: func(p *lang.Problems, x *exchanging, decode func(any)) func(context.Context) ([]difference, func() error, error) {
		var file config.Crews
		decode(&file)
		x.settings.Config.CheckCrews(p, file.Crews, x.settings.Districts)
		return func(ctx context.Context) ([]difference, func() error, error) {
			there, err := x.store.Crews(ctx)
			if err != nil {
				return nil, nil, err
			}
			var u core.Unit
			var list []difference
			for i := range file.Crews {
				c := app.CrewOf(&file.Crews[i])
				at := slices.IndexFunc(there, func(o core.Crew) bool { return o.ID == c.ID })
				d := difference{ID: c.ID, Change: "added", Detail: c.Name}
				if at >= 0 {
					old := there[at]
					c.OffDuty, c.Version = old.OffDuty, old.Version
					d.Change, d.Detail = "changed", changesOf(config.TableOf("crews"), x.settings.Config.Lang, crewRow(old), crewRow(c))
					if app.SameCrew(old, c) {
						d.Change, d.Detail = "same", ""
					}
				}
				if list = append(list, d); d.Change != "same" {
					u.Crews = append(u.Crews, core.CrewChange{Expected: c.Version, Crew: c})
				}
			}
			return list, func() error {
				if len(u.Crews) == 0 {
					return nil
				}
				out := x.store.Commit(ctx, u)[0]
				if out.Kind == core.Stale {
					return core.Fail(core.Conflict, "stale", "crews", "somebody changed crews at the same time; import again", "同时有人修改了班组，请重新导入")
				}
				return out.Error()
			}, nil
		}
	},
}

func crewRow(c core.Crew) []string {
	var staff []string
	for _, p := range c.People {
		staff = append(staff, strings.TrimSpace(p.ID+" "+p.Name))
	}
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	degrees := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return []string{
		c.ID, c.Name, c.Depot, strings.Join(staff, ", "), c.Phone, strings.Join(c.Skills, ", "), strings.Join(c.Districts, ", "), clockSpan(c.ShiftStartMin, c.ShiftEndMin),
		yesOrNothing(c.EveryDay), number(c.CapMinutes), number(c.CapOrders), degrees(c.Home.Lat), degrees(c.Home.Lon),
	}
}

// standing is the kind of duty by which a file takes one away.
const standing = "standing"

var rosterExchange = exchange{
	name: "roster",
	rows: func(ctx context.Context, x *exchanging) ([][]string, error) {
		today := x.settings.Clock().Now().In(x.settings.Config.Location)
		from, to := x.from, x.to
		if from == "" {
			from = today.Format(time.DateOnly)
		}
		first, err := time.Parse(time.DateOnly, from)
		if err != nil {
			return nil, core.Invalidf("window", "--from", "%q is no date such as 2026-05-11", "%q 不是形如 2026-05-11 的日期", from)
		}
		if to == "" {
			to = first.AddDate(0, 0, 60).Format(time.DateOnly)
		}
		list, err := x.store.Duties(ctx, from, to, "")
		var rows [][]string
		for _, d := range list {
			rows = append(rows, dutyRow(d))
		}
		return rows, err
	},
	read: func(p *lang.Problems, x *exchanging, decode func(any)) func(context.Context) ([]difference, func() error, error) {
		var file config.Roster
		decode(&file)
		return func(ctx context.Context) ([]difference, func() error, error) {
			crews, err := x.store.Crews(ctx)
			if err != nil {
				return nil, nil, err
			}
			var ids []string
			for _, c := range crews {
				ids = append(ids, c.ID)
			}
			var duties []core.Duty
			seen := map[[2]string]bool{}
			for i := range file.Roster {
				f := &file.Roster[i]
				d := core.Duty{Crew: f.Crew.V, Day: string(f.Day.V), Kind: core.DutyKind(f.Kind), People: f.People, Note: f.Note}
				if f.Kind == standing {
					d.Kind = core.DutyNone
				}
				for _, s := range f.Shifts {
					d.Shifts = append(d.Shifts, core.Shift(s))
				}
				if !slices.Contains(ids, d.Crew) {
					p.At(f.Crew.At, unknownCrew, d.Crew).Near(d.Crew, ids)
				}
				if err := d.Check(); err != nil {
					p.At(f.Crew.At, wrongDuty, inBoth(err))
				}
				if key := [2]string{d.Crew, d.Day}; seen[key] {
					p.At(f.Crew.At, twiceOnDay, d.Crew, d.Day)
				} else {
					seen[key] = true
				}
				duties = append(duties, d)
			}
			if err := p.Err(); err != nil || len(duties) == 0 {
				return nil, nil, err
			}
			days := slices.SortedFunc(slices.Values(duties), func(a, b core.Duty) int { return strings.Compare(a.Day, b.Day) })
			there, err := x.store.Duties(ctx, days[0].Day, days[len(days)-1].Day, "")
			if err != nil {
				return nil, nil, err
			}
			var list []difference
			var changed []core.Duty
			for _, d := range duties {
				at := slices.IndexFunc(there, func(o core.Duty) bool { return o.Crew == d.Crew && o.Day == d.Day })
				old := core.Duty{Crew: d.Crew, Day: d.Day}
				if at >= 0 {
					old = there[at]
				}
				one := difference{ID: d.Crew + " " + d.Day, Change: "changed", Detail: changesOf(config.TableOf("roster"), x.settings.Config.Lang, dutyRow(old), dutyRow(d))}
				switch {
				case one.Detail == "":
					one.Change = "same"
				case at < 0:
					one.Change = "added"
				}
				if list = append(list, one); one.Change != "same" {
					changed = append(changed, d)
				}
			}
			return list, func() error {
				if len(changed) == 0 {
					return nil
				}
				return x.store.SetDuties(ctx, changed, operator(), fmt.Sprintf("import: %d", len(changed)))
			}, nil
		}
	},
}

var (
	unknownCrew = lang.NewMessage("unknown-crew", "there is no crew %q", "没有班组 %q")
	wrongDuty   = lang.NewMessage("not-allowed", "%v", "%v")
	twiceOnDay  = lang.NewMessage("duplicate", "crew %q has two rows for %s", "班组 %q 在 %s 有两行")
	wrongMember = lang.NewMessage("not-allowed", "%v", "%v")
	twoPeople   = lang.NewMessage("duplicate", "%q stands twice", "%q 重复")
)

func dutyRow(d core.Duty) []string {
	kind := string(d.Kind)
	if d.Kind == core.DutyNone {
		kind = standing
	}
	var shifts []string
	for _, s := range d.Shifts {
		shifts = append(shifts, clockSpan(s.Start, s.End))
	}
	return []string{d.Crew, d.Day, kind, strings.Join(shifts, ", "), strings.Join(d.People, ", "), d.Note}
}

var peopleExchange = exchange{
	name: "people", whole: true,
	rows: func(ctx context.Context, x *exchanging) ([][]string, error) {
		list, err := x.store.Users(ctx)
		var rows [][]string
		for _, u := range list {
			rows = append(rows, memberRow(&u))
		}
		return rows, err
	},
	read: func(p *lang.Problems, x *exchanging, decode func(any)) func(context.Context) ([]difference, func() error, error) {
		var file config.Staff
		decode(&file)
		var users []core.User
		seen := map[string]bool{}
		for i := range file.People {
			f := &file.People[i]
			u := core.User{ID: f.ID.V, Name: f.Name, Branches: f.Branches, Depots: f.Depots, Everywhere: f.Everywhere, Crew: f.Crew, Disabled: f.Disabled, MustChange: true}
			for _, r := range f.Roles {
				u.Roles = append(u.Roles, core.Role(r.V))
			}
			if seen[u.ID] {
				p.At(f.ID.At, twoPeople, u.ID)
			}
			if seen[u.ID] = true; u.ID != "" && len(u.Roles) > 0 {
				if err := x.people.Check(&u); err != nil {
					p.At(f.ID.At, wrongMember, inBoth(err))
				}
			}
			users = append(users, u)
		}
		return func(ctx context.Context) ([]difference, func() error, error) {
			there, err := x.store.Users(ctx)
			if err != nil {
				return nil, nil, err
			}
			if err := x.people.Keeps(ctx, users...); err != nil {
				return nil, nil, err
			}
			var list []difference
			var first, do []func() error // first come those who may give rights: whoever loses that right in the same file is not the last then
			for _, u := range users {
				then := func(one func() error) {
					if x.people.Gives(&u) {
						first = append(first, one)
					} else {
						do = append(do, one)
					}
				}
				at := slices.IndexFunc(there, func(o core.User) bool { return o.ID == u.ID })
				d := difference{ID: u.ID, Change: "added", Detail: u.Name}
				if at < 0 {
					then(func() error { return x.people.Add(ctx, u, "", operator()) })
				} else {
					old := there[at]
					if d.Change, d.Detail = "changed", changesOf(config.TableOf("people"), x.settings.Config.Lang, memberRow(&old), memberRow(&u)); d.Detail == "" {
						d.Change = "same"
					} else {
						then(func() error {
							if _, err := x.people.Change(ctx, u, operator()); err != nil || u.Disabled == old.Disabled {
								return err
							}
							return x.people.Disable(ctx, u.ID, u.Disabled, operator())
						})
					}
				}
				list = append(list, d)
			}
			return list, func() error {
				all := append(first, do...)
				for i, one := range all {
					if err := one(); err != nil {
						return fmt.Errorf("%d of %d people were taken in, import again when it is put right: %w", i, len(all), err)
					}
				}
				return nil
			}, nil
		}
	},
}

func memberRow(u *core.User) []string {
	var roles []string
	for _, r := range u.Roles {
		roles = append(roles, string(r))
	}
	return []string{u.ID, u.Name, strings.Join(roles, ", "), strings.Join(u.Branches, ", "), strings.Join(u.Depots, ", "), yesOrNothing(u.Everywhere), u.Crew, yesOrNothing(u.Disabled)}
}

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	osuser "os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/people"
)

func (c *cli) user() *cobra.Command {
	return group("user", c.t("People and scripts that may sign in", "可登录的人员与脚本"),
		c.userAdd(), c.userChange(), c.jsonFlag(c.userList()), c.userDisable("disable", true), c.userDisable("enable", false), c.userPassword(), c.userToken(), c.jsonFlag(c.userLog()))
}

// staff runs with the people of the store.
func (c *cli) staff(cmd *cobra.Command, do func(*app.Settings, app.Store, *people.Service) error) error {
	return c.withStore(cmd.Context(), func(s *app.Settings, st app.Store) error {
		p, err := s.People(st)
		if err != nil {
			return err
		}
		return do(s, st, p)
	})
}

// operator is who runs a command, for the record: whoever may do that on this machine has the database anyway.
func operator() string {
	name := os.Getenv("SUDO_USER")
	if name == "" {
		if u, err := osuser.Current(); err == nil {
			name = u.Username
		}
	}
	return core.LogText("os:"+name, core.MaxExternal)
}

// stations are the flags that say whose orders are a person's.
type personFlags struct {
	name, crew              string
	roles, branches, depots []string
	everywhere              bool
}

func (f *personFlags) add(c *cli, cmd *cobra.Command) {
	x := cmd.Flags()
	x.StringVar(&f.name, "name", "", c.t("name by which people call him", "姓名"))
	x.StringSliceVar(&f.roles, "role", nil, c.t("a role of roles.yaml; may be repeated", "角色（见 roles.yaml），可重复"))
	x.StringSliceVar(&f.branches, "branch", nil, c.t("a commercial branch whose orders are his", "所属营业所，可重复"))
	x.StringSliceVar(&f.depots, "depot", nil, c.t("a repair depot whose orders are his", "所属站点，可重复"))
	x.BoolVar(&f.everywhere, "everywhere", false, c.t("orders of every station are his", "所有站点"))
	x.StringVar(&f.crew, "crew", "", c.t("the crew he works in", "所属班组"))
}

// into sets what was given on the command line.
func (f *personFlags) into(cmd *cobra.Command, u *core.User) {
	given := cmd.Flags().Changed
	if given("name") {
		u.Name = f.name
	}
	if given("role") {
		u.Roles = nil
		for _, r := range f.roles {
			u.Roles = append(u.Roles, core.Role(r))
		}
	}
	if given("branch") {
		u.Branches = f.branches
	}
	if given("depot") {
		u.Depots = f.depots
	}
	if given("everywhere") {
		u.Everywhere = f.everywhere
	}
	if given("crew") {
		u.Crew = f.crew
	}
}

func (c *cli) userAdd() *cobra.Command {
	var f personFlags
	var file string
	var script bool
	cmd := &cobra.Command{
		Use:   "add USER",
		Short: c.t("Adds a person; the password is asked for, or read from a file or standard input", "添加人员；密码由提示输入，或取自文件、标准输入"),
		Example: "  tundish user add li.si --name 李四 --role dispatcher --depot ST-01\n  tundish user add sec --role security --password-file /run/secrets/sec\n" +
			"  tundish user add exporter --role integrator --no-password",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.staff(cmd, func(_ *app.Settings, st app.Store, p *people.Service) error {
				u := core.User{ID: args[0], Name: args[0]}
				f.into(cmd, &u)
				if err := p.Check(&u); err != nil {
					return err
				}
				if _, err := st.User(cmd.Context(), u.ID); err == nil {
					return core.UserExists(u.ID)
				}
				password := ""
				if !script {
					var err error
					if password, err = c.password(file); err != nil {
						return err
					}
					if password == "" { // from now on everybody has to sign in, and this one could not
						return core.Fail(core.Invalid, "required", "password", "no password was given: type one, or use --password-file; --no-password adds somebody who never signs in with one", "未提供密码：请输入，或用 --password-file；--no-password 添加不以密码登录的人员")
					}
				}
				u.MustChange = !script
				if err := p.Add(cmd.Context(), u, password, operator()); err != nil {
					return err
				}
				fmt.Fprintf(c.out, c.t("%s may sign in\n", "%s 已添加\n"), u.ID)
				return nil
			})
		},
	}
	f.add(c, cmd)
	cmd.Flags().StringVar(&file, "password-file", "", c.t("file that holds the password", "存放密码的文件"))
	cmd.Flags().BoolVar(&script, "no-password", false, c.t("for a script: it acts with a token only", "供脚本使用：只能凭令牌调用"))
	return cmd
}

func (c *cli) userChange() *cobra.Command {
	var f personFlags
	cmd := &cobra.Command{
		Use:     "change USER",
		Short:   c.t("Gives a person another name, other roles, stations or crew; what is not named stays", "修改姓名、角色、站点或班组；未给出的不变"),
		Example: "  tundish user change li.si --role dispatcher,reviewer --depot ST-01,ST-02",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.staff(cmd, func(_ *app.Settings, st app.Store, p *people.Service) error {
				u, err := st.User(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				f.into(cmd, &u)
				changed, err := p.Change(cmd.Context(), u, operator())
				if err == nil && !changed {
					fmt.Fprintln(c.out, c.t("nothing differs", "没有变化"))
				}
				return err
			})
		},
	}
	f.add(c, cmd)
	return cmd
}

func (c *cli) userList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   c.t("Lists who may sign in", "列出人员"),
		Example: "  tundish user list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.staff(cmd, func(s *app.Settings, st app.Store, p *people.Service) error {
				list, err := st.Users(cmd.Context())
				if err != nil {
					return err
				}
				var rows [][]string
				for i := range list {
					u := &list[i]
					roles := make([]string, len(u.Roles))
					for j, r := range u.Roles {
						roles[j] = string(r) // one that the table does not have any more
						if known, ok := p.Table().Role(r); ok {
							roles[j] = known.Name.In(string(c.lang))
						}
					}
					state := c.t("active", "正常")
					switch {
					case u.Disabled:
						state = c.t("disabled", "停用")
					case u.LockedUntil.After(time.Now()):
						state = c.t("locked", "锁定")
					case u.Hash == "":
						state = c.t("token only", "仅令牌")
					case u.MustChange:
						state = c.t("must change", "待改密")
					}
					stations := strings.Join(slices.Concat(u.Branches, u.Depots), ",")
					if u.Everywhere {
						stations = "*"
					}
					rows = append(rows, []string{u.ID, u.Name, strings.Join(roles, ", "), stations, u.Crew, state, stamp(u.LastLogin, s.Config.Location)})
				}
				return c.show(list, []string{"USER", "NAME", "ROLES", "STATIONS", "CREW", "STATE", "LAST LOGIN"}, rows)
			})
		},
	}
}

func (c *cli) userDisable(verb string, disabled bool) *cobra.Command {
	short := c.t("Lets a person in again", "恢复人员")
	if disabled {
		short = c.t("Keeps a person out: sessions and tokens end at once", "停用人员：会话与令牌立即失效")
	}
	return &cobra.Command{
		Use:     verb + " USER",
		Short:   short,
		Example: "  tundish user " + verb + " li.si",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.staff(cmd, func(_ *app.Settings, _ app.Store, p *people.Service) error {
				return p.Disable(cmd.Context(), args[0], disabled, operator())
			})
		},
	}
}

func (c *cli) userPassword() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "passwd USER",
		Short:   c.t("Gives a person another password, to be changed at the first use", "重置密码，首次登录须修改"),
		Example: "  tundish user passwd li.si\n  tundish user passwd li.si --password-file /run/secrets/li.si",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.staff(cmd, func(_ *app.Settings, st app.Store, p *people.Service) error {
				if _, err := st.User(cmd.Context(), args[0]); err != nil {
					return err
				}
				password, err := c.password(file)
				if err != nil {
					return err
				}
				return p.SetPassword(cmd.Context(), args[0], password, operator(), true)
			})
		},
	}
	cmd.Flags().StringVar(&file, "password-file", "", c.t("file that holds the password", "存放密码的文件"))
	return cmd
}

func (c *cli) userToken() *cobra.Command {
	var note, revoke string
	var days int
	cmd := &cobra.Command{
		Use:     "token USER",
		Short:   c.t("Makes a token for a script, shown once; or lists or revokes those of a user", "为脚本发放令牌（仅显示一次），或列出、吊销"),
		Example: "  tundish user token exporter --note 'nightly export' --days 180\n  tundish user token exporter\n  tundish user token exporter --revoke 019e1583-7fc0-7295-aec7-1fa57e7fd81b",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.staff(cmd, func(s *app.Settings, st app.Store, p *people.Service) error {
				if _, err := st.User(cmd.Context(), args[0]); err != nil {
					return err
				}
				list, err := st.Sessions(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				list = slices.DeleteFunc(list, func(x core.Session) bool { return x.Kind != core.TokenSession })
				switch {
				case revoke != "":
					if !slices.ContainsFunc(list, func(x core.Session) bool { return x.ID == revoke }) {
						return core.Fail(core.NotFound, "no_session", "--revoke", args[0]+" has no such token", args[0]+" 没有该令牌")
					}
					return st.EndSession(cmd.Context(), revoke, operator())
				case note != "":
					token, err := p.NewToken(cmd.Context(), args[0], note, operator(), days)
					if err == nil {
						fmt.Fprintln(c.out, token)
					}
					return err
				}
				var rows [][]string
				for _, x := range list {
					rows = append(rows, []string{x.ID, x.Note, stamp(x.CreatedAt, s.Config.Location), stamp(x.UsedAt, s.Config.Location), x.EndsAt.In(s.Config.Location).Format(time.DateOnly)})
				}
				return table(c.out, []string{"TOKEN", "NOTE", "MADE", "USED", "ENDS"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&note, "note", "", c.t("what it is for; makes a token", "用途；给出则发放令牌"))
	cmd.Flags().IntVar(&days, "days", 365, c.t("how long it is good", "有效天数"))
	cmd.Flags().StringVar(&revoke, "revoke", "", c.t("id of a token to end", "要吊销的令牌标识"))
	return cmd
}

func (c *cli) userLog() *cobra.Command {
	var limit int
	var known string
	cmd := &cobra.Command{
		Use:   "log [USER]",
		Short: c.t("Shows who changed whom and who signed in, newest first, and whether the record is unbroken", "查看人员变更与登录记录（最新在前），并校验记录是否完整"),
		Long: c.t("Shows who changed whom and who signed in, newest first. The whole record is checked before, whatever is shown of it: each line is chained to the one before, each version of a user has its line.\nWhat is said of its end, kept elsewhere and given with --known next time, shows that nothing up to there was taken out or written anew.",
			"查看人员变更与登录记录（最新在前）。先校验全部记录：逐行链接，用户每个版本都有对应行。\n请将所显示的末行标识另行保存，下次以 --known 给出，即可确认此前的记录未被删除或重写。"),
		Example: "  tundish user log\n  tundish user log li.si --limit 20\n  tundish user log --known 120:3f9c0a77e1d2b645",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 || limit > mostLines {
				return core.Invalidf("out_of_range", "--limit", "%d is not between 1 and %d", "%d 不在 1 到 %d 之间", limit, mostLines)
			}
			return c.staff(cmd, func(s *app.Settings, st app.Store, p *people.Service) error {
				record, err := p.CheckRecord(cmd.Context(), known)
				if err != nil {
					return err
				}
				fmt.Fprintf(c.err, c.t("the record has %d lines, unbroken; it ends with %s\n", "记录共 %d 行，完整；末行 %s\n"), record.Lines, record.End)
				lines, err := st.UserEvents(cmd.Context(), strings.Join(args, ""), limit)
				if err != nil {
					return err
				}
				var rows [][]string
				for _, e := range lines {
					rows = append(rows, []string{fmt.Sprint(e.Sequence), stamp(e.At, s.Config.Location), e.By, c.word(codes.Staff, e.Kind), e.User, e.Detail})
				}
				return c.show(lines, []string{"LINE", "AT", "BY", "WHAT", "USER", "DETAIL"}, rows)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, c.t("how many", "条数"))
	cmd.Flags().StringVar(&known, "known", "", c.t("end of the record as it was shown before", "此前显示的末行标识"))
	return cmd
}

// mostLines of the record are shown at once.
const mostLines = 10_000

// password asks for one twice on a terminal, else reads it from a file or the first line of standard input: never
// from the command line, where others see it.
func (c *cli) password(file string) (string, error) {
	if file != "" {
		return config.ReadSecret(file)
	}
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprint(c.err, c.t("Password: ", "密码："))
		first, err := term.ReadPassword(fd)
		fmt.Fprintln(c.err)
		if err != nil {
			return "", err
		}
		fmt.Fprint(c.err, c.t("Again: ", "再次输入："))
		second, err := term.ReadPassword(fd)
		fmt.Fprintln(c.err)
		if err != nil {
			return "", err
		}
		if string(first) != string(second) {
			return "", core.Fail(core.Invalid, "password", "password", "the two differ", "两次输入不一致")
		}
		return string(first), nil
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

package main

import (
	"context"
	"fmt"
	"maps"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config/codes"
	"tundish/core"
	"tundish/core/bundle"
)

// scoped is what publish, history and rollback have in common: one scope of one store.
type scoped struct {
	*shop
	live core.BundlePointer
}

// shop is where versions are made live.
type shop struct {
	settings *app.Settings
	store    app.Store
	folder   *app.Folder
	pub      *bundle.Publisher
}

// withShop also works in a folder that holds mistakes, as long as what was published does
// not: that is when people want to go back.
func (c *cli) withShop(cmd *cobra.Command, do func(*shop) error) error {
	s, _, err := c.standing(cmd.Context())
	if err != nil {
		return err
	}
	return c.inStore(cmd.Context(), s, func(st app.Store) error {
		return do(&shop{settings: s, store: st, folder: app.NewFolder(s.Config.Dirs), pub: bundle.NewPublisher(st, s.Clock())})
	})
}

func (c *cli) withScope(cmd *cobra.Command, name string, do func(*scoped) error) error {
	return c.withShop(cmd, func(w *shop) error {
		live, err := w.find(cmd.Context(), name)
		if err != nil {
			return err
		}
		return do(&scoped{w, live})
	})
}

// find finds what is live in a scope that has files or had.
func (w *shop) find(ctx context.Context, name string) (core.BundlePointer, error) {
	scope := core.Scope(name)
	if !slices.Contains(core.HouseScopes(), scope) {
		scope = core.SystemScope(core.SystemID(name))
	}
	live, err := w.pub.Live(ctx, scope)
	if err != nil {
		return live, err
	}
	there, err := w.folder.Scopes()
	if err != nil {
		return live, err
	}
	if live.Revision == 0 && !slices.Contains(there, scope) {
		return live, core.Invalidf("unknown_system", "SYSTEM", "there is no system %q; write one of %v, order-types, calendar, views or channels", "没有系统 %q；请写 %v、order-types、calendar、views 或 channels", name, systemNames(w.settings))
	}
	return live, nil
}

func systemNames(s *app.Settings) (names []string) {
	for i := range s.Systems {
		names = append(names, s.Systems[i].ID.V)
	}
	return names
}

// author is who types the command, as far as the machine knows unless they say so.
func author(given string) string {
	if given != "" {
		return given
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

func (c *cli) signature(cmd *cobra.Command, by, note *string) {
	cmd.Flags().StringVar(by, "author", "", c.t("who does it, for the history; default: the account that runs the command", "操作人，记入历史；默认为执行命令的账户"))
	cmd.Flags().StringVar(note, "note", "", c.t("why, for the history", "原因，记入历史"))
}

func (c *cli) mappingPublish() *cobra.Command {
	var by, note string
	cmd := &cobra.Command{
		Use:   "publish SYSTEM...",
		Short: c.t("Checks the files of systems and puts them live at every hub", "检查系统的文件并在所有枢纽生效"),
		Long: c.t("Checks the files of systems (their own, their mappings with everything in the mappings' folders, their code tables), or of order-types, calendar, views or channels,\ntogether with all others, runs the cases beside the mappings, and puts them live at every hub on the store. Messages under way end under the version they began with.\nWhat is good only together, such as an order type and the system that sends it, is named in one command.",
			"检查系统的文件（系统文件、映射及其文件夹、代码表），或 order-types、calendar、views、channels 的文件，连同其余配置一并检查，运行映射旁的用例，\n并在使用同一数据库的所有枢纽生效。处理中的报文按其开始时的版本完成。\n须同时生效才正确的内容（例如新工单类型及发送它的系统）写在同一条命令中。"),
		Example: "  tundish mapping publish hotline --note 'new repair types from 1 June'\n  tundish mapping publish order-types hotline website",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withShop(cmd, func(w *shop) error {
				var lives []core.BundlePointer
				var versions []core.Bundle
				for _, name := range slices.Compact(slices.Sorted(slices.Values(args))) {
					live, err := w.find(cmd.Context(), name)
					if err != nil {
						return err
					}
					files, err := w.folder.Read(live.Scope)
					if err != nil {
						return err
					}
					lives, versions = append(lives, live), append(versions, core.NewBundle(live.Scope, files))
				}
				if err := w.settings.Trial(cmd.Context(), w.store, true, versions...); err != nil {
					return err
				}
				for i, b := range versions {
					now, moved, err := w.pub.Publish(cmd.Context(), lives[i], b.Files, author(by), note)
					if err != nil {
						return err
					}
					if !moved {
						fmt.Fprintf(c.out, c.t("version %s is live already, since revision %d\n", "版本 %s 已在使用（修订 %d）\n"), now.Bundle, now.Revision)
						continue
					}
					if err := c.nowLive(now); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.signature(cmd, &by, &note)
	return cmd
}

func (c *cli) nowLive(now core.BundlePointer) error {
	_, err := fmt.Fprintf(c.out, c.t("version %s of %s is live, revision %d\n", "%[2]s 的版本 %[1]s 已生效，修订 %[3]d\n"), now.Bundle, now.Scope, now.Revision)
	return err
}

func (c *cli) mappingRollback() *cobra.Command {
	var to, by, note string
	var force, shared bool
	cmd := &cobra.Command{
		Use:   "rollback SYSTEM",
		Short: c.t("Puts an earlier version live again and writes its files", "恢复较早的版本并写回文件"),
		Long: c.t("Puts an earlier version live again at every hub and writes its files into the folder of the settings.\nWithout --to that is the version before the one that is live; done again, the one before that.\nFiles that other systems use too, such as a code table, would change for them likewise: they are named, and nothing is done without --shared.",
			"在所有枢纽恢复较早的版本，并把其文件写回配置文件夹。不带 --to 时为当前版本之前的一版；再次执行则再往前一版。\n如代码表等文件与其他系统共用，则会一并改变：命令将列出并拒绝执行，除非加 --shared。"),
		Example: "  tundish mapping rollback hotline\n  tundish mapping rollback hotline --to 3 --note 'codes of June were wrong'",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withScope(cmd, args[0], func(w *scoped) error {
				b, err := w.pub.Earlier(cmd.Context(), w.live, to)
				if err != nil {
					return err
				}
				here, err := w.folder.Read(w.live.Scope)
				if err != nil {
					return err
				}
				if id := core.NewBundle(w.live.Scope, here).ID; !force && len(here) > 0 && id != w.live.Bundle && id != b.ID {
					return core.Fail(core.Conflict, "unpublished", string(w.live.Scope), "the folder holds changes that were never published and would be lost; publish them, or write --force", "文件夹中有尚未发布的修改，回退将丢失；请先发布，或加 --force")
				}
				touched, err := w.folder.Sharing(w.live.Scope, b.Files)
				if err != nil {
					return err
				}
				if len(touched) > 0 && !shared {
					return c.wouldTouch(w.live.Scope, touched)
				}
				if err := w.settings.Trial(cmd.Context(), w.store, false, b); err != nil {
					return err
				}
				now, err := w.pub.Rollback(cmd.Context(), w.live, b, author(by), note)
				if err != nil {
					return err
				}
				if err := c.nowLive(now); err != nil {
					return err
				}
				return w.folder.Write(w.live.Scope, b.Files)
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", c.t("version to go back to: its revision, or the beginning of its id", "要恢复的版本：修订号，或版本标识的开头"))
	cmd.Flags().BoolVar(&shared, "shared", false, c.t("also when files change that other systems have in common with this one", "即使会改动与其他系统共用的文件"))
	cmd.Flags().BoolVar(&force, "force", false, c.t("also when changes in the folder that were never published are lost", "即使丢失文件夹中尚未发布的修改"))
	c.signature(cmd, &by, &note)
	return cmd
}

// wouldTouch refuses a rollback that changes files of other systems, and names them.
func (c *cli) wouldTouch(scope core.Scope, touched map[core.Scope][]string) error {
	var list []string
	for _, other := range slices.Sorted(maps.Keys(touched)) {
		list = append(list, string(other)+": "+strings.Join(touched[other], ", "))
	}
	said := strings.Join(list, "; ")
	return core.Fail(core.Conflict, "shared", string(scope),
		"files of that version are used by others too and would change for them: "+said+"; write --shared if that is meant, or give the system files of its own",
		"该版本的文件与其他系统共用，回退将一并改变："+said+"；确需如此请加 --shared，或为本系统使用单独的文件")
}

func (c *cli) mappingHistory() *cobra.Command {
	var limit int
	var diff int64
	cmd := &cobra.Command{
		Use:     "history SYSTEM",
		Short:   c.t("Lists what was live when, who put it live and why", "列出各版本何时由何人因何生效"),
		Example: "  tundish mapping history hotline\n  tundish mapping history hotline --diff 3",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withScope(cmd, args[0], func(w *scoped) error {
				if diff > 0 {
					return c.showMove(cmd, w, diff)
				}
				moves, err := w.store.BundleMoves(cmd.Context(), w.live.Scope, limit)
				if err != nil {
					return err
				}
				type entry struct {
					core.BundleMove
					Live bool `json:"live"`
				}
				var list []entry
				var rows [][]string
				for _, m := range moves {
					e := entry{m, m.Revision == w.live.Revision}
					list = append(list, e)
					mark := ""
					if e.Live {
						mark = c.t("live", "生效中")
					}
					rows = append(rows, []string{strconv.FormatInt(m.Revision, 10), stamp(m.At, w.settings.Config.Location), c.word(codes.Move, string(m.Kind)), m.Bundle[:min(12, len(m.Bundle))], mark, m.Author, m.Note})
				}
				return c.show(list, []string{"REVISION", "AT", "KIND", "VERSION", "", "AUTHOR", "NOTE"}, rows)
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 50, c.t("how many", "条数"))
	cmd.Flags().Int64Var(&diff, "diff", 0, c.t("instead show what the move to this revision changed", "改为显示该修订的文件差异"))
	return c.jsonFlag(cmd)
}

// showMove shows what one move changed, line by line.
func (c *cli) showMove(cmd *cobra.Command, w *scoped, revision int64) error {
	moves, err := w.store.BundleMoves(cmd.Context(), w.live.Scope, int(max(1, w.live.Revision-revision+1)))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(moves, func(m core.BundleMove) bool { return m.Revision == revision })
	if i < 0 {
		return core.Invalidf("no_bundle", "--diff", "the history has no revision %d", "历史中没有修订 %d", revision)
	}
	var from core.Bundle
	if moves[i].From != "" {
		if from, err = w.store.Bundle(cmd.Context(), w.live.Scope, moves[i].From); err != nil {
			return err
		}
	}
	to, err := w.store.Bundle(cmd.Context(), w.live.Scope, moves[i].Bundle)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.out, bundle.Diff(from.Files, to.Files))
	return err
}

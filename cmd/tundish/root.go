package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/config/codes"
	"tundish/config/lang"
)

// cli is what all commands share.
type cli struct {
	out, err io.Writer
	lang     lang.Lang
	config   string
	dsn      string
	json     bool
	words    *codes.Vocabulary // of the settings; nil until they are read
}

// t chooses a text for people.
func (c *cli) t(en, zh string) string {
	if c.lang == lang.Chinese {
		return zh
	}
	return en
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "tundish",
		Short:         c.t("The hub for work orders of water and gas utilities", "供水、燃气工单枢纽"),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.PersistentFlags().StringVar(&c.config, "config", "", c.t("settings file; default: $TUNDISH_CONFIG, var/config/tundish.yaml if the demo made one, else config/tundish.yaml", "设置文件；默认依次为 $TUNDISH_CONFIG、演示生成的 var/config/tundish.yaml、config/tundish.yaml"))
	root.PersistentFlags().StringVar(&c.dsn, "store", "", c.t("store DSN instead of the one in the settings", "代替设置文件中的数据库连接串"))
	root.AddCommand(c.serve(), c.demo(), c.simulate(), c.order(), c.customer(), c.message(), c.outbox(), c.job(), c.system(), c.dispatch(), c.reconcile(), c.archive(), c.migrate(), c.user(), c.importing(), c.exporting(), c.configuration(), c.mapping())
	for _, g := range root.Commands() {
		showChildren(g)
	}
	c.inChinese(root)
	return root
}

// showChildren gives a command that only holds others the first example of each, so that
// every help shows one.
func showChildren(g *cobra.Command) {
	if g.Example != "" {
		return
	}
	var lines []string
	for _, child := range g.Commands() {
		if first, _, _ := strings.Cut(child.Example, "\n"); first != "" {
			lines = append(lines, first)
		}
	}
	g.Example = strings.Join(lines, "\n")
}

// group makes a command that only holds others; unknown words below it are refused.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.AddCommand(children...)
	return g
}

// configPath is the settings file that a command without --config means.
func (c *cli) configPath() string {
	if c.config != "" {
		return c.config
	}
	if p := os.Getenv("TUNDISH_CONFIG"); p != "" {
		return p
	}
	if demo := "var/config/tundish.yaml"; fileExists(demo) {
		return demo
	}
	return "config/tundish.yaml"
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (c *cli) overrides() []config.Override {
	if c.dsn == "" {
		return nil
	}
	return []config.Override{{Key: "store.dsn", Text: c.dsn, From: "--store"}}
}

// settings reads and checks all files; warnings go to standard error.
func (c *cli) settings(more ...config.Override) (*app.Settings, error) {
	s, err := app.ReadSettings(c.configPath(), append(c.overrides(), more...)...)
	if err != nil {
		return nil, err
	}
	c.speak(s)
	return s, nil
}

// speak takes language and words from settings.
func (c *cli) speak(s *app.Settings) {
	if s.Config.Lang == lang.Chinese {
		c.lang = lang.Chinese
	}
	c.words = s.Words
}

// withStore opens the store of the settings for one command; it must exist.
func (c *cli) withStore(ctx context.Context, do func(*app.Settings, app.Store) error) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	return c.inStore(ctx, s, func(st app.Store) error { return do(s, st) })
}

func (c *cli) inStore(ctx context.Context, s *app.Settings, do func(app.Store) error) error {
	st, err := s.Existing(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return do(st)
}

// show prints rows for people, or v as JSON.
func (c *cli) show(v any, header []string, rows [][]string) error {
	if c.json {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(c.err, c.t("nothing found", "没有记录"))
		return err
	}
	return table(c.out, header, rows)
}

func (c *cli) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.json, "json", false, c.t("print JSON", "输出 JSON"))
	return cmd
}

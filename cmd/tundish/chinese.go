package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"tundish/config/lang"
)

// What cobra itself says, in Chinese: the headings of a help text, and what it says about
// a command line that it cannot read.
var (
	headings = strings.NewReplacer(
		"Usage:", "用法：", "Aliases:", "别名：", "Examples:", "示例：", "Available Commands:", "命令：", "Additional Commands:", "其他命令：",
		"Global Flags:", "全局选项：", "Flags:", "选项：", "Additional help topics:", "其他说明：",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, `用 "{{.CommandPath}} [command] --help" 查看某个命令的说明。`,
	)
	mistakes = []struct {
		said *regexp.Regexp
		zh   string
	}{
		{regexp.MustCompile(`^unknown command ("[^"]*") for ("[^"]*")`), `$2 没有命令 $1`},
		{regexp.MustCompile(`\n+Did you mean this\?`), "\n\n您要的是不是："},
		{regexp.MustCompile(`^unknown flag: (\S+)`), `没有选项 $1`},
		{regexp.MustCompile(`^unknown shorthand flag: ('.') in (\S+)`), `没有选项 $1（$2）`},
		{regexp.MustCompile(`^flag needs an argument: (.+)`), `选项缺少取值：$1`},
		{regexp.MustCompile(`^invalid argument ("[^"]*") for ("[^"]*") flag: .*`), `选项 $2 不能取值 $1`},
		{regexp.MustCompile(`^accepts (\d+) arg\(s\), received (\d+)`), `需要 $1 个参数，收到 $2 个`},
		{regexp.MustCompile(`^accepts at most (\d+) arg\(s\), received (\d+)`), `最多 $1 个参数，收到 $2 个`},
		{regexp.MustCompile(`^requires at least (\d+) arg\(s\), only received (\d+)`), `至少需要 $1 个参数，收到 $2 个`},
	}
)

// inChinese gives the help of root and all below it Chinese headings.
func (c *cli) inChinese(root *cobra.Command) {
	if c.lang != lang.Chinese {
		return
	}
	root.SetUsageTemplate(headings.Replace(root.UsageTemplate()))
	root.PersistentFlags().BoolP("help", "h", false, "查看说明")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Short = "查看某个命令的说明"
		case "completion":
			cmd.Short = "生成命令行自动补全脚本"
		}
	}
}

// mistake is what cobra says about a command line, in Chinese where it is known.
func mistake(said string) string {
	for _, m := range mistakes {
		said = m.said.ReplaceAllString(said, m.zh)
	}
	return said
}

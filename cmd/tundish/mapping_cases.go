package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tundish/config/lang"
	"tundish/core"
)

func (c *cli) mappingTest() *cobra.Command {
	return &cobra.Command{
		Use:     "test [FILE…]",
		Short:   c.t("Runs the cases beside mappings (NAME_test.yaml) and prints every difference", "运行映射旁的测试用例（NAME_test.yaml）并列出所有差异"),
		Long:    c.t("Runs the cases beside mappings: of NAME.yaml those in NAME_test.yaml. Without FILE, every mapping of the settings' folder that has cases.", "运行映射旁的测试用例：NAME.yaml 对应 NAME_test.yaml。不指定 FILE 时运行配置目录下所有带用例的映射。"),
		Example: "  tundish mapping test config/mappings/hotline.yaml",
		RunE: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 {
				found, err := filepath.Glob(filepath.Join(filepath.Dir(c.configPath()), "mappings", "*_test.yaml"))
				if err != nil {
					return err
				}
				if files = found; len(files) == 0 {
					return core.Fail(core.NotFound, "no_cases", "", "there are no cases; write NAME_test.yaml beside a mapping", "没有测试用例；请在映射旁编写 NAME_test.yaml")
				}
			}
			var p lang.Problems
			for _, file := range files {
				if err := c.runCases(strings.TrimSuffix(strings.TrimSuffix(file, ".yaml"), "_test"), &p); err != nil {
					return err
				}
			}
			if p.Len() > 0 {
				fmt.Fprintln(c.err, p.In(c.lang))
				return exitError(1)
			}
			return nil
		},
	}
}

// runCases runs those of one mapping; name is its file's without ".yaml".
func (c *cli) runCases(name string, p *lang.Problems) error {
	var own lang.Problems
	m := c.loadMapping(name+".yaml", &own)
	if own.Len() == 0 {
		root, cases := ".", filepath.Clean(name+"_test.yaml")
		if !filepath.IsLocal(cases) {
			root, cases = filepath.Split(cases)
		}
		n := m.Test(os.DirFS(root), filepath.ToSlash(cases), &own)
		if own.Len() == 0 {
			fmt.Fprintf(c.out, c.t("%s_test.yaml: %d cases: all good\n", "%s_test.yaml：%d 个用例：全部正确\n"), name, n)
		}
	}
	p.Add(&own)
	return nil
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tundish/adapters/mapping"
	"tundish/config/lang"
)

func (c *cli) mapping() *cobra.Command {
	lint := &cobra.Command{
		Use:     "lint FILE…",
		Short:   c.t("Checks mappings against their WSDLs and prints all mistakes", "按 WSDL 检查映射文件并列出所有错误"),
		Example: "  tundish mapping lint config/mappings/hotline.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			var p lang.Problems
			for _, file := range files {
				m := c.loadMapping(file, &p)
				if p.Len() == 0 {
					fmt.Fprintf(c.out, c.t("%s: %d operations served, %d called: all good\n", "%s：提供 %d 个操作，调用 %d 个操作：全部正确\n"), file, len(m.File.Serve), len(m.Calls))
				}
			}
			if p.Len() > 0 {
				fmt.Fprintln(c.err, p.In(c.lang))
				return exitError(1)
			}
			return nil
		},
	}
	return group("mapping", c.t("Mappings of foreign contracts", "外部接口映射"), lint)
}

// loadMapping reads one file. What it names lies below this folder or, when the file does not,
// below its own.
// Reference systems of a city's own are not known here: they are secrets of a hub's settings.
func (c *cli) loadMapping(file string, p *lang.Problems) *mapping.Mapping {
	zone, err := time.LoadLocation("Asia/Shanghai") // of a mapping that names none
	if err != nil {
		zone = time.UTC
	}
	root, name := ".", filepath.Clean(file)
	if !filepath.IsLocal(name) {
		root, name = filepath.Split(name)
	}
	return mapping.Load(os.DirFS(root), filepath.ToSlash(name), mapping.Surroundings{Zone: zone}, p)
}

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tundish/adapters/foreign"
	"tundish/adapters/mapping"
	"tundish/cmd/tundish/app"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

func (c *cli) mapping() *cobra.Command {
	lint := &cobra.Command{
		Use:     "lint [FILE…]",
		Short:   c.t("Checks mappings against their WSDLs and prints all mistakes", "按 WSDL 检查映射文件并列出所有错误"),
		Long:    c.t("Checks mappings: the files named, or without FILE every mapping of the settings' folder.", "检查映射：指定的文件；不指定 FILE 时检查配置目录下的所有映射。"),
		Example: "  tundish mapping lint\n  tundish mapping lint config/mappings/hotline.yaml",
		RunE: func(_ *cobra.Command, files []string) error {
			var p lang.Problems
			if len(files) == 0 {
				folder := filepath.Join(filepath.Dir(c.configPath()), "mappings")
				found, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
				if err != nil {
					return err
				}
				files = slices.DeleteFunc(found, func(name string) bool { return strings.HasSuffix(name, "_test.yaml") })
				if len(files) == 0 {
					return core.Invalidf("no_mappings", "", "there are no mappings in %s", "%s 中没有映射", folder)
				}
			}
			for _, file := range files {
				m := c.loadMapping(file, &p)
				c.checkSchemaLine(file)
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
	return group("mapping", c.t("Mappings of foreign contracts", "外部接口映射"), lint, c.mappingTest(), c.mappingExplain(), c.mappingScaffold(), c.mappingDiff(), c.mappingPublish(), c.mappingHistory(), c.mappingRollback())
}

var schemaLine = regexp.MustCompile(`^# yaml-language-server: \$schema=(\S+/)?([a-z-]+\.json)\s`)

// checkSchemaLine says when the first line of a file sends editors to a schema that is not there, as that of
// a copied file does, and what leads to one.
func (c *cli) checkSchemaLine(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		return // which was said
	}
	m := schemaLine.FindSubmatch(data)
	if m == nil || strings.Contains(string(m[1]), "://") || fileExists(filepath.Join(filepath.Dir(file), string(m[1]), string(m[2]))) {
		return
	}
	up := ""
	for range 6 {
		up += "../"
		for _, folder := range []string{"schema/", "schema/json/"} {
			if fileExists(filepath.Join(filepath.Dir(file), up, folder, string(m[2]))) {
				fmt.Fprintf(c.err, c.t("%s:1: editors find no schema at %s%s; write\n# yaml-language-server: $schema=%s\n", "%s:1：编辑器在 %s%s 找不到 schema；请改为\n# yaml-language-server: $schema=%s\n"), file, m[1], m[2], up+folder+string(m[2]))
				return
			}
		}
	}
}

func (c *cli) mappingExplain() *cobra.Command {
	var operation, sample string
	cmd := &cobra.Command{
		Use:     "explain SYSTEM|FILE --sample FILE",
		Short:   c.t("Shows for a sample message how each field comes about", "用样例报文说明每个字段的由来"),
		Long:    c.t("Shows field by field what stood where in a sample message, by which line of the mapping, and what was made of it. The mapping is the one of a system, or a file.", "逐字段说明样例报文中的来源路径、原值、所用映射行及转换结果。可指定系统或映射文件。"),
		Example: "  tundish mapping explain hotline --sample message.xml\n  tundish mapping explain config/mappings/hotline.yaml --operation SubmitRepair --sample message.xml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var p lang.Problems
			m, err := c.mappingOf(args[0], &p)
			if err != nil {
				return err
			}
			if p.Len() > 0 {
				fmt.Fprintln(c.err, p.In(c.lang))
				return exitError(1)
			}
			r, err := sampleBody(sample)
			if err != nil {
				return err
			}
			if operation == "" {
				operation = called(m, r.Name())
			}
			if in, ok := m.Serve(operation); ok {
				return c.explainSample(in, r)
			}
			if pull := m.Pulls[operation]; pull != nil {
				return c.explainAnswer(pull, r)
			}
			return core.Invalidf("unknown_operation", "--operation", "the mapping serves no %q and pulls none; use one of %v", "映射没有操作或拉取 %q；可用 %v", operation, slices.Concat(m.File.Serve.Keys(), m.File.Pull.Keys()))
		},
	}
	cmd.Flags().StringVar(&operation, "operation", "", c.t("operation that the message calls, or pull that it answers; absent: the operation of the element in its Body", "报文所调用的操作，或报文所应答的拉取（pull）名称；不填则由 Body 中的元素判断操作"))
	cmd.Flags().StringVar(&sample, "sample", "", c.t("file with a message: a whole envelope or only what stands in its Body", "报文文件：完整信封或仅 Body 内容"))
	_ = cmd.MarkFlagRequired("sample")
	return c.jsonFlag(cmd)
}

// mappingOf is the mapping of a system of the settings, or the one in a file.
func (c *cli) mappingOf(name string, p *lang.Problems) (*mapping.Mapping, error) {
	if ext := filepath.Ext(name); ext == ".yaml" || ext == ".yml" {
		return c.loadMapping(name, p), nil
	}
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	if m := s.Mappings[name]; m != nil {
		return m, nil
	}
	return nil, core.Invalidf("no_mapping", "", "there is no system %q with a mapping; those are %v. A file ends with .yaml", "没有使用映射的系统 %q；现有 %v。文件名应以 .yaml 结尾", name, slices.Sorted(maps.Keys(s.Mappings)))
}

// called is the operation that an element in a Body asks for, its local name if there is none.
func called(m *mapping.Mapping, element xml.Name) string {
	if in, ok := m.Asked(element); ok {
		return in.Name
	}
	return element.Local
}

// sampleBody reads a message in a file up to the element in its Body.
func sampleBody(file string) (*xml.Reader, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return foreign.Body(data)
}

// loadMapping reads one file. What it names lies below this folder or, when the file does not,
// below its own.
// Code tables, the words of the house and a city's own reference systems are those of the settings, where
// there are any.
func (c *cli) loadMapping(file string, p *lang.Problems) *mapping.Mapping {
	zone, err := time.LoadLocation("Asia/Shanghai") // of a mapping that names none
	if err != nil {
		zone = time.UTC
	}
	root, name := ".", filepath.Clean(file)
	if !filepath.IsLocal(name) {
		root, name = filepath.Split(name)
	}
	around := mapping.Surroundings{Zone: zone}
	if settings := c.configPath(); fileExists(settings) {
		// Their own mistakes are for config check: what could be read is enough to know the names.
		s, _ := app.ReadSettings(settings, c.overrides()...)
		c.words = s.Words
		around = s.Around(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), zone)
	}
	return mapping.Load(os.DirFS(root), filepath.ToSlash(name), around, p)
}

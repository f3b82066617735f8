package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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
	return group("mapping", c.t("Mappings of foreign contracts", "外部接口映射"), lint, c.mappingTest(), c.mappingExplain(), c.mappingScaffold(), c.mappingDiff(), c.mappingPublish(), c.mappingHistory(), c.mappingRollback())
}

func (c *cli) mappingExplain() *cobra.Command {
	var operation, sample string
	cmd := &cobra.Command{
		Use:     "explain FILE --operation OP --sample FILE",
		Short:   c.t("Shows for a sample message how each field comes about", "用样例报文说明每个字段的由来"),
		Example: "  tundish mapping explain config/mappings/hotline.yaml --operation SubmitRepair --sample message.xml",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var p lang.Problems
			m := c.loadMapping(args[0], &p)
			if p.Len() > 0 {
				fmt.Fprintln(c.err, p.In(c.lang))
				return exitError(1)
			}
			in, ok := m.Serve(operation)
			if !ok {
				return core.Invalidf("unknown_operation", "--operation", "the mapping serves no %q; use one of %v", "映射未提供操作 %q；可用 %v", operation, m.File.Serve.Keys())
			}
			r, err := sampleBody(sample)
			if err != nil {
				return err
			}
			return c.explainSample(in, r)
		},
	}
	cmd.Flags().StringVar(&operation, "operation", "", c.t("operation that the message calls", "报文所调用的操作"))
	cmd.Flags().StringVar(&sample, "sample", "", c.t("file with a message: a whole envelope or only what stands in its Body", "报文文件：完整信封或仅 Body 内容"))
	_ = cmd.MarkFlagRequired("operation")
	_ = cmd.MarkFlagRequired("sample")
	return c.jsonFlag(cmd)
}

// explainSample prints a table for each order; refused ones make the answer no.
func (c *cli) explainSample(in *mapping.Inward, r *xml.Reader) error {
	type line struct {
		Order int      `json:"order"` // in the message, from 1
		Field string   `json:"field"`
		Paths []string `json:"paths"`
		Texts []string `json:"texts"`
		Value string   `json:"value"`
		Line  int      `json:"line"` // in the mapping
		Error string   `json:"error,omitempty"`
	}
	var lines []line
	var rows [][]string
	order, refused := 1, false
	told := func(t mapping.Trace) {
		l := line{Order: order, Field: t.Field, Paths: t.Paths, Texts: t.Texts, Value: t.Value, Line: t.Line}
		shown := l.Value
		if t.Err != nil {
			refused = true
			l.Error = c.t(t.Err.Message, t.Err.MessageZH)
			shown = "! " + l.Error
		}
		lines = append(lines, l)
		rows = append(rows, []string{strconv.Itoa(order), l.Field, strings.Join(l.Paths, " "), strings.Join(l.Texts, " | "), shown, strconv.Itoa(l.Line)})
	}
	if in.Encoded || mapping.Encoded(r) {
		plain, err := mapping.Decode(r)
		if err != nil {
			return err
		}
		r = xml.NewReaderBytes(plain, xml.Limits{})
		if _, err := r.Next(); err != nil {
			return err
		}
	}
	err := in.Explain(r, told, func(mapping.Item) error { order++; return nil })
	if err == nil {
		err = r.Finish()
	}
	if err != nil {
		return err
	}
	if err := c.show(lines, []string{"ORDER", "FIELD", "PATH", "TEXT", "VALUE", "LINE"}, rows); err != nil {
		return err
	}
	if refused {
		return exitError(1)
	}
	return nil
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
		around = s.Around(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), zone)
	}
	return mapping.Load(os.DirFS(root), filepath.ToSlash(name), around, p)
}

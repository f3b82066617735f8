package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tundish/adapters/mapping"
	"tundish/adapters/mapping/scaffold"
	"tundish/core"
	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

func (c *cli) mappingScaffold() *cobra.Command {
	var wsdl, service, port, name, out string
	var operations []string
	cmd := &cobra.Command{
		Use:   "scaffold --wsdl FILE|URL",
		Short: c.t("Writes a first mapping for a foreign WSDL, with guesses", "为外部 WSDL 生成映射初稿（含推测）"),
		Long: c.t(`Writes a first mapping for a foreign WSDL. Every operation and field is there; well-known names in
English, pinyin and Chinese are filled in and marked "guess", the rest is commented out with its type.
The mapping has no mistakes by "mapping lint"; whether the guesses are right only you can tell.
With --out the mapping is written to DIR/NAME.yaml and the WSDL, in one file with all it imports, to
DIR/NAME/NAME.wsdl; without, the mapping is printed.`,
			`为外部 WSDL 生成映射初稿。列出全部操作与字段；英文、拼音、中文常用名称已填写并标注 guess，其余连同类型注释掉。
生成的文件可通过 mapping lint；推测是否正确须人工核对。
加 --out 则写入 DIR/NAME.yaml，并将 WSDL 及其引入的文件合为 DIR/NAME/NAME.wsdl；否则输出到屏幕。`),
		Example: "  tundish mapping scaffold --wsdl HotlineService.wsdl --out config/mappings\n  tundish mapping scaffold --wsdl http://old.example/Hotline.asmx?wsdl --operation SubmitRepair",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			defs, err := openContract(cmd.Context(), wsdl)
			if err != nil {
				return err
			}
			for _, d := range defs.Doubts {
				fmt.Fprintln(c.err, c.t("doubtful: ", "存疑："), c.wording(d))
			}
			s, err := shape.New(defs, shape.Options{Service: service, Port: port})
			if err != nil {
				return core.Fail(core.Invalid, "unusable_contract", "", err.Error(), shape.Chinese(err))
			}
			for _, want := range operations {
				if _, ok := s.Operation(want); !ok {
					var known []string
					for _, op := range s.Operations {
						known = append(known, op.Name)
					}
					return core.Invalidf("unknown_operation", "--operation", "the contract has no operation %q; it has %s", "接口没有操作 %q；现有 %s", want, strings.Join(known, ", "))
				}
			}
			if name == "" {
				name = scaffold.NameOf(s.Name)
			}
			opt := scaffold.Options{Name: name, Operations: operations}
			if out != "" {
				opt.WSDL = path.Join(name, name+".wsdl")
				if fileExists(filepath.Join(out, "..", "schema", mapping.SchemaName)) { // a folder that config init wrote
					opt.Schema = path.Join("..", "schema", mapping.SchemaName)
				}
			} else if isLocal := filepath.IsLocal(wsdl); isLocal && !isAddress(wsdl) {
				opt.WSDL = filepath.ToSlash(filepath.Clean(wsdl))
			}
			text, sum, err := scaffold.Write(s, opt)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = c.out.Write(text)
			} else {
				err = writeScaffold(out, name, text, defs)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.err, c.t("%s: %d operations; guessed: %d that they call, %d to tell them, %d to fetch orders, %d fields. Check every line with \"guess\".\n", "%s：%d 个操作；推测：对方调用 %d 个，告知对方 %d 个，拉取 %d 个，字段 %d 个。请核对每个 guess 行。\n"), name, sum.Operations, sum.Served, sum.Called, sum.Pulled, sum.Fields)
			if out != "" {
				fmt.Fprintln(c.err, "tundish mapping lint", filepath.Join(out, name+".yaml"))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&wsdl, "wsdl", "", c.t("file or address of the WSDL", "WSDL 文件或网址"))
	cmd.Flags().StringVar(&service, "service", "", c.t("service of the WSDL, where there are several", "WSDL 中的服务；有多个时须指定"))
	cmd.Flags().StringVar(&port, "port", "", c.t("port of the service instead of the first that speaks SOAP 1.1", "服务的端口，默认取第一个 SOAP 1.1 端口"))
	cmd.Flags().StringSliceVar(&operations, "operation", nil, c.t("only this operation; may be repeated", "仅此操作；可重复"))
	cmd.Flags().StringVar(&name, "name", "", c.t("name of the mapping; default: made of the service's", "映射名称，默认由服务名得出"))
	cmd.Flags().StringVar(&out, "out", "", c.t("folder to write the mapping and a copy of the WSDL into", "写入映射与 WSDL 副本的目录"))
	_ = cmd.MarkFlagRequired("wsdl")
	return cmd
}

func isAddress(where string) bool {
	u, err := url.Parse(where)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// writeScaffold writes a mapping and its contract; what is there already stays as it is.
func writeScaffold(dir, name string, text []byte, defs *contract.Definitions) error {
	wsdl, err := defs.Merged().WSDL(contract.WriteOptions{Whole: true})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{filepath.Join(dir, name+".yaml"), text}, {filepath.Join(dir, name, name+".wsdl"), wsdl}} {
		file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return core.Fail(core.Conflict, "exists", f.name, "is there already; remove it, or give another --name or --out", "已存在；请删除，或换用其他 --name 或 --out")
		}
		if err != nil {
			return err
		}
		_, err = file.Write(f.data)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}

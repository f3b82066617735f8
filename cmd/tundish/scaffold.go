package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
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
	var operations, samples []string
	cmd := &cobra.Command{
		Use:   "scaffold --wsdl FILE|URL [--sample FILE|DIR…] | --sample FILE|DIR… --name NAME",
		Short: c.t("Writes a first mapping for a foreign WSDL or sample messages, with guesses", "为外部 WSDL 或样例报文生成映射初稿（含推测）"),
		Long: c.t(`Writes a first mapping for a foreign WSDL, sample messages, or both. Every operation and field is there; well-known names in
English, pinyin and Chinese are filled in and marked "guess", the rest is commented out with its type.
The mapping has no mistakes by "mapping lint"; whether the guesses are right only you can tell.
With --out the mapping is written to DIR/NAME.yaml and the WSDL, in one file with all it imports, to
DIR/NAME/NAME.wsdl; without, the mapping is printed.

Samples are requests and answers, whole envelopes or what stands in the Body. They show what a WSDL
does not: documents in strings, layouts of times, what an answer that means success looks like. Without a WSDL
they are all there is: XResponse is taken for the answer to X. No text of a sample goes into the mapping
but codes and what answers always say.`,
			`为外部 WSDL、样例报文或两者生成映射初稿。列出全部操作与字段；英文、拼音、中文常用名称已填写并标注 guess，其余连同类型注释掉。
生成的文件可通过 mapping lint；推测是否正确须人工核对。
加 --out 则写入 DIR/NAME.yaml，并将 WSDL 及其引入的文件合为 DIR/NAME/NAME.wsdl；否则输出到屏幕。

样例为请求与应答，完整信封或 Body 内容均可，可补充 WSDL 中没有的信息：字符串中的文档、时间格式、成功应答的样子。
没有 WSDL 时以样例为准：XResponse 视为 X 的应答。样例中的文本不会写入映射，代码及应答中的固定文字除外。`),
		Example: "  tundish mapping scaffold --wsdl HotlineService.wsdl --out config/mappings\n  tundish mapping scaffold --wsdl http://old.example/Hotline.asmx?wsdl --operation SubmitRepair\n  tundish mapping scaffold --wsdl HotlineService.wsdl --sample captured/\n  tundish mapping scaffold --sample submit.xml --sample answer.xml --name hotline",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			seen, err := c.readSamples(samples)
			if err != nil {
				return err
			}
			s, err := c.scaffolded(cmd.Context(), wsdl, service, port, name, seen)
			if err != nil {
				return err
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
			opt := scaffold.Options{Name: name, Operations: operations, Samples: seen}
			if out != "" {
				if wsdl != "" {
					opt.WSDL = path.Join(name, name+".wsdl")
				}
				if fileExists(filepath.Join(out, "..", "schema", mapping.SchemaName)) { // a folder that config init wrote
					opt.Schema = path.Join("..", "schema", mapping.SchemaName)
				}
			} else if filepath.IsLocal(wsdl) && !isAddress(wsdl) {
				opt.WSDL = filepath.ToSlash(filepath.Clean(wsdl))
			}
			text, sum, err := scaffold.Write(s, opt)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = c.out.Write(text)
			} else {
				var copied *contract.Definitions
				if wsdl != "" {
					copied = s.Defs
				}
				err = writeScaffold(out, name, text, copied)
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
	cmd.Flags().StringArrayVar(&samples, "sample", nil, c.t("file with a message, or a folder of such files (*.xml); may be repeated", "报文文件，或此类文件（*.xml）的目录；可重复"))
	return cmd
}

// scaffolded is the service that a mapping is written for: that of a WSDL, or what samples show.
func (c *cli) scaffolded(ctx context.Context, wsdl, service, port, name string, samples []*scaffold.Sample) (*shape.Service, error) {
	if wsdl == "" {
		if len(samples) == 0 {
			return nil, core.Fail(core.Invalid, "required", "--sample", "a mapping is made of a WSDL (--wsdl), of messages (--sample), or of both", "请给出 WSDL（--wsdl）、报文（--sample）或两者")
		}
		if name == "" {
			return nil, core.Fail(core.Invalid, "required", "--name", "samples do not say what the system is called; give a name such as --name hotline", "样例不含系统名称；请用 --name 指定，如 --name hotline")
		}
		return scaffold.Sampled(samples)
	}
	defs, err := openContract(ctx, wsdl)
	if err != nil {
		return nil, err
	}
	for _, d := range defs.Doubts {
		fmt.Fprintln(c.err, c.t("doubtful: ", "存疑："), c.wording(d))
	}
	s, err := shape.New(defs, shape.Options{Service: service, Port: port})
	if err != nil {
		return nil, core.Fail(core.Invalid, "unusable_contract", "", err.Error(), shape.Chinese(err))
	}
	for _, sample := range samples {
		if !slices.ContainsFunc(s.Operations, func(op *shape.Operation) bool { return belongs(op.Request, sample) || belongs(op.Response, sample) }) {
			fmt.Fprintf(c.err, c.t("<%s> of a sample is no element that the contract has in a Body; if it stands in a string, give the whole message\n", "样例的 <%s> 不是接口 Body 中的元素；若它在字符串之内，请给出完整报文\n"), sample.Name().Local)
		}
	}
	return s, nil
}

func belongs(n *shape.Node, s *scaffold.Sample) bool {
	return n != nil && n.Name.Local == s.Name().Local
}

// mostSample is how large a sample may be, in bytes.
const mostSample = 16 << 20

// readSamples reads files, and those of folders that end with .xml. Faults are left out.
func (c *cli) readSamples(files []string) ([]*scaffold.Sample, error) {
	var all []*scaffold.Sample
	for _, given := range files {
		names := []string{given}
		if info, err := os.Stat(given); err != nil {
			return nil, err
		} else if info.IsDir() {
			if names, err = filepath.Glob(filepath.Join(given, "*.xml")); err != nil || len(names) == 0 {
				return nil, core.Fail(core.NotFound, "no_samples", given, "there is no file in it whose name ends with .xml", "其中没有以 .xml 结尾的文件")
			}
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil {
				return nil, err
			} else if info.Size() > mostSample {
				return nil, core.Invalidf("too_large", name, "the sample has more than %d MB; a few orders suffice", "样例超过 %d MB；少量工单即可", mostSample>>20)
			}
			r, err := sampleBody(name)
			var s *scaffold.Sample
			if err == nil {
				s, err = scaffold.ReadSample(r)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if s.IsFault() {
				fmt.Fprintf(c.err, c.t("%s is a fault; it was left out\n", "%s 为 Fault，已略去\n"), name)
				continue
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func isAddress(where string) bool {
	u, err := url.Parse(where)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// writeScaffold writes a mapping and its contract, if there is one; what is there already stays as it is.
func writeScaffold(dir, name string, text []byte, defs *contract.Definitions) error {
	type file struct {
		name string
		data []byte
	}
	files, folder := []file{{filepath.Join(dir, name+".yaml"), text}}, dir
	if defs != nil {
		wsdl, err := defs.Merged().WSDL(contract.WriteOptions{Whole: true})
		if err != nil {
			return err
		}
		folder = filepath.Join(dir, name)
		files = append(files, file{filepath.Join(folder, name+".wsdl"), wsdl})
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range files {
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

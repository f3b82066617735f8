package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/billing"
	"tundish/wsdl/contract"
	"tundish/wsdl/gis"
	"tundish/wsdl/hotline"
	"tundish/wsdl/newconnection"
	"tundish/wsdl/shape"
)

//go:embed kit/README.md.tmpl
var kitReadme string

//go:embed kit/selftest.sh
var kitSelfTest string

// half is one of the two services of a contract, as it is served.
type half interface{ WSDL(soap12 bool) []byte }

// halves are the hub's service and that of the other side, by contract.
var halves = map[string][2]half{
	"hotline":       {&hotline.HotlineHubHandler{}, &hotline.HotlineSystemHandler{}},
	"billing":       {&billing.BillingHubHandler{}, &billing.BillingSystemHandler{}},
	"newconnection": {&newconnection.NewConnectionHubHandler{}, &newconnection.NewConnectionSystemHandler{}},
	"gis":           {&gis.GISHubHandler{}, &gis.GISSystemHandler{}},
}

func (c *cli) systemKit() *cobra.Command {
	var out, hub string
	cmd := &cobra.Command{
		Use:     "kit ID --out DIR",
		Short:   c.t("Writes what the other side needs to connect: contracts, samples, faults, a self-test", "生成对接资料：接口约定、样例、故障清单、自测脚本"),
		Example: "  tundish system kit hotline --hub https://hub.example --out hotline-kit",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := c.settings()
			if err != nil {
				return err
			}
			var ids []string
			for i := range s.Systems {
				sys := s.Systems[i]
				if ids = append(ids, sys.ID.V); sys.ID.V != args[0] {
					continue
				}
				if _, ok := halves[sys.Contract.V]; !ok {
					return core.Fail(core.Invalid, "no_kit", sys.ID.V, "it speaks its own contract, so it has nothing to learn of ours", "该系统使用自己的接口，无需我方对接资料")
				}
				k, err := newKit(s, &sys, strings.TrimSuffix(hub, "/"))
				if err != nil {
					return err
				}
				if err := k.write(out); err != nil {
					return err
				}
				fmt.Fprintf(c.out, c.t("%s: %d files\n", "%s：%d 个文件\n"), out, len(k.files))
				return nil
			}
			return core.Invalidf("unknown_system", "", "there is no system %q; there are %s", "没有系统 %q；现有 %s", args[0], strings.Join(ids, ", "))
		},
	}
	cmd.Flags().StringVar(&out, "out", "", c.t("folder to write into; it must not be there yet", "输出目录，须尚不存在"))
	cmd.Flags().StringVar(&hub, "hub", "http://127.0.0.1:8080", c.t("address under which the other side reaches the hub", "对方访问枢纽的地址"))
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

// kit is what is handed to the integrators of the other side.
type kit struct {
	files map[string][]byte

	// What the README says.
	ID, NameEN, NameZH, Hub, Theirs string
	Sides                           []kitSide
	Faults                          []kitFault
}

type kitSide struct {
	Folder     string // hub or system
	Operations []kitOperation
}

type kitOperation struct{ Name, EN, ZH string }

// kitFault is what an operation may be refused with.
type kitFault struct{ Operation, EN, ZH string }

func newKit(s *app.Settings, sys *config.System, hub string) (*kit, error) {
	k := &kit{files: map[string][]byte{}, ID: sys.ID.V, NameEN: sys.Name.In(lang.English), NameZH: sys.Name.In(lang.Chinese), Hub: hub + "/soap/" + sys.ID.V, Theirs: sys.URL.V}
	theirs := k.Theirs
	if theirs == "" {
		theirs = "http://your-system.invalid/"
	}
	for i, side := range []struct{ folder, address string }{{"hub", k.Hub}, {"system", theirs}} {
		wsdl, err := s.Contract(sys, halves[sys.Contract.V][i].WSDL)
		if err != nil {
			return nil, err
		}
		if err := k.side(wsdl, side.folder, side.address); err != nil {
			return nil, err
		}
	}
	var page strings.Builder
	if err := template.Must(template.New("README").Parse(kitReadme)).Execute(&page, k); err != nil {
		return nil, err
	}
	k.files["README.md"] = []byte(page.String())
	k.files["selftest.sh"] = []byte(kitSelfTest)
	return k, nil
}

// side adds one service: its contract in both versions of SOAP, and samples of each operation.
func (k *kit) side(wsdl func(soap12 bool) []byte, folder, address string) error {
	for name, soap12 := range map[string]bool{folder + ".wsdl": false, folder + "-soap12.wsdl": true} {
		k.files[name] = contract.WithAddress(wsdl(soap12), address)
	}
	defs, err := contract.LoadFunc(func(name string) ([]byte, error) {
		if data, ok := k.files[name]; ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}, folder+".wsdl")
	if err != nil {
		return err
	}
	s, err := shape.New(defs, shape.Options{})
	if err != nil {
		return err
	}
	side := kitSide{Folder: folder}
	for _, op := range s.Operations {
		side.Operations = append(side.Operations, kitOperation{op.Name, firstLine(op.Docs.In("en")), firstLine(op.Docs.In("zh"))})
		request, err := s.SampleRequest(op)
		if err != nil {
			return err
		}
		k.files[filepath.Join("samples", folder, op.Name+".request.xml")] = request
		if !op.OneWay {
			answer, err := s.SampleResponse(op)
			if err != nil {
				return err
			}
			k.files[filepath.Join("samples", folder, op.Name+".answer.xml")] = answer
		}
		for _, f := range op.Faults {
			sample, err := s.SampleFault(op, f)
			if err != nil {
				return err
			}
			k.files[filepath.Join("samples", folder, "fault.xml")] = sample
		}
	}
	for _, p := range defs.PortTypes {
		for _, op := range p.Operations {
			for _, f := range op.Faults {
				k.Faults = append(k.Faults, kitFault{op.Name, oneLine(f.Docs.In("en")), oneLine(f.Docs.In("zh"))})
			}
		}
	}
	k.Sides = append(k.Sides, side)
	return nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (k *kit) write(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return core.Fail(core.Conflict, "exists", dir, "is there already; remove it, or give another --out", "已存在；请删除，或换用其他 --out")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for name, data := range k.files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := os.WriteFile(file, data, mode); err != nil {
			return err
		}
	}
	return nil
}

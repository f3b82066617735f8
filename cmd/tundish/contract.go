package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tundish/core"
	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

// What the command says of a contract, as JSON.
type (
	contractSeen struct {
		Ports    []portSeen    `json:"ports"`
		Services []serviceSeen `json:"services"`
		Doubts   []string      `json:"doubts,omitempty"` // what was wrong but read over
	}
	portSeen struct {
		Service string `json:"service"`
		Port    string `json:"port"`
		Speaks  string `json:"speaks"` // SOAP 1.1, SOAP 1.2, or - for what is not spoken here
		Address string `json:"address,omitempty"`
	}
	serviceSeen struct {
		Service       string          `json:"service"`
		Port          string          `json:"port"`
		Speaks        string          `json:"speaks"`
		Documentation string          `json:"documentation,omitempty"`
		Operations    []operationSeen `json:"operations"`
	}
	operationSeen struct {
		Name          string     `json:"name"`
		Input         string     `json:"input,omitempty"` // tells operations of one name apart
		Style         string     `json:"style"`           // document or rpc, literal or encoded
		Action        string     `json:"soap_action"`
		OneWay        bool       `json:"one_way,omitempty"`
		Documentation string     `json:"documentation,omitempty"`
		Error         string     `json:"error,omitempty"` // why it cannot be used
		Request       *placeSeen `json:"request,omitempty"`
		Response      *placeSeen `json:"response,omitempty"`
		Headers       placesSeen `json:"headers,omitempty"`
		Faults        placesSeen `json:"faults,omitempty"`
		Samples       *sampled   `json:"samples,omitempty"`

		op  *shape.Operation
		svc *shape.Service
	}
	sampled struct {
		Request  string `json:"request"`
		Response string `json:"response,omitempty"`
	}
)

func (c *cli) systemContract() *cobra.Command {
	var service, port string
	var operations []string
	var sample bool
	cmd := &cobra.Command{
		Use:   "contract FILE|URL",
		Short: c.t("Shows what a foreign WSDL offers: services, operations, messages", "查看外部 WSDL：服务、操作、报文"),
		Long: c.t(`Shows what a foreign WSDL offers: its services and ports, the operations, and with
--operation the tree of each message in the order in which elements are sent.
Only this command and "mapping scaffold" read contracts from the network; a hub never does.`,
			`查看外部 WSDL 提供的服务、端口与操作；加 --operation 则按发送顺序显示报文的元素树。
只有本命令与 mapping scaffold 会从网络读取接口约定，枢纽运行时从不读取。`),
		Example: "  tundish system contract HotlineService.wsdl\n  tundish system contract http://old.example/Hotline.asmx?wsdl --operation SubmitRepair --sample",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			defs, err := openContract(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			seen, services, err := c.seeContract(defs, shape.Options{Service: service, Port: port})
			if err != nil {
				if len(seen.Ports) > 0 && !c.json {
					_ = c.printPorts(seen)
				}
				return err
			}
			if len(operations) > 0 {
				if err := c.seeOperations(seen, services, operations, sample); err != nil {
					return err
				}
			} else if sample {
				return core.Fail(core.Invalid, "operation_missing", "--sample", "name the operations with --operation", "请用 --operation 指定操作")
			}
			if c.json {
				return c.show(seen, nil, nil)
			}
			return c.printContract(seen, len(operations) > 0)
		},
	}
	cmd.Flags().StringVar(&service, "service", "", c.t("only this service", "仅此服务"))
	cmd.Flags().StringVar(&port, "port", "", c.t("this port instead of the first that speaks SOAP 1.1", "使用此端口，而非第一个 SOAP 1.1 端口"))
	cmd.Flags().StringSliceVar(&operations, "operation", nil, c.t("show the messages of this operation; may be repeated", "显示该操作的报文；可重复"))
	cmd.Flags().BoolVar(&sample, "sample", false, c.t("print sample messages of the operations", "输出操作的样例报文"))
	return c.jsonFlag(cmd)
}

// wording is an error in the language of whoever typed the command.
func (c *cli) wording(err error) string { return c.t(err.Error(), shape.Chinese(err)) }

// soapServices opens each service of a contract that speaks SOAP.
func soapServices(defs *contract.Definitions, opt shape.Options) ([]*shape.Service, error) {
	var names []string
	for _, p := range shape.Ports(defs) {
		if p.SOAP != contract.NotSOAP && (opt.Service == "" || p.Service == opt.Service) {
			if len(names) == 0 || names[len(names)-1] != p.Service {
				names = append(names, p.Service)
			}
		}
	}
	if len(names) == 0 || opt.Port != "" && len(names) > 1 {
		names = []string{opt.Service} // the refusal says what there is
	}
	var all []*shape.Service
	for _, name := range names {
		s, err := shape.New(defs, shape.Options{Service: name, Port: opt.Port})
		if err != nil {
			return nil, core.Fail(core.Invalid, "unusable_contract", "", err.Error(), shape.Chinese(err))
		}
		all = append(all, s)
	}
	return all, nil
}

func (c *cli) seeContract(defs *contract.Definitions, opt shape.Options) (*contractSeen, []*shape.Service, error) {
	seen := &contractSeen{Services: []serviceSeen{}}
	for _, p := range shape.Ports(defs) {
		seen.Ports = append(seen.Ports, portSeen{p.Service, p.Port, p.SOAP.String(), p.Address})
	}
	for _, d := range defs.Doubts {
		seen.Doubts = append(seen.Doubts, c.wording(d))
	}
	services, err := soapServices(defs, opt)
	if err != nil {
		return seen, nil, err
	}
	for _, s := range services {
		one := serviceSeen{Service: s.Name, Port: s.Port, Speaks: s.SOAP.String(), Documentation: c.docs(s.Docs)}
		for _, op := range s.Operations {
			o := operationSeen{Name: op.Name, Input: op.Overload, Style: op.Style + "/" + op.Use, Action: op.Action, OneWay: op.OneWay, Documentation: c.docs(op.Docs), op: op, svc: s}
			if op.Err != nil {
				o.Error = c.wording(op.Err)
			}
			one.Operations = append(one.Operations, o)
		}
		seen.Services = append(seen.Services, one)
	}
	return seen, services, nil
}

// docs is a documentation in the language of whoever typed the command, else in any.
func (c *cli) docs(d contract.Docs) string {
	text := d.In(string(c.lang)[:2])
	if text == "" && len(d) > 0 {
		text = d[0].Text
	}
	return text
}

// seeOperations keeps the named operations and adds their messages.
func (c *cli) seeOperations(seen *contractSeen, services []*shape.Service, names []string, sample bool) error {
	for _, name := range names {
		var known []string
		found := false
		for _, s := range services {
			for _, op := range s.Operations {
				known = append(known, op.Name)
				found = found || op.Name == name || op.Overload == name
			}
		}
		if !found {
			return core.Invalidf("unknown_operation", "--operation", "the contract has no operation %q; it has %s", "接口没有操作 %q；现有 %s", name, strings.Join(known, ", "))
		}
	}
	for i := range seen.Services {
		var kept []operationSeen
		for _, o := range seen.Services[i].Operations {
			if !containsAny(names, o.Name, o.Input) {
				continue
			}
			t := treeReader{c: c}
			o.Request, o.Response = t.root(o.op.Request), t.root(o.op.Response)
			o.Headers, o.Faults = t.roots(o.op.Headers), t.roots(o.op.Faults)
			if sample && o.op.Err == nil {
				request, err := o.svc.SampleRequest(o.op)
				if err != nil {
					return core.Fail(core.Invalid, "no_sample", o.Name, err.Error(), shape.Chinese(err))
				}
				o.Samples = &sampled{Request: string(request)}
				if !o.OneWay {
					response, err := o.svc.SampleResponse(o.op)
					if err != nil {
						return core.Fail(core.Invalid, "no_sample", o.Name, err.Error(), shape.Chinese(err))
					}
					o.Samples.Response = string(response)
				}
			}
			kept = append(kept, o)
		}
		seen.Services[i].Operations = kept
	}
	return nil
}

func containsAny(list []string, some ...string) bool {
	for _, x := range list {
		for _, s := range some {
			if x == s && s != "" {
				return true
			}
		}
	}
	return false
}

func (c *cli) printContract(seen *contractSeen, messages bool) error {
	for _, d := range seen.Doubts {
		fmt.Fprintln(c.err, c.t("doubtful: ", "存疑："), d)
	}
	if !messages {
		if err := c.printPorts(seen); err != nil {
			return err
		}
	}
	for _, s := range seen.Services {
		if messages {
			for i := range s.Operations {
				if err := c.printOperation(&s.Operations[i]); err != nil {
					return err
				}
			}
			continue
		}
		fmt.Fprintf(c.out, c.t("\n%s, port %s: %d operations\n", "\n%s，端口 %s：%d 个操作\n"), s.Service, s.Port, len(s.Operations))
		if s.Documentation != "" {
			fmt.Fprintln(c.out, s.Documentation)
		}
		var rows [][]string
		for _, o := range s.Operations {
			said := firstLine(o.Documentation)
			if o.Error != "" {
				said = "! " + o.Error
			}
			rows = append(rows, []string{o.Name, o.Style, strconv.Quote(o.Action), said})
		}
		if err := table(c.out, []string{"OPERATION", "STYLE", "SOAPACTION", "ABOUT"}, rows); err != nil {
			return err
		}
	}
	return nil
}

func (c *cli) printPorts(seen *contractSeen) error {
	var rows [][]string
	for _, p := range seen.Ports {
		rows = append(rows, []string{p.Service, p.Port, p.Speaks, p.Address})
	}
	return table(c.out, []string{"SERVICE", "PORT", "SPEAKS", "ADDRESS"}, rows)
}

func (c *cli) printOperation(o *operationSeen) error {
	fmt.Fprintf(c.out, "%s  %s  SOAPAction %q\n", o.Name, o.Style, o.Action)
	if o.Documentation != "" {
		fmt.Fprintln(c.out, o.Documentation)
	}
	if o.Error != "" {
		fmt.Fprintln(c.out, "!", o.Error)
	}
	for _, part := range []struct {
		title string
		trees placesSeen
	}{
		{c.t("request", "请求"), placesSeen{o.Request}}, {c.t("answer", "应答"), placesSeen{o.Response}},
		{c.t("headers of the request", "请求报文头"), o.Headers}, {c.t("faults", "故障"), o.Faults},
	} {
		var rows [][]string
		for _, tree := range part.trees {
			rows = tree.rows(rows, 0)
		}
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(c.out, "\n%s\n", part.title)
		if err := table(c.out, []string{"ELEMENT", "OCCURS", "TYPE", "RULES", "MEANING"}, rows); err != nil {
			return err
		}
	}
	if o.Samples != nil {
		fmt.Fprintf(c.out, c.t("\nsample of a request\n%s\n", "\n请求样例\n%s\n"), o.Samples.Request)
		if o.Samples.Response != "" {
			fmt.Fprintf(c.out, c.t("\nsample of an answer\n%s\n", "\n应答样例\n%s\n"), o.Samples.Response)
		}
	}
	_, err := fmt.Fprintln(c.out)
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

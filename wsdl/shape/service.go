package shape

import (
	"errors"
	"strings"

	"tundish/wsdl/contract"
	"tundish/wsdl/xml"
)

// Options choose among the services and ports of a contract.
type Options struct {
	Service string // local name; may be "" when the contract has one service that speaks SOAP
	Port    string // "" takes the first port of SOAP 1.1, else the first of 1.2
}

// Service is one port of a contract and what can be said there.
type Service struct {
	Name, Port string
	Pos        contract.Pos // of the port
	Docs       contract.Docs
	SOAP       contract.SOAPVersion
	Address    string // as written, "" when the contract has bindings but no service
	Operations []*Operation
	Defs       *contract.Definitions

	world *world
}

// Operation is one thing that can be asked for. Request and Response are the
// element in the body of the SOAP message; nil is an empty body.
type Operation struct {
	Name              string
	Pos               contract.Pos
	Docs              contract.Docs
	Action            string // SOAPAction
	Style, Use        string // document or rpc; literal or encoded
	Request, Response *Node
	Headers           []*Node // of the request, each under Envelope/Header
	ResponseHeaders   []*Node
	Faults            []*Node // inside the detail of a fault
	OneWay            bool    // there is no answer
	Overload          string  // name of the input when several operations share Name
	Err               error   // why it cannot be used; the trees may be missing then
}

// PortInfo is one port that a contract offers.
type PortInfo struct {
	Service, Port string
	Pos           contract.Pos
	SOAP          contract.SOAPVersion // NotSOAP: plain HTTP GET or POST, which is not spoken here
	Address       string
	Binding       xml.Name
}

// Ports lists every port of a contract, those that do not speak SOAP too. A
// contract with bindings but without a service offers each of them.
func Ports(defs *contract.Definitions) []PortInfo {
	var all []PortInfo
	for _, s := range defs.Services {
		for _, p := range s.Ports {
			info := PortInfo{Service: s.Name.Local, Port: p.Name, Pos: p.Pos, Address: p.Address, Binding: p.Binding}
			if b, ok := defs.Binding(p.Binding); ok {
				info.SOAP = b.SOAP
			}
			all = append(all, info)
		}
	}
	if len(defs.Services) == 0 {
		for _, b := range defs.Bindings {
			all = append(all, PortInfo{Service: b.PortType.Local, Port: b.Name.Local, Pos: b.Pos, SOAP: b.SOAP, Binding: b.Name})
		}
	}
	return all
}

// New chooses a port of a contract and reads its operations. It refuses a
// contract without a port that speaks SOAP and one where the choice is not
// clear; operations that cannot be used have their Err.
func New(defs *contract.Definitions, opt Options) (*Service, error) {
	port, err := choose(defs, opt)
	if err != nil {
		return nil, err
	}
	b, ok := defs.Binding(port.Binding)
	if !ok {
		return nil, say("binding %s of port %s is not declared; correct the name or add the file that declares it", "端口 %[2]s 的绑定 %[1]s 未声明；请更正名称或补充声明它的文件", port.Binding, port.Port).at(port.Pos)
	}
	pt, ok := defs.PortType(b.PortType)
	if !ok {
		return nil, say("portType %s of binding %s is not declared; correct the name or add the file that declares it", "绑定 %[2]s 的 portType %[1]s 未声明；请更正名称或补充声明它的文件", b.PortType, b.Name.Local).at(b.Pos)
	}
	s := &Service{Name: port.Service, Port: port.Port, Pos: port.Pos, SOAP: b.SOAP, Address: port.Address, Defs: defs, world: newWorld(defs)}
	if svc, ok := defs.Service(port.Service); ok {
		s.Docs = svc.Docs
	}
	if len(s.Docs) == 0 {
		s.Docs = pt.Docs
	}
	names := map[string]int{}
	for _, bop := range b.Operations {
		names[bop.Name]++
	}
	taken := map[*contract.Operation]bool{}
	for _, bop := range b.Operations {
		op := s.operation(b, bop, abstract(pt, bop, taken))
		if names[bop.Name] > 1 && bop.Input != nil {
			op.Overload = bop.Input.Name
		}
		s.Operations = append(s.Operations, op)
	}
	return s, nil
}

// choose finds the port that the options mean.
func choose(defs *contract.Definitions, opt Options) (PortInfo, error) {
	all := Ports(defs)
	if len(all) == 0 {
		for _, u := range defs.Unread {
			return PortInfo{}, say("the contract has no service and no binding here, and %s, which may hold them, cannot be read: %v", "合同中既无 service 也无 binding，而可能包含它们的 %s 无法读取：%v", u.Location, u.Err).at(u.Pos)
		}
		return PortInfo{}, say("the contract has no service and no binding, so it does not say how messages are sent; use the WSDL that holds them, or describe messages by samples",
			"合同中既无 service 也无 binding，未说明报文如何收发；请使用包含它们的 WSDL，或改用样例报文").at(defs.Pos)
	}
	var services, ports []string
	var found []PortInfo
	for _, p := range all {
		if opt.Service != "" && p.Service != opt.Service {
			services = add(services, p.Service)
			continue
		}
		ports = append(ports, p.Port)
		if opt.Port != "" && p.Port != opt.Port {
			continue
		}
		found = append(found, p)
	}
	switch {
	case len(ports) == 0:
		return PortInfo{}, say("there is no service %s%v", "没有服务 %s%v", opt.Service, offer(opt.Service, services)).at(defs.Pos)
	case len(found) == 0:
		return PortInfo{}, say("there is no port %s%v", "没有端口 %s%v", opt.Port, offer(opt.Port, ports)).at(defs.Pos)
	}
	var best *PortInfo
	services = nil
	for i, p := range found {
		if p.SOAP == contract.NotSOAP {
			continue
		}
		services = add(services, p.Service)
		if best == nil || p.SOAP < best.SOAP {
			best = &found[i]
		}
	}
	switch {
	case best == nil:
		return PortInfo{}, say("no port speaks SOAP (only %s); plain HTTP GET and POST are not spoken here", "没有 SOAP 端口（只有 %s）；此处不支持普通 HTTP GET 与 POST", strings.Join(ports, ", ")).at(found[0].Pos)
	case len(services) > 1:
		return PortInfo{}, say("there are several services: %s; name one", "有多个服务：%s；请指定其一", strings.Join(services, ", ")).at(defs.Pos)
	}
	return *best, nil
}

func add(list []string, s string) []string {
	for _, known := range list {
		if known == s {
			return list
		}
	}
	return append(list, s)
}

// abstract finds the operation of the port type that a binding means:
// overloaded ones share their name and differ by that of their input.
func abstract(pt *contract.PortType, bop *contract.BindingOperation, taken map[*contract.Operation]bool) *contract.Operation {
	var first *contract.Operation
	for _, op := range pt.Operations {
		if op.Name != bop.Name || taken[op] {
			continue
		}
		if first == nil {
			first = op
		}
		if bop.Input != nil && op.Input != nil && bop.Input.Name != "" && bop.Input.Name == op.Input.Name {
			first = op
			break
		}
	}
	if first != nil {
		taken[first] = true
	}
	return first
}

// Operation finds an operation by its name, or one of several of that name by
// that of its input.
func (s *Service) Operation(name string) (*Operation, bool) {
	for _, op := range s.Operations {
		if op.Name == name {
			return op, true
		}
	}
	for _, op := range s.Operations {
		if op.Overload == name && name != "" {
			return op, true
		}
	}
	return nil, false
}

// Element is the tree of a top-level element of the contract's schemas: of a
// payload that goes through xs:any, of a document inside a string.
func (s *Service) Element(n xml.Name) (*Node, bool) { return s.world.topElement(n) }

func (w *world) topElement(n xml.Name) (*Node, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, ok := w.defs.Element(n)
	if !ok {
		return nil, false
	}
	node, err := w.element(e)
	return node, err == nil
}

// Element is the tree of a top-level element of a contract that need not have
// services: a schema alone will do.
func Element(defs *contract.Definitions, n xml.Name) (*Node, bool) {
	return newWorld(defs).topElement(n)
}

func (s *Service) operation(b *contract.Binding, bop *contract.BindingOperation, aop *contract.Operation) *Operation {
	op := &Operation{Name: bop.Name, Pos: bop.Pos, Docs: bop.Docs, Action: bop.Action, Style: bop.Style, Use: "literal"}
	if op.Style == "" {
		op.Style = b.Style
	}
	if op.Style == "" {
		op.Style = "document"
	}
	if aop == nil {
		op.Err = say("operation %s is bound but not in portType %s; correct the name", "操作 %s 已绑定但不在 portType %s 中；请更正名称", bop.Name, b.PortType.Local).at(bop.Pos)
		return op
	}
	if len(op.Docs) == 0 {
		op.Docs = aop.Docs
	}
	if bop.Input != nil && bop.Input.Use != "" {
		op.Use = bop.Input.Use
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	var err error
	op.Request, err = w.body(op, aop.Input, bop.Input, bop.Name, b)
	note(err)
	op.Headers, err = w.headers(bop.Input)
	note(err)
	if op.OneWay = aop.Output == nil; !op.OneWay {
		op.Response, err = w.body(op, aop.Output, bop.Output, bop.Name+"Response", b)
		note(err)
		op.ResponseHeaders, err = w.headers(bop.Output)
		note(err)
	}
	for _, f := range aop.Faults {
		nodes, err := w.fault(f)
		note(err)
		op.Faults = append(op.Faults, nodes...)
	}
	if errs == nil {
		seen := map[*content]bool{}
		for _, n := range op.trees() {
			note(w.broken(n, seen))
		}
	}
	op.Err = errors.Join(errs...)
	return op
}

// trees are all trees of an operation.
func (op *Operation) trees() []*Node {
	all := append([]*Node{}, op.Headers...)
	all = append(all, op.ResponseHeaders...)
	all = append(all, op.Faults...)
	for _, n := range []*Node{op.Request, op.Response} {
		if n != nil {
			all = append(all, n)
		}
	}
	return all
}

// broken finds what is wrong anywhere below a node.
func (w *world) broken(n *Node, seen map[*content]bool) error {
	if n.Array != nil {
		return w.broken(n.Array.Item, seen)
	}
	c := n.given
	if t, ok := n.typ.(*contract.ComplexType); ok && c == nil {
		c = w.content(t)
	}
	if c == nil || seen[c] {
		return nil
	}
	seen[c] = true
	errs := c.errs
	for _, child := range c.children {
		if err := w.broken(child, seen); err != nil {
			errs = append(errs[:len(errs):len(errs)], err)
		}
	}
	return errors.Join(errs...)
}

func (w *world) message(n xml.Name, at contract.Pos) (*contract.Message, error) {
	m, ok := w.defs.Message(n)
	if !ok {
		return nil, say("message %s is not declared; correct the name or add the file that declares it", "未声明消息 %s；请更正名称或补充声明它的文件", n).at(at)
	}
	return m, nil
}

// body makes the element inside the SOAP body of a message.
func (w *world) body(op *Operation, io *contract.IO, bound *contract.BindingBody, wrapper string, b *contract.Binding) (*Node, error) {
	if io == nil {
		return nil, nil
	}
	m, err := w.message(io.Message, io.Pos)
	if err != nil {
		return nil, err
	}
	if bound == nil {
		bound = &contract.BindingBody{}
	}
	var parts []contract.Part
	for _, p := range m.Parts {
		if bodyPart(m, p, bound) {
			parts = append(parts, p)
		}
	}
	if op.Style == "rpc" {
		n := &Node{Name: xml.Name{Space: bound.Namespace, Local: wrapper}, Pos: m.Pos, Docs: m.Docs, Min: 1, Max: 1, world: w}
		n.given = &content{group: &Group{Kind: contract.Sequence, Min: 1, Max: 1}}
		var errs []error
		for _, p := range parts {
			child, err := w.part(p)
			if err != nil {
				errs = append(errs, err)
			}
			n.given.children = append(n.given.children, child)
			n.given.group.Parts = append(n.given.group.Parts, Part{Node: child})
		}
		return n, errors.Join(errs...)
	}
	switch {
	case len(parts) == 0:
		return nil, nil
	case len(parts) > 1:
		return nil, say("message %s puts %d parts into the body; a document message has one: name it in the parts of soap:body, or use style rpc",
			"消息 %s 在报文体中放了 %d 个 part；文档式报文只能有一个：请在 soap:body 的 parts 中指定，或改用 rpc", m.Name.Local, len(parts)).at(m.Pos)
	}
	// A part with a type, which a document message should not have, is an element
	// of the part's name for the stacks that take it at all.
	return w.part(parts[0])
}

// bodyPart tells whether a part goes into the body: those that soap:body
// names, or all that are not a header.
func bodyPart(m *contract.Message, p contract.Part, bound *contract.BindingBody) bool {
	if bound.Parts != "" {
		return contains(strings.Fields(bound.Parts), p.Name)
	}
	for _, h := range bound.Headers {
		if h.Message == m.Name && h.Part == p.Name {
			return false
		}
	}
	return true
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// part makes the node of a message part: a top-level element, or in rpc an
// unqualified element of the part's name.
func (w *world) part(p contract.Part) (*Node, error) {
	if p.Element.Local != "" {
		e, ok := w.defs.Element(p.Element)
		if !ok {
			n := &Node{Name: p.Element, Pos: p.Pos, Min: 1, Max: 1, Any: true, world: w}
			if opaque(p.Element) {
				n.Mixed, n.AnyAttribute = true, true
				return n, nil
			}
			return n, say("element %s of part %s is not declared; %v", "part %[2]s 的元素 %[1]s 未声明；%[3]v", p.Element, p.Name, w.where(p.Element.Space)).at(p.Pos)
		}
		n, err := w.element(e)
		return n, err
	}
	n := &Node{Name: xml.Name{Local: p.Name}, Pos: p.Pos, Docs: p.Docs, Min: 1, Max: 1, world: w}
	return n, w.typed(n, p.Type, nil)
}

func (w *world) headers(bound *contract.BindingBody) ([]*Node, error) {
	if bound == nil {
		return nil, nil
	}
	var nodes []*Node
	var errs []error
	for _, h := range bound.Headers {
		m, err := w.message(h.Message, h.Pos)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found := false
		for _, p := range m.Parts {
			if p.Name == h.Part || h.Part == "" {
				n, err := w.part(p)
				n.Min, found = 0, true
				nodes = append(nodes, n)
				errs = append(errs, err)
				break
			}
		}
		if !found {
			errs = append(errs, say("message %s has no part %s for the header; correct the name", "消息 %s 没有报文头所指的 part %s；请更正名称", m.Name.Local, h.Part).at(h.Pos))
		}
	}
	return nodes, errors.Join(errs...)
}

func (w *world) fault(f *contract.IO) ([]*Node, error) {
	m, err := w.message(f.Message, f.Pos)
	if err != nil {
		return nil, err
	}
	var nodes []*Node
	var errs []error
	for _, p := range m.Parts {
		n, err := w.part(p)
		nodes, errs = append(nodes, n), append(errs, err)
	}
	return nodes, errors.Join(errs...)
}

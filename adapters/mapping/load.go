package mapping

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/contract"
	"tundish/wsdl/shape"
)

// Mapping is a mapping file, checked and ready for use. It is safe for concurrent use.
type Mapping struct {
	Name    string
	File    *File
	Service *shape.Service                  // nil without a WSDL
	Served  *shape.Service                  // what they call on us; Service where the file does not tell them apart
	Calls   map[core.WriteBackKind]*Outward // what they are told
	Ask     *Outward                        // what became of a message; nil where they cannot be asked
	Pulls   map[string]*Pulling             // by name
	Locates []*Locating                     // in the order to try them
	Sheets  map[string]*Sheet               // files of rows, by name
	Tables  map[string]*Table               // by name
	// Documents are the WSDL of what they call on us and what it leads to, as they are kept.
	Documents *Documents         // nil without a WSDL
	serves    map[string]*Inward // by operation
}

// Serve is what an operation of theirs means to us.
func (m *Mapping) Serve(operation string) (*Inward, bool) {
	in, ok := m.serves[operation]
	return in, ok
}

// Lists are the names that jobs may call their operation.
func (m *Mapping) Lists() []string {
	names := slices.Concat(slices.Collect(maps.Keys(m.Pulls)), slices.Collect(maps.Keys(m.Sheets)))
	for name, t := range m.Tables {
		if t.Rows != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// occasions are what a call may be about.
var occasions = []string{string(core.TellStatus), string(core.TellResult), string(core.TellReturned), string(core.TellExtension),
	string(core.TellPoint), string(core.TellScrapped), string(core.TellCustomer)}

var (
	otherName   = lang.NewMessage("name", "the mapping is called %q, but its file %q", "映射名为 %q，而文件名为 %q")
	noWSDL      = lang.NewMessage("wsdl", "the WSDL cannot be used: %v", "WSDL 无法使用：%v")
	noOccasion  = lang.NewMessage("unknown-occasion", "nobody is told %q", "没有场合 %q")
	brokenCall  = lang.NewMessage("unknown-operation", "the operation %q cannot be used: %v", "操作 %q 无法使用：%v")
	nothingRead = lang.NewMessage("required", "does: %s needs an order", "does: %s 须填写 order")
	noDone      = lang.NewMessage("required", "ask needs an answer with done: which answers mean that it took effect", "ask 须有 answer 与 done：说明哪些应答表示已生效")
	noIdentity  = lang.NewMessage("required", "an order needs %q", "工单须有 %q")
)

// said is an error in both languages.
type said struct{ error }

// In is the error in a language.
func (s said) In(l lang.Lang) string {
	if l == lang.Chinese {
		return shape.Chinese(s.error)
	}
	return s.Error()
}

// Load reads the mapping in the file name of fsys, with the WSDL that it names, and compiles
// everything. All mistakes go into p; with any, the Mapping is not to be used.
func Load(fsys fs.FS, name string, around Surroundings, p *lang.Problems) *Mapping {
	m := &Mapping{File: &File{}, Calls: map[core.WriteBackKind]*Outward{}, Pulls: map[string]*Pulling{}, Sheets: map[string]*Sheet{}, Tables: map[string]*Table{}, serves: map[string]*Inward{}}
	f := m.File
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		p.At(lang.Place(path.Join(around.Folder, name)), unreadable, err)
		return m
	}
	lang.Decode(p, path.Join(around.Folder, name), data, f)
	m.Name, around.file = f.Mapping.V, f.Mapping.V
	if base := strings.TrimSuffix(path.Base(name), path.Ext(name)); m.Name != "" && m.Name != base && !around.AnyName {
		p.At(f.Mapping.At, otherName, m.Name, path.Base(name))
	}
	if f.Zone.V != "" {
		if zone := zoneNamed(f.Zone, p); zone != nil {
			around.Zone = zone
		}
	}
	if f.WSDL.V != "" {
		if m.Service, m.Documents = load(fsys, path.Dir(name), &Contracted{WSDL: f.WSDL, Service: f.Service, Port: f.Port}, p); m.Service == nil {
			return m // every path would be wrong
		}
	}
	m.Served = m.Service
	if f.Served != nil && f.Served.WSDL.V != "" {
		if m.Served, m.Documents = load(fsys, path.Dir(name), f.Served, p); m.Served == nil {
			return m
		}
	}
	if len(f.Header) > 0 {
		c := &compiler{around: around, p: p, at: f.Header[0].At}
		around.header = c.header(f.Header, headers(m.Service))
	}
	for i := range f.Call {
		e := &f.Call[i]
		if e.V.At.IsZero() { // it could not be read, which was said
			continue
		}
		if !slices.Contains(occasions, e.Key) {
			p.At(e.At, noOccasion, e.Key).Expected(occasions...).Near(e.Key, occasions)
			continue
		}
		m.Calls[core.WriteBackKind(e.Key)] = told(&e.V, m.Service, around, p)
	}
	if f.Ask != nil {
		m.Ask = Compile(f.Ask, m.Service, around, p)
		switch a := f.Ask.Answer; {
		case a == nil || len(a.Done) == 0:
			p.At(f.Ask.At, noDone)
		case a.Otherwise == "":
			m.Ask.judge.otherwise = core.UnknownOutcome // an answer that nobody understands is no reason to send anything twice
		}
	}
	for i := range f.Pull {
		if e := &f.Pull[i]; !e.V.At.IsZero() {
			m.Pulls[e.Key] = m.pull(e, around, p)
		}
	}
	for i := range f.Locate {
		if e := &f.Locate[i]; !e.V.At.IsZero() {
			m.Locates = append(m.Locates, m.locate(e, around, p))
		}
	}
	m.staging(around, p)
	for i := range f.Serve {
		e := &f.Serve[i]
		if !e.V.At.IsZero() {
			m.serves[e.Key] = m.serve(e, around, p)
		}
	}
	return m
}

var unreadable = lang.NewMessage("unreadable", "the file cannot be read: %v", "文件无法读取：%v")

// load reads a WSDL, whose path is relative to the folder of the mapping.
func load(fsys fs.FS, folder string, f *Contracted, p *lang.Problems) (*shape.Service, *Documents) {
	name := path.Join(folder, f.WSDL.V)
	if !fs.ValidPath(name) {
		p.At(f.WSDL.At, noWSDL, fs.ErrInvalid)
		return nil, nil
	}
	docs := &Documents{root: name, texts: map[string][]byte{}}
	defs, err := contract.LoadFunc(func(name string) ([]byte, error) {
		data, err := fs.ReadFile(fsys, name)
		if err == nil {
			docs.texts[name] = data
		}
		return data, err
	}, name)
	if err != nil {
		p.At(f.WSDL.At, noWSDL, err)
		return nil, nil
	}
	service, err := shape.New(defs, shape.Options{Service: f.Service.V, Port: f.Port.V})
	if err != nil {
		p.At(f.WSDL.At, noWSDL, said{err})
		return nil, nil
	}
	return service, docs
}

// serve compiles one operation. The contract's part of it is nil where there is no WSDL.
func (m *Mapping) serve(e *lang.Entry[Serve], around Surroundings, p *lang.Problems) *Inward {
	s := &e.V
	in := &Inward{Name: e.Key, Does: s.Does.V, Many: s.Each.V != "", around: around, mapping: m.Name}
	in.Request.Local = e.Key
	var op *shape.Operation
	if m.Served != nil {
		var ok bool
		if op, ok = m.Served.Operation(e.Key); !ok {
			names := make([]string, len(m.Served.Operations))
			for i, op := range m.Served.Operations {
				names[i] = op.Name
			}
			p.At(e.At, noOperation, e.Key).Expected(names...).Near(e.Key, names)
			return in
		}
		if op.Err != nil {
			p.At(e.At, brokenCall, e.Key, said{op.Err})
			return in
		}
	}
	c := &reading{in: in, file: m.File, around: around, p: p}
	if op != nil {
		c.body = op.Request
		in.Contract = Contract{Action: op.Action, Request: op.Request.Name, Encoded: op.Use == "encoded"}
		if op.Response != nil {
			in.Response = op.Response.Name
		}
	}
	c.compile(s)
	in.Many = in.Many && !once(in, op)
	if s.Answer != nil {
		var response *shape.Node
		encoded := false
		if op != nil {
			response, encoded = op.Response, op.Use == "encoded"
		}
		reply := func(entries lang.Map[Output]) *Outward {
			if len(entries) == 0 {
				return nil
			}
			c := &compiler{around: around, p: p, at: s.Answer.OK[0].At, encoded: encoded, answers: true}
			return &Outward{Name: e.Key, program: c.body(entries, response), around: around}
		}
		if len(s.Answer.OK) > 0 {
			in.OK, in.Known, in.Refused = reply(s.Answer.OK), reply(s.Answer.Known), reply(s.Answer.Refused)
		}
		if in.Known == nil {
			in.Known = in.OK
		}
		if in.OK != nil && op == nil {
			in.Response = in.OK.Root()
		}
	}
	return in
}

// once tells that the contract has the element that is one order no more than once in a message.
func once(in *Inward, op *shape.Operation) bool {
	if op == nil || len(in.docs) > 0 || in.each == nil {
		return false
	}
	at := op.Request
	for _, s := range in.each[1:] {
		var err error
		if at, err = at.Find([]string{s.local}); err != nil || at.Max != 1 {
			return false
		}
	}
	return true
}

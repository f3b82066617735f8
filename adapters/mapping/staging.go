package mapping

import (
	"path"
	"slices"
	"strings"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// Rows makes orders of the rows of files and tables: a row is an element whose children are its
// columns. It is safe for concurrent use.
type Rows struct{ in *Inward }

// Columns are those that an order is made of.
func (r *Rows) Columns() []string {
	var names []string
	for _, k := range r.in.top.kids {
		if (k.slot >= 0 || len(k.kids) > 0) && k.step.local != "*" && !slices.Contains(names, k.step.local) {
			names = append(names, k.step.local)
		}
	}
	return names
}

// Read makes an order of a row.
func (r *Rows) Read(row []byte) (it Item, err error) {
	reader := xml.NewReaderBytes(row, xml.Limits{})
	if _, err := reader.Next(); err != nil {
		return Item{}, err
	}
	err = r.in.one(reader, func(one Item) error {
		it = one
		return nil
	}, nil)()
	return it, err
}

// Sheet is an entry of files, ready for use.
type Sheet struct {
	Name string
	*Sheets
	Rows *Rows
}

// Separates is what stands between columns.
func (s *Sheet) Separates() rune {
	for _, r := range s.Separator {
		return r
	}
	return ','
}

// Table is an entry of tables, ready for use.
type Table struct {
	Name string
	*Staging
	Rows  *Rows // nil: nothing is read
	Tells map[core.WriteBackKind]*Statement
}

// Statement is a statement that tells a system something, ready for use.
type Statement struct {
	Text   string
	params []parameter
	around Surroundings
}

type parameter struct {
	name   string
	source *source
}

// Bound is a value of a statement; without Is it has none.
type Bound struct {
	Name, Text string
	Is         bool
}

// Values are those of the statement. An error is a value that is missing: nothing must be told then.
func (t *Statement) Values(v *Values) ([]Bound, error) {
	s := &scope{Values: v, zone: t.around.Zone}
	all := make([]Bound, len(t.params))
	for i, p := range t.params {
		text, is := p.source.text(s)
		all[i] = Bound{Name: p.name, Text: text, Is: is}
	}
	return all, s.err
}

var (
	twoLists      = lang.NewMessage("twice", "%q is the name of another list already", "名称 %q 已用于其他列表")
	badPattern    = lang.NewMessage("pattern", "%q is no pattern of file names", "%q 不是有效的文件名模式")
	badSeparator  = lang.NewMessage("not-allowed", "%q cannot stand between columns", "%q 不能作为列分隔符")
	oneDSN        = lang.NewMessage("required", "give one of dsn_file and dsn_env", "dsn_file 与 dsn_env 须且只能填一个")
	needKey       = lang.NewMessage("required", "a select needs its key and an order", "select 须同时填写 key 与 order")
	idleKey       = lang.NewMessage("required", "%s counts only with a select", "只有填写 select 时 %s 才有效")
	nothingStaged = lang.NewMessage("required", "the table neither is read (select) nor tells anything (tell)", "既未读取（select）也未告知（tell）")
	unknownParam  = lang.NewMessage("unknown-parameter", "the statement has no value for @%s", "语句中的 @%s 没有对应的值")
	missingParam  = lang.NewMessage("required", "the statement must use @%s", "语句须使用 @%s")
	stagedSecret  = lang.NewMessage("not-allowed", "a statement takes no secret: its values are kept and shown with the message; who may write to the table the DSN says", "语句不能使用 secret：其值会随报文保存并显示；访问权限由连接串决定")
	stagedWhole   = lang.NewMessage("not-allowed", "a value of a statement is a single one: neither document nor fields", "语句的值须为单个值，不能是 document 或 fields")
	toldTwice     = lang.NewMessage("twice", "%q is told elsewhere already", "%q 已在别处告知")
)

// staging compiles files and tables.
func (m *Mapping) staging(around Surroundings, p *lang.Problems) {
	for i := range m.File.Files {
		e := &m.File.Files[i]
		if e.V.At.IsZero() { // it could not be read, which was said
			continue
		}
		if m.Pulls[e.Key] != nil {
			p.At(e.At, twoLists, e.Key)
		}
		f := &e.V
		if _, err := path.Match(f.Pattern.V, "x"); err != nil || strings.ContainsAny(f.Pattern.V, `/\`) || f.Pattern.V == "" {
			p.At(f.Pattern.At, badPattern, f.Pattern.V)
		}
		if strings.ContainsAny(f.Separator, "\"\r\n\ufffd") {
			p.At(f.At, badSeparator, f.Separator)
		}
		m.Sheets[e.Key] = &Sheet{Name: e.Key, Sheets: f, Rows: m.ordersOf(f.At, e.Key, f.Order, f.Volatile, around, p)}
	}
	told := map[string]bool{}
	for i := range m.File.Tables {
		e := &m.File.Tables[i]
		if e.V.At.IsZero() {
			continue
		}
		if m.Pulls[e.Key] != nil || m.Sheets[e.Key] != nil {
			p.At(e.At, twoLists, e.Key)
		}
		m.Tables[e.Key] = m.table(e, told, around, p)
	}
}

func (m *Mapping) ordersOf(at lang.Pos, name string, order lang.Map[Input], volatile []lang.Value[string], around Surroundings, p *lang.Problems) *Rows {
	in := &Inward{Name: name, Does: "submit", around: around, mapping: m.Name}
	c := &reading{in: in, file: m.File, around: around, p: p}
	c.compile(&Serve{At: at, Does: lang.Value[string]{V: "submit", At: at}, Order: order, Volatile: volatile})
	return &Rows{in}
}

func (m *Mapping) table(e *lang.Entry[Staging], told map[string]bool, around Surroundings, p *lang.Problems) *Table {
	f := &e.V
	t := &Table{Name: e.Key, Staging: f, Tells: map[core.WriteBackKind]*Statement{}}
	if (f.DSNFile.V == "") == (f.DSNEnv.V == "") {
		p.At(f.At, oneDSN)
	}
	if f.Select.V == "" {
		if len(f.Tell) == 0 {
			p.At(f.At, nothingStaged)
		}
		for name, v := range map[string]lang.Value[string]{"done": f.Done, "refused": f.Refused} {
			if v.V != "" {
				p.At(v.At, idleKey, name)
			}
		}
	} else if len(f.Key) == 0 || len(f.Order) == 0 {
		p.At(f.Select.At, needKey)
	} else {
		t.Rows = m.ordersOf(f.At, e.Key, f.Order, f.Volatile, around, p)
		needs := append(f.Afters(), "limit")
		checkParams(f.Select, needs, append(slices.Clone(needs), "from", "to"), p)
	}
	for i := range f.Tell {
		one := &f.Tell[i]
		if one.V.At.IsZero() {
			continue
		}
		if !slices.Contains(occasions, one.Key) {
			p.At(one.At, noOccasion, one.Key).Expected(occasions...).Near(one.Key, occasions)
			continue
		}
		if told[one.Key] || m.Calls[core.WriteBackKind(one.Key)] != nil {
			p.At(one.At, toldTwice, one.Key)
		}
		told[one.Key] = true
		t.Tells[core.WriteBackKind(one.Key)] = telling(&one.V, around, p)
	}
	return t
}

// Afters are what select calls the key of the row before a page.
func (f *Staging) Afters() []string {
	if len(f.Key) == 1 {
		return []string{"after"}
	}
	var names []string
	for _, k := range f.Key {
		names = append(names, "after_"+k.V)
	}
	return names
}

func telling(f *Telling, around Surroundings, p *lang.Problems) *Statement {
	t := &Statement{Text: f.Statement.V, around: around}
	c := &compiler{around: around, p: p, at: f.At, staged: true}
	var names []string
	for i := range f.Values {
		e := &f.Values[i]
		names = append(names, e.Key)
		if e.V.At.IsZero() {
			continue
		}
		if e.V.Document != nil || len(e.V.Fields) > 0 {
			p.At(e.At, stagedWhole)
		} else if src := c.source(&e.V, e.At, ""); src != nil {
			t.params = append(t.params, parameter{e.Key, src})
		}
	}
	checkParams(f.Statement, names, names, p)
	return t
}

// checkParams holds a statement against what it must and may name.
func checkParams(statement lang.Value[string], needs, knows []string, p *lang.Problems) {
	has := Parameters(statement.V)
	for _, name := range has {
		if !slices.Contains(knows, name) {
			p.At(statement.At, unknownParam, name).Expected(knows...).Near(name, knows)
		}
	}
	for _, name := range needs {
		if !slices.Contains(has, name) {
			p.At(statement.At, missingParam, name)
		}
	}
}

package mapping

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tundish/core"
)

// Values are what a message that leaves may speak of. A part that is nil or zero has no value:
// what is to be written from it is left out, or empty where the contract wants it there.
type Values struct {
	Order  *core.WorkOrder
	Events []core.Event // of Order, oldest first: order.events

	Message Message
	Status  core.Status // what is told: status
	Reason  string
	By      string
	At      time.Time

	Error   *Refusal
	Receipt *Receipt
	// Receipts are those of a message about several orders, in their order: receipts.
	Receipts []Receipt

	From, To     time.Time // of the window asked for: window.from, window.to
	Number, Size int       // of the page asked for, Number from 1: page.number, page.offset, page.size

	Query *Query
	// Blob reads what a photo or an attachment holds; nil leaves contents out.
	Blob func(sha256 string) ([]byte, error)
	// Secret gives the secrets of the system; nil: they are masked, for whoever only looks.
	Secret func(name string) string
	// Trouble is told of codes that no table leads to, but that are sent all the same.
	Trouble func(path, code string)
}

// Message is the message itself.
type Message struct {
	ID       string
	Sequence int64
	SentAt   time.Time
}

// Refusal is why a message was refused, in the language of its sender.
type Refusal struct {
	Code, Message, Field string
	Correlation          string // the number to ask about it by
	Kind                 core.Kind
}

// Receipt is what became of one order of a message.
type Receipt struct {
	Ref            core.Ref
	No             core.OrderNo
	Status         core.Status
	Known, Amended bool
	At             time.Time
	Expedited      int
	Error          *Refusal // nil: it was taken
}

// Query is what is looked for in a GIS.
type Query struct {
	Address, District, ServicePoint, Account, Meter string
}

// kind is what a value of the house is.
type kind uint8

const (
	textKind kind = iota
	numberKind
	flagKind
	instantKind
	dayKind // a civil date "2026-05-11"
	pointKind
	degreesKind // one half of a point; see axis
	bytesKind
	listKind
)

func (k kind) String() string {
	return [...]string{"text", "number", "bool", "instant", "date", "point", "coordinate", "bytes", "list"}[k]
}

// value is one value of the house. The zero value is none.
type value struct {
	is    bool
	kind  kind
	text  string // of texts, numbers, flags and days
	at    time.Time
	point core.Point
	bytes []byte
}

// scope is where a value is looked for: everywhere, and in the element of the list that is
// being written.
type scope struct {
	*Values
	zone    *time.Location
	photo   *core.Attachment
	person  string
	event   *core.Event
	receipt *Receipt
	err     error // the first mistake
}

type getter func(s *scope) value

func (s *scope) secret(name string) string {
	if s.Secret == nil {
		return "***"
	}
	return s.Secret(name)
}

func textOf(t string) value { return value{is: t != "", kind: textKind, text: t} }
func numberOf(n int64) value {
	return value{is: true, kind: numberKind, text: strconv.FormatInt(n, 10)}
}
func flagOf(f bool) value         { return value{is: true, kind: flagKind, text: strconv.FormatBool(f)} }
func instantOf(t time.Time) value { return value{is: !t.IsZero(), kind: instantKind, at: t} }

// field is a value of the house by the name that mappings call it.
type field struct {
	name string
	kind kind
	get  getter
}

// list is a repeated value and what one of its elements is called.
type list struct {
	name, one string
	walk      func(s *scope, each func(one *scope))
}

func over[T any](items []T, s *scope, set func(*scope, *T), each func(*scope)) {
	one := *s
	for i := range items {
		set(&one, &items[i])
		each(&one)
		if s.err == nil {
			s.err = one.err
		}
	}
}

var lists = []list{
	{"order.completion.photos", "photo", func(s *scope, each func(*scope)) {
		if s.Order == nil || s.Order.LastCompletion() == nil {
			return
		}
		over(s.Order.LastCompletion().Photos, s, func(o *scope, a *core.Attachment) { o.photo = a }, each)
	}},
	{"order.report.attachments", "photo", func(s *scope, each func(*scope)) {
		if s.Order != nil {
			over(s.Order.Report.Attachments, s, func(o *scope, a *core.Attachment) { o.photo = a }, each)
		}
	}},
	{"order.completion.people", "person", func(s *scope, each func(*scope)) {
		if s.Order != nil && s.Order.LastCompletion() != nil {
			over(s.Order.LastCompletion().People, s, func(o *scope, p *string) { o.person = *p }, each)
		}
	}},
	{"order.events", "event", func(s *scope, each func(*scope)) {
		over(s.Events, s, func(o *scope, e *core.Event) { o.event = e }, each)
	}},
	{"receipts", "receipt", func(s *scope, each func(*scope)) {
		over(s.Receipts, s, func(o *scope, r *Receipt) { o.receipt, o.Error = r, nil; o.withError(r.Error) }, each)
	}},
}

// withError gives one element of a list its own refusal without touching that of the others.
func (s *scope) withError(r *Refusal) {
	v := *s.Values
	v.Error = r
	s.Values = &v
}

func listNamed(name string) (*list, bool) {
	for i := range lists {
		if lists[i].name == name {
			return &lists[i], true
		}
	}
	return nil, false
}

// plain are the fields beside those of the order.
var plain = []field{
	{"message.id", textKind, func(s *scope) value { return textOf(s.Message.ID) }},
	{"message.sequence", numberKind, func(s *scope) value { return numberOf(s.Message.Sequence) }},
	{"message.sent_at", instantKind, func(s *scope) value { return instantOf(s.Message.SentAt) }},
	{"status", textKind, func(s *scope) value { return textOf(string(s.Status)) }},
	{"reason", textKind, func(s *scope) value { return textOf(s.Reason) }},
	{"by", textKind, func(s *scope) value { return textOf(s.By) }},
	{"at", instantKind, func(s *scope) value { return instantOf(s.At) }},
	{"error.code", textKind, refusal(func(r *Refusal) string { return r.Code })},
	{"error.message", textKind, refusal(func(r *Refusal) string { return r.Message })},
	{"error.field", textKind, refusal(func(r *Refusal) string { return r.Field })},
	{"error.kind", textKind, refusal(func(r *Refusal) string { return r.Kind.String() })},
	{"error.correlation", textKind, refusal(func(r *Refusal) string { return r.Correlation })},
	{"receipt.ref", textKind, receipt(func(r *Receipt) value { return textOf(r.Ref.External) })},
	{"receipt.period", textKind, receipt(func(r *Receipt) value { return textOf(r.Ref.Period) })},
	{"receipt.no", textKind, receipt(func(r *Receipt) value { return textOf(string(r.No)) })},
	{"receipt.status", textKind, receipt(func(r *Receipt) value { return textOf(string(r.Status)) })},
	{"receipt.known", flagKind, receipt(func(r *Receipt) value { return flagOf(r.Known) })},
	{"receipt.amended", flagKind, receipt(func(r *Receipt) value { return flagOf(r.Amended) })},
	{"receipt.taken", flagKind, receipt(func(r *Receipt) value { return flagOf(r.Error == nil) })},
	{"receipt.at", instantKind, receipt(func(r *Receipt) value { return instantOf(r.At) })},
	{"receipt.expedited", numberKind, receipt(func(r *Receipt) value { return numberOf(int64(r.Expedited)) })},
	{"window.from", instantKind, func(s *scope) value { return instantOf(s.From) }},
	{"window.to", instantKind, func(s *scope) value { return instantOf(s.To) }},
	{"page.number", numberKind, func(s *scope) value { return numberOf(int64(s.Number)) }},
	{"page.offset", numberKind, func(s *scope) value { return numberOf(int64((s.Number - 1) * s.Size)) }},
	{"page.size", numberKind, func(s *scope) value { return numberOf(int64(s.Size)) }},
	{"query.address", textKind, query(func(q *Query) string { return q.Address })},
	{"query.district", textKind, query(func(q *Query) string { return q.District })},
	{"query.service_point", textKind, query(func(q *Query) string { return q.ServicePoint })},
	{"query.account", textKind, query(func(q *Query) string { return q.Account })},
	{"query.meter", textKind, query(func(q *Query) string { return q.Meter })},
	{"photo.name", textKind, photo(func(s *scope) value { return textOf(s.photo.Name) })},
	{"photo.content_type", textKind, photo(func(s *scope) value { return textOf(s.photo.ContentType) })},
	{"photo.sha256", textKind, photo(func(s *scope) value { return textOf(s.photo.SHA256) })},
	{"photo.size", numberKind, photo(func(s *scope) value { return numberOf(s.photo.Size) })},
	{"photo.taken_at", instantKind, photo(func(s *scope) value { return instantOf(s.photo.TakenAt) })},
	{"photo.content", bytesKind, photo(func(s *scope) value {
		if s.Blob == nil {
			return value{}
		}
		b, err := s.Blob(s.photo.SHA256)
		if err != nil {
			s.fail(err)
			return value{}
		}
		return value{is: true, kind: bytesKind, bytes: b}
	})},
	{"person", textKind, func(s *scope) value { return textOf(s.person) }},
	{"event.at", instantKind, event(func(e *core.Event) value { return instantOf(e.At) })},
	{"event.kind", textKind, event(func(e *core.Event) value { return textOf(string(e.Kind)) })},
	{"event.by", textKind, event(func(e *core.Event) value { return textOf(e.By) })},
}

func (s *scope) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

func refusal(get func(*Refusal) string) getter {
	return func(s *scope) value {
		if s.Error == nil {
			return value{}
		}
		return textOf(get(s.Error))
	}
}

func receipt(get func(*Receipt) value) getter {
	return func(s *scope) value {
		r := s.receipt
		if r == nil {
			r = s.Values.Receipt
		}
		if r == nil {
			return value{}
		}
		return get(r)
	}
}

func query(get func(*Query) string) getter {
	return func(s *scope) value {
		if s.Query == nil {
			return value{}
		}
		return textOf(get(s.Query))
	}
}

func photo(get getter) getter {
	return func(s *scope) value {
		if s.photo == nil {
			return value{}
		}
		return get(s)
	}
}

func event(get func(*core.Event) value) getter {
	return func(s *scope) value {
		if s.event == nil {
			return value{}
		}
		return get(s.event)
	}
}

// fields are all that a message may speak of, extras apart, sorted by name.
var fields = func() []field {
	all := slices.Clone(plain)
	ofStruct(&all, "order.", reflect.TypeFor[core.WorkOrder](), func(s *scope) reflect.Value {
		if s.Order == nil {
			return reflect.Value{}
		}
		return reflect.ValueOf(s.Order).Elem()
	})
	ofStruct(&all, "order.completion.", reflect.TypeFor[core.Completion](), func(s *scope) reflect.Value {
		if s.Order == nil || s.Order.LastCompletion() == nil {
			return reflect.Value{}
		}
		return reflect.ValueOf(s.Order.LastCompletion()).Elem()
	})
	all = append(all,
		order("order.ref", func(o *core.WorkOrder) string { return o.Ref.External }),
		order("order.period", func(o *core.WorkOrder) string { return o.Ref.Period }),
		order("order.system", func(o *core.WorkOrder) string { return string(o.Ref.System) }),
		order("order.status", func(o *core.WorkOrder) string { return string(core.StatusOf(o)) }),
		field{"order.deadline", instantKind, func(s *scope) value {
			if s.Order == nil {
				return value{}
			}
			return instantOf(s.Order.DueAt)
		}})
	slices.SortFunc(all, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return all
}()

func order(name string, get func(*core.WorkOrder) string) field {
	return field{name, textKind, func(s *scope) value {
		if s.Order == nil {
			return value{}
		}
		return textOf(get(s.Order))
	}}
}

// Fields whose text is a civil date.
var days = map[string]bool{"order.meter.installed_on": true, "order.meter.verified_on": true, "order.meter.due_on": true, "order.report.registered_on": true}

// ofStruct lists the fields of a struct of core by their JSON names. What is a list, or a
// bookkeeping of the hub's own, is left out.
func ofStruct(all *[]field, prefix string, t reflect.Type, base func(*scope) reflect.Value) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || name == "ref" || name == "completions" || name == "counted" || name == "event_sequence" {
			continue
		}
		name = prefix + name
		ft, pointer := f.Type, f.Type.Kind() == reflect.Pointer
		if pointer {
			ft = ft.Elem()
		}
		get := func(s *scope) reflect.Value {
			v := base(s)
			if !v.IsValid() {
				return v
			}
			v = v.Field(i)
			if pointer {
				return v.Elem() // the invalid Value of a nil pointer
			}
			return v
		}
		add := func(name string, k kind, of func(reflect.Value) value) {
			*all = append(*all, field{name, k, func(s *scope) value {
				if v := get(s); v.IsValid() {
					return of(v)
				}
				return value{}
			}})
		}
		switch {
		case ft == reflect.TypeFor[time.Time]():
			add(name, instantKind, func(v reflect.Value) value { return instantOf(v.Interface().(time.Time)) })
		case ft == reflect.TypeFor[core.Point]():
			of := func(v reflect.Value) value {
				return value{is: true, kind: pointKind, point: v.Interface().(core.Point)}
			}
			add(name, pointKind, of)
			for _, axis := range []string{"lat", "lon", "north", "east"} {
				add(name+"."+axis, degreesKind, of)
			}
		case ft.Kind() == reflect.Struct:
			ofStruct(all, name+".", ft, get)
		case ft.Kind() == reflect.String:
			k := textKind
			if days[name] {
				k = dayKind
			}
			add(name, k, func(v reflect.Value) value { return value{is: v.Len() > 0, kind: k, text: v.String()} })
		case ft.Kind() == reflect.Bool:
			add(name, flagKind, func(v reflect.Value) value { return flagOf(v.Bool()) })
		case ft.Kind() >= reflect.Int && ft.Kind() <= reflect.Int64:
			add(name, numberKind, func(v reflect.Value) value { return numberOf(v.Int()) })
		}
	}
}

// zeroIsNone are numbers of which zero means that nobody knows.
var zeroIsNone = map[string]bool{"order.meter.diameter_mm": true, "order.completion.new_diameter_mm": true, "order.place.book_no": true}

// fieldNamed finds a field by its name; order.extra.NAME is there for every name.
func fieldNamed(name string) (field, bool) {
	if extra, ok := strings.CutPrefix(name, "order.extra."); ok && extra != "" {
		return order(name, func(o *core.WorkOrder) string { return o.Extra[extra] }), true
	}
	i, ok := slices.BinarySearchFunc(fields, name, func(f field, n string) int { return strings.Compare(f.name, n) })
	if !ok {
		return field{}, false
	}
	f := fields[i]
	if zeroIsNone[name] {
		get := f.get
		f.get = func(s *scope) value {
			v := get(s)
			v.is = v.is && v.text != "0"
			return v
		}
	}
	return f, true
}

// fieldNames are the names of fields, for lists of choices.
func fieldNames() []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	return names
}

package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"tundish/wsdl/shape"
)

// operation is one operation of theirs and what was guessed about it.
type operation struct {
	*shape.Operation
	key    string  // its name in the mapping
	role   role    // "" when nothing was guessed
	does   string  // of serve, or the occasion of a call
	each   string  // path of the element that is one order
	fields []field // of the request; of an order that is pulled, of the answer
	asked  []field // of the request of a pull
	beside []field // of what is written around the document that fields, or asked, are in
	answer []field // of an answer that was seen
	in     *seen   // requests; nil where no sample shows any
	out    *seen   // answers
	off    bool    // stands there commented out
	why    string  // a word about that
}

// field is a place of a request and what was guessed to stand there.
type field struct {
	leaf
	ours   string // field of ours; "" for none
	value  string // what the mapping says of it, as YAML
	inList bool   // of attachments, which are of another line
	seenAt string // its path without what paths of ours begin with
	off    bool
}

// live counts the fields that are filled in.
func (o *operation) live() int {
	n := 0
	for i := range o.fields {
		if f := &o.fields[i]; f.ours != "" && !f.off {
			n++
		}
	}
	return n
}

func (o *operation) has(ours string) bool {
	return slices.ContainsFunc(o.fields, func(f field) bool { return f.ours == ours && !f.off })
}

// plan guesses about every operation that is wanted; none named means all.
func plan(s *shape.Service, opt Options) ([]*operation, error) {
	var all []*operation
	wanted := opt.Operations
	keys := map[string]bool{}
	for _, op := range s.Operations {
		key := op.Name
		if keys[key] {
			key = op.Overload
		}
		if len(wanted) > 0 && !slices.Contains(wanted, op.Name) && !slices.Contains(wanted, op.Overload) {
			continue
		}
		o := &operation{Operation: op, key: key}
		all = append(all, o)
		switch {
		case op.Err != nil:
			o.off, o.why = true, "cannot be used: "+oneLine(op.Err.Error())
			continue
		case key == "" || keys[key]:
			o.off, o.why = true, "another operation has its name"
			continue
		}
		keys[key] = true
		var err error
		bare := s.Port == ""
		if o.in, err = look(opt.Samples, op.Request, bare); err == nil {
			o.out, err = look(opt.Samples, op.Response, bare)
		}
		if err != nil {
			return nil, err
		}
		o.meant()
		switch {
		case o.role == pull && op.Response != nil:
			o.pulled()
		case o.role == call && op.Request != nil:
			o.fields, o.beside = o.written(outward, true, o.told)
		case op.Request != nil:
			o.inward()
		}
		o.answered()
		o.judge()
	}
	// A mapping has one call for each occasion.
	best := map[string]*operation{}
	for _, o := range all {
		if o.off || o.role != call {
			continue
		}
		if known := best[o.does]; known == nil {
			best[o.does] = o
		} else if o.live() > known.live() {
			known.off, known.why = true, "another operation is guessed to be call: "+o.does
			best[o.does] = o
		} else {
			o.off, o.why = true, "another operation is guessed to be call: "+o.does
		}
	}
	return all, nil
}

// meant guesses what an operation is for. What begins with a word for looking something up
// does that, whatever else is in its name: QueryHandleResult tells nobody a result.
func (o *operation) meant() {
	if asks(o.Name) {
		if o.role = pull; o.aboutOne() {
			o.does, o.role = "query", serve
		}
		return
	}
	for _, m := range meanings {
		if means(o.Name, m.words) && (m.needs == "" || means(o.Name, m.needs)) {
			o.does, o.role = m.does, m.role
			return
		}
	}
	if o.in != nil && o.holdsOrder() { // the name says nothing, the samples do
		o.does, o.role = "submit", serve
	}
}

// holdsOrder tells that what samples show of the request is an order, or several.
func (o *operation) holdsOrder() bool {
	probe := operation{Operation: o.Operation, in: o.in}
	probe.inward()
	return probe.has("ref") && slices.ContainsFunc(orderly, probe.has)
}

// aboutOne tells whether something is looked up about one order: by its number, and by little
// else where a list of orders is answered.
func (o *operation) aboutOne() bool {
	if o.Request == nil {
		return false
	}
	root := o.in.node(o.Request)
	by := orderFields(leaves(root))
	if !guessedAs(by, "ref") || slices.ContainsFunc(told(root, "", nil, asked, false, func(string) bool { return true }), func(f field) bool { return f.ours != "" }) {
		return false
	}
	if len(by) <= 2 || o.Response == nil {
		return true
	}
	_, listed := group(o.out.node(o.Response), func(n *shape.Node) int { return guessed(orderFields(leaves(n))) })
	return listed == nil
}

func guessedAs(fields []field, ours string) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.ours == ours })
}

// judge takes back what does not hold together.
func (o *operation) judge() {
	switch {
	case o.role == "":
		o.off, o.why = true, "nothing was guessed"
	case o.role == call && !o.has("order.ref") && !o.has("order.no"):
		o.off, o.why = true, o.perhaps()+", but no number of the order was found"
	case o.role == call && o.does == "result" && !slices.ContainsFunc(o.fields, func(f field) bool { return strings.HasPrefix(f.ours, "order.completion.") && !f.off }):
		o.off, o.why = true, o.perhaps()+", but no place for a result was found"
	case o.role == pull && o.each == "":
		o.off, o.why = true, "it looks something up, but neither one order by its number nor a list of orders"
	case o.role != call && !o.has("ref"):
		o.off, o.why = true, o.perhaps()+", but no number of the order (ref) was found"
	case o.role == pull || o.does == "submit" || o.does == "amend":
		if !slices.ContainsFunc(orderly, o.has) {
			o.off, o.why = true, o.perhaps()+", but nothing of an order beside its number was found"
		}
	}
}

// orderly are fields of which an order has one at least.
var orderly = []string{"report.content", "place.address", "customer.account", "customer.phone", "meter.serial", "place.service_point"}

// perhaps says what an operation was taken for.
func (o *operation) perhaps() string {
	switch o.role {
	case call:
		return "perhaps call: " + o.does
	case pull:
		return "perhaps pull"
	}
	return "perhaps does: " + o.does
}

// inward guesses what an operation that they call on us brings.
func (o *operation) inward() {
	root := o.in.node(o.Request)
	at, path := root, root.Name.Local
	if below, order := group(root, func(n *shape.Node) int { return guessed(orderFields(leaves(n))) }); order != nil && o.does != "query" {
		o.each, at, path = below, order, below
	}
	o.fields = orderFields(o.in.inside().fill(path, leaves(at)))
	if o.wish() {
		o.wishes()
	}
}

// wish tells whether the operation is about an order that must be known.
func (o *operation) wish() bool {
	return o.role == serve && slices.Contains([]string{"cancel", "expedite", "follow_up", "query"}, o.does)
}

// wishes gives what was guessed for an order to the fields of a wish about one; the rest of it
// such a message has no use for.
func (o *operation) wishes() {
	means := map[string]string{"ref": "ref", "period": "period", "report.cause": "reason", "report.remark": "reason", "report.content": "reason", "report.registered_by": "by"}
	switch o.does {
	case "query":
		means = map[string]string{"ref": "ref", "period": "period"}
	case "follow_up":
		means = map[string]string{"ref": "ref", "period": "period", "report.remark": "follow_up.comment", "report.content": "follow_up.comment", "report.registered_by": "follow_up.by"}
	}
	taken := map[string]bool{}
	for i := range o.fields {
		f := &o.fields[i]
		f.ours = means[f.ours]
		if f.ours != "" && taken[f.ours] {
			f.ours = ""
		}
		taken[f.ours] = true
	}
	if o.does == "follow_up" {
		o.off, o.why = true, o.perhaps()+", but whether the customer was reached (follow_up.reached) must be said"
	}
}

// pulled guesses what an operation that lists orders answers, and what it is asked.
func (o *operation) pulled() {
	root := o.out.node(o.Response)
	if path, order := group(root, func(n *shape.Node) int { return guessed(orderFields(leaves(n))) }); order != nil {
		o.each, o.fields = path, orderFields(o.out.inside().fill(path, leaves(order)))
	} else if set := dataSet(o.Response, o.Response.Name.Local, 0); set != "" {
		o.each = set + "/diffgram/NewDataSet/Table" // what .NET calls them; the columns no contract tells
	}
	if o.Request != nil {
		o.asked, o.beside = o.written(asked, false, func(string) bool { return true })
	}
}

// dataSet is the path of a .NET data set in an answer.
func dataSet(n *shape.Node, at string, depth int) string {
	if n.DataSet {
		return at
	}
	if depth > 3 {
		return ""
	}
	for _, c := range n.Children() {
		if found := dataSet(c, at+"/"+c.Name.Local, depth+1); found != "" && c.Name.Local != "" {
			return found
		}
	}
	return ""
}

func guessed(fields []field) int {
	n := 0
	for i := range fields {
		if fields[i].ours != "" {
			n++
		}
	}
	return n
}

func orderFields(all []leaf) []field {
	fields := make([]field, len(all))
	taken := map[string]bool{}
	for i, l := range all {
		fields[i].leaf = l
	}
	photos(fields, taken)
	point(fields, taken)
	for i := range fields {
		f := &fields[i]
		if f.simple == nil || f.ours != "" || f.inList {
			continue
		}
		if secret(fields, f) {
			f.about += "; credentials?"
			continue
		}
		ours := guess(inward, f.parent, f.name, func(name string) bool { return !taken[name] && suits(name, f.simple) })
		if ours == "" {
			continue
		}
		if value, ok := incoming(ours, f); ok {
			f.ours, f.value, taken[ours] = ours, value, true
		}
	}
	return fields
}

// folder is the path of the element that a field is in.
func (f *field) folder() string { return f.path[:strings.LastIndexByte("/"+f.path, '/')] }

// secret tells a password, and the name that stands beside one.
func secret(fields []field, f *field) bool {
	if f.is(secrets) {
		return true
	}
	return f.is(logins) && slices.ContainsFunc(fields, func(other field) bool { return other.folder() == f.folder() && other.is(secrets) })
}

// is tells whether a field has one of the names.
func (f *field) is(names string) bool {
	known := strings.Fields(names)
	return slices.ContainsFunc(candidates("", f.name), func(c string) bool { return slices.Contains(known, c) })
}

// point finds two halves of a coordinate that stand beside each other.
func point(fields []field, taken map[string]bool) {
	byName := map[string][]*field{} // those that are a half
	for i := range fields {
		f := &fields[i]
		if f.simple == nil || f.inList {
			continue
		}
		for _, c := range candidates("", f.name) {
			if half[c] {
				byName[c] = append(byName[c], f)
			}
		}
	}
	for _, pair := range halves {
		for _, north := range byName[strings.ToLower(pair.north)] {
			for _, east := range byName[strings.ToLower(pair.east)] {
				if taken["place.point"] || north == east || north.folder() != east.folder() {
					continue
				}
				taken["place.point"] = true
				north.ours = "place.point"
				north.value = fmt.Sprintf("{north: %s, east: %s, system: %s}", quoted(north.path), quoted(east.path), pair.system)
				east.about += "; see place.point"
			}
		}
	}
}

var half = func() map[string]bool {
	names := map[string]bool{}
	for _, pair := range halves {
		names[strings.ToLower(pair.north)], names[strings.ToLower(pair.east)] = true, true
	}
	return names
}()

// Fields of ours that are no text.
var (
	instants = []string{"source_at", "deadline", "report.occurred_at", "appointment.from", "appointment.to"}
	days     = []string{"meter.installed_on", "meter.verified_on", "meter.due_on", "report.registered_on"}
	numbers  = []string{"meter.diameter_mm", "place.book_no"}
)

// suits keeps types apart: a date is not the number of an order.
func suits(ours string, s *shape.Simple) bool {
	dated := isDated(ours)
	switch s.Builtin {
	case "date", "dateTime", "dateTimeStamp":
		return dated
	case "boolean", "base64Binary", "hexBinary", "time":
		return false
	case "int", "long", "integer", "short", "unsignedInt", "unsignedLong", "nonNegativeInteger", "positiveInteger", "decimal", "double", "float":
		return !dated || s.Builtin == "long"
	}
	return true
}

func isDated(ours string) bool {
	base := strings.TrimPrefix(ours, "order.")
	return slices.Contains(instants, base) || slices.Contains(days, base) || strings.HasSuffix(ours, "_at") || ours == "at" || strings.HasPrefix(ours, "window.")
}

// incoming writes how a field of an order comes about.
func incoming(ours string, f *field) (yaml string, ok bool) {
	path := quoted(f.path)
	from := "{from: " + path + ", "
	if value, ok := looks(ours, f); ok {
		return value, true
	}
	text := f.simple.Builtin == "string" || f.simple.Builtin == "" || strings.HasSuffix(f.simple.Builtin, "tring") || f.simple.Builtin == "token"
	switch {
	case slices.Contains(instants, ours) && text:
		return from + `layout: "yyyy-MM-dd HH:mm:ss|yyyy-MM-dd"}`, true
	case slices.Contains(instants, ours) && f.simple.Builtin == "date":
		return from + "as: date}", true
	case slices.Contains(instants, ours) && f.simple.Builtin == "long":
		return from + "as: epoch}", true
	case slices.Contains(days, ours) && text:
		return from + `layout: "yyyy-MM-dd|yyyy-MM-dd HH:mm:ss"}`, true
	case slices.Contains(days, ours) && f.simple.Builtin == "dateTime":
		return from + "as: datetime}", true
	case slices.Contains(days, ours) && f.simple.Builtin == "long":
		return from + "as: epoch}", true
	case ours == "meter.diameter_mm" && text:
		return from + "strip_prefix: DN}", true
	case slices.Contains(numbers, ours) && !text:
		return path, true
	case ours == "urgency":
		return urgency(from, f.simple)
	}
	return path, true
}

func urgency(from string, s *shape.Simple) (string, bool) {
	if len(s.Enumeration) == 0 {
		return from + `map: {"1": emergency, "2": urgent, "3": normal}, unmapped: default, default: normal}`, true
	}
	var codes []string
	for _, v := range s.Enumeration {
		if ours, ok := urgencies[strings.ToLower(v.Text)]; ok {
			codes = append(codes, quoted(v.Text)+": "+ours)
		}
	}
	return from + "map: {" + strings.Join(codes, ", ") + "}, unmapped: default, default: normal}", len(codes) > 0
}

// written guesses what a request of ours holds: in the document in it, where there is one, and
// then what stands beside that.
func (o *operation) written(words map[string][]string, orders bool, may func(ours string) bool) (fields, beside []field) {
	root := o.in.root(o.Request)
	doc := o.in.document()
	if doc == nil {
		return told(o.Request, root, o.in.inside(), words, orders, may), nil
	}
	_, inside, _ := strings.Cut(doc.path, "/")
	for _, f := range told(o.Request, root, o.in.tree, words, orders, func(string) bool { return false }) {
		if strings.ReplaceAll(f.seenAt, "[1]", "") != inside {
			beside = append(beside, f)
		}
	}
	return told(doc.node, "", doc.root, words, orders, may), beside
}

// told guesses what a request of ours to them holds, whose paths begin with root; seen is what
// samples of it hold. With orders they may be what an order came with.
func told(request *shape.Node, root string, seen *tree, words map[string][]string, orders bool, may func(ours string) bool) []field {
	taken := map[string]bool{}
	var fields []field
	for _, l := range seen.fill("", leaves(request)) {
		f := field{leaf: l, seenAt: l.path}
		f.path = root + strings.ReplaceAll(l.path, "[1]", "")
		fields = append(fields, f)
	}
	for i := range fields {
		f := &fields[i]
		l := &f.leaf
		switch {
		case l.simple == nil:
		case secret(fields, f):
			f.about += "; a secret?"
		default:
			ours := guess(words, l.parent, l.name, func(name string) bool {
				return !taken[name] && suits(name, l.simple) && may(name) && !(name == "order.completion.outcome" && l.wordy())
			})
			if ours == "" && orders {
				if own := guess(inward, l.parent, l.name, func(name string) bool { return !taken["order."+name] && suits(name, l.simple) }); own != "" {
					ours = "order." + own
				}
			}
			if ours != "" {
				f.ours, f.value, taken[ours] = ours, outgoing(ours, l.simple), true
			}
		}
	}
	return fields
}

// told keeps what only some occasions have away from the others.
func (o *operation) told(ours string) bool {
	switch {
	case strings.HasPrefix(ours, "order.completion."):
		return o.does == "result"
	case ours == "status", ours == "at":
		return o.does == "status" || o.does == "result"
	case ours == "reason":
		return o.does != "result"
	}
	return true
}

func outgoing(ours string, s *shape.Simple) string {
	base := strings.TrimPrefix(ours, "order.")
	text := s.Builtin == "string" || s.Builtin == ""
	switch {
	case !isDated(ours) || slices.Contains(days, base):
	case text:
		return "{from: " + ours + ", as: datetime, layout: \"yyyy-MM-dd HH:mm:ss\"}"
	case s.Builtin == "date":
		return "{from: " + ours + ", as: date}"
	}
	return ours
}

package mapping

import (
	"tundish/config/lang"
	"tundish/wsdl/shape"
	"tundish/wsdl/xml"
)

// HasHeader tells whether anything is to stand in the SOAP header.
func (o *Outward) HasHeader() bool { return len(o.header) > 0 }

// WriteHeader writes the blocks of the SOAP header. Its error is that of [Outward.WriteBody].
func (o *Outward) WriteHeader(w *xml.Writer, v *Values) error {
	s := &scope{Values: v, zone: o.around.Zone}
	for _, e := range o.header {
		e.write(w, s)
	}
	if s.err != nil {
		return s.err
	}
	return w.Error()
}

// header compiles the blocks of the SOAP header: the first step of a path is the block. Those
// that the contract declares are held against it.
func (c *compiler) header(entries lang.Map[Output], declared []*shape.Node) []*element {
	type block struct {
		first   step
		entries lang.Map[Output]
	}
	var blocks []block
next:
	for i := range entries {
		steps, err := parsePath(entries[i].Key)
		if err != nil {
			c.p.At(entries[i].At, badPath, entries[i].Key, inWords(err))
			continue
		}
		for j := range blocks {
			if blocks[j].first == steps[0] {
				blocks[j].entries = append(blocks[j].entries, entries[i])
				continue next
			}
		}
		blocks = append(blocks, block{steps[0], lang.Map[Output]{entries[i]}})
	}
	var all []*element
	for _, b := range blocks {
		var node *shape.Node
		for _, d := range declared {
			if b.first.fits(d.Name) {
				node = d
			}
		}
		all = append(all, c.body(b.entries, node).kids...)
	}
	return all
}

// headers are the blocks that any operation of a contract declares.
func headers(s *shape.Service) []*shape.Node {
	if s == nil {
		return nil
	}
	var all []*shape.Node
	for _, op := range s.Operations {
		all = append(all, op.Headers...)
	}
	return all
}

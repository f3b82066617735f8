package soap

import (
	"sync"

	"tundish/wsdl/xml"
)

// bench is what one message is worked on with; it is used again for later messages.
type bench struct {
	body   []byte
	reader *xml.Reader
	writer *xml.Writer
	out    []byte // the answer, when its charset is not UTF-8
}

// benches lends benches out.
type benches struct {
	limits xml.Limits
	pool   sync.Pool
}

// reuse is the largest buffer that is kept: one photo should not weigh for ever.
const reuse = 256 << 10

func (p *benches) get() *bench {
	if b, ok := p.pool.Get().(*bench); ok {
		return b
	}
	return &bench{reader: xml.NewReaderBytes(nil, p.limits), writer: xml.NewWriter()}
}

// put takes b back. Bytes that somebody else holds stay behind.
func (p *benches) put(b *bench, held bool) {
	if held || cap(b.body) > reuse {
		b.body = nil
	}
	if held || cap(b.out) > reuse {
		b.out = nil
	}
	if held || cap(b.writer.Bytes()) > reuse {
		b.writer = xml.NewWriter()
	}
	b.reader.ResetBytes(nil)
	b.body, b.out = b.body[:0], b.out[:0]
	b.writer.Reset()
	p.pool.Put(b)
}

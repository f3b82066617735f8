package foreign

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"tundish/adapters/mapping"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
	"tundish/core/pull"
	"tundish/wsdl/xml"
)

// listing is a list as one run reads it. An answer is read to its end before its first row is
// handed out: only then is it known to be whole, and that the system stands by it. Its rows
// are spooled meanwhile, and mapped when their page is asked for. Where the system's pages are as
// long as it likes, or the list is one answer, ours are cut from what it sends.
type listing struct {
	*Source
	paged bool // theirs are ours

	mu     sync.Mutex
	closed bool
	window pull.Window
	size   int
	next   int // page of ours that comes next
	asked  int // pages of theirs that were asked for
	before int // rows in those
	more   bool
	total  int
	spool  *spool // the rest of the last answer; nil: another is to be asked for
	// message is that of the last answer until its first page is handed out.
	message core.LoggedMessage
	id      string // of message
	rows    *mapping.RowReader
}

func newListing(s *Source) *listing {
	return &listing{Source: s, paged: s.Pull.Paged(), rows: s.Pull.Rows()}
}

var errClosed = errors.New("the listing is closed")

// Resumes: only a page whose length the system is told stands at the same place another time.
func (l *listing) Resumes() bool { return l.paged }

// Close deletes what is spooled.
func (l *listing) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.drop()
}

// broken drops what cannot be gone on with: the next Fetch begins anew.
func (l *listing) broken(err error) error {
	l.size = 0
	return errors.Join(err, l.drop())
}

func (l *listing) drop() error {
	if l.spool == nil {
		return nil
	}
	err := l.spool.close()
	l.spool = nil
	return err
}

// Fetch lists one page; page counts from 0, theirs from 1.
func (l *listing) Fetch(ctx context.Context, w pull.Window, page, size int) (pull.Page, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return pull.Page{}, errClosed
	}
	if page < l.next || w != l.window || size != l.size || l.paged && page != l.next {
		if err := l.drop(); err != nil {
			return pull.Page{}, err
		}
		l.window, l.size, l.next, l.asked, l.before, l.more, l.total = w, size, 0, 0, 0, true, 0
		if l.paged {
			l.next, l.asked = page, page
		}
	}
	for {
		out, err := l.take(ctx)
		if err != nil {
			return pull.Page{}, fmt.Errorf("list %s: %w", l.Pull.Name, err)
		}
		if l.next > page || !out.More && l.next <= page {
			if l.next <= page { // the list has become shorter
				out.Items = nil
			}
			return out, nil
		}
	}
}

// take gives the next page of ours.
func (l *listing) take(ctx context.Context) (pull.Page, error) {
	if l.spool == nil {
		if err := l.ask(ctx); err != nil {
			return pull.Page{}, err
		}
	}
	size := l.size
	if l.paged {
		size = math.MaxInt
	}
	out := pull.Page{Total: l.total, Message: l.message, MessageID: l.id}
	for l.spool.left() > 0 && len(out.Items) < size {
		raw, err := l.spool.next()
		if err != nil {
			return pull.Page{}, l.broken(err)
		}
		it, ok, err := l.rows.Read(raw, nil)
		if err != nil {
			return pull.Page{}, l.broken(err)
		}
		if ok {
			out.Items = append(out.Items, l.item(it, raw))
		}
		if out.Bytes += 2 * len(raw); l.paged && out.Bytes > mostInPage {
			err := core.Invalidf("too_long", "", "a page has more than %d MiB, though %d rows were asked for: leave page.size and page.offset out of the request if the system does not heed them", "一页超过 %d MiB，而请求的是 %d 行：若对方不理会 page.size、page.offset，请从请求中去掉", mostInPage>>21, l.size)
			return pull.Page{}, l.broken(err)
		}
	}
	l.message = core.LoggedMessage{}
	l.next++
	if out.More = true; l.spool.left() == 0 {
		out.More = l.more
		return out, l.drop()
	}
	return out, nil
}

// mostInPage bounds a page whose length the system was told, its rows counted twice: as they
// came and as orders.
const mostInPage = 64 << 20

// ask makes the next call and spools what it is answered with.
func (l *listing) ask(ctx context.Context) error {
	ctx, message := standard.Keeping(ctx)
	v := l.reading(ctx)
	v.From, v.To, v.Number, v.Size = l.window.From, l.window.To, l.asked+1, l.size
	var listed mapping.Listed
	rows := &spool{}
	err := l.call(ctx, l.Pull.Outward, &v, func(r *xml.Reader) (err error) {
		listed, err = l.Pull.List(r, mapping.Paging{Page: v.Number, Size: l.size, Before: l.before}, rows.add)
		return err
	})
	if d := listed.Verdict; err == nil && d.Outcome != core.Delivered && d.Outcome != core.AlreadyDone {
		err = unfinished(d)
	}
	if err != nil {
		return errors.Join(tooLong(err), rows.close())
	}
	l.asked++
	l.before += listed.Rows
	l.more, l.total, l.spool = listed.More, listed.Total, rows
	l.message, l.id = *message, message.ID
	return nil
}

// tooLong makes what would be no shorter the next time an error that is not tried again.
func tooLong(err error) error {
	if !errors.Is(err, soap.ErrTooLong) && !xml.IsKind(err, xml.Limit) {
		return err
	}
	long := core.Invalidf("too_long", "", "the answer is too long; ask for a shorter window or for pages, or raise limits.answer of the system: a single text, such as a document in a string, has at most 32 MiB all the same",
		"应答过长；请缩短时间窗口或分页，或调高该系统的 limits.answer；但单个文本（如字符串中的文档）最多 32 MiB")
	long.Err = err
	return long
}

func (l *listing) item(it mapping.Item, raw []byte) pull.Item {
	out := pull.Item{Order: it.Order, Hash: it.Hash, Blobs: it.Blobs, Raw: func() []byte { return raw }}
	out.Order.Ref.System = l.System
	if it.Err != nil {
		out.Err = it.Err
	} else {
		out.Err = l.Pull.Theirs(l.Complete(&out.Order))
	}
	return out
}

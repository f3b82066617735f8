package foreign

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tundish/core"
	"tundish/core/pull"
)

// What comes with an order is held against the limits of every contract, and refused at the
// path of theirs.
func TestAttachmentsOfMappedOrdersObeyTheLimits(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	photo := func(name, content string) string {
		return "<P><mc>" + name + "</mc><nr>" + base64.StdEncoding.EncodeToString([]byte(content)) + "</nr></P>"
	}
	order := func(photos string) string {
		return "<Photos><no>F" + fmt.Sprintf("%x", len(photos)) + "</no><dz>路</dz><nr>漏水</nr><dh>13800000000</dh><lxr>李</lxr>" + photos + "</Photos>"
	}
	d := newDesk(t)
	for name, c := range map[string]struct{ photos, want string }{
		"good":         {photo("a.png", png), "<Answer><ok>1</ok></Answer>"},
		"a name twice": {photo("a.png", png) + photo("a.png", png), "stands twice"},
		"a web page":   {photo("a.png", "<html>"), "text/html"},
		"too many":     {strings.Repeat(photo("", png), 11), "at most 10"},
		"too large":    {photo("a.png", png+strings.Repeat("x", 4<<20)), "1 to 4194304"},
	} {
		t.Run(name, func(t *testing.T) {
			got := d.ask(order(c.photos))
			if !strings.Contains(got, c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if name != "good" && !strings.Contains(got, "<why>attachment_refused</why><where>P/nr</where>") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// The same in a list that is pulled: the row is refused for itself.
func TestAttachmentsOfPulledOrdersObeyTheLimits(t *testing.T) {
	html := base64.StdEncoding.EncodeToString([]byte("<html>"))
	s := lister(t, inOne, func(w http.ResponseWriter, _ *http.Request) {
		answered(w, 200, `<Listed><rows><row><no>A</no><p><nr>`+html+`</nr></p></row><row><no>B</no></row></rows><code>1</code></Listed>`)
	})
	p, err := s.Fetch(t.Context(), pull.Window{}, 0, 10)
	if err != nil || len(p.Items) != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	e, ok := p.Items[0].Err.(*core.Error)
	if !ok || e.Code != "attachment_refused" || e.Field != "p/nr" || p.Items[1].Err != nil {
		t.Errorf("%+v, %v", p.Items[0].Err, p.Items[1].Err)
	}
}

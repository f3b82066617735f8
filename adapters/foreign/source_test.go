package foreign

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	"tundish/adapters/mapping"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/pull"
)

const pulled = `
mapping: list
pull:
  due:
    request: {Get/page: page.number, Get/offset: page.offset}
    each: Rows/Row
    pages: {total: Rows/Total}
    order: {ref: no, type: {value: leak}, source_at: {from: at}}
`

// A list is asked for page by page, the first as 1, and ends where their total says.
func TestPagesAreAskedForAsTheyCountThem(t *testing.T) {
	var asked []string
	s := sink(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		m := regexp.MustCompile(`<page>(.*)</page><offset>(.*)</offset>`).FindStringSubmatch(string(b))
		asked = append(asked, m[1]+" "+m[2])
		answered(w, 200, fmt.Sprintf("<Rows><Total>3</Total><Row><no>R%s</no></Row></Rows>", m[1]))
	})
	var p lang.Problems
	m := mapping.Load(fstest.MapFS{"list.yaml": {Data: []byte(pulled)}}, "list.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	source := &Source{Peer: s.Peer, Pull: m.Pulls["due"], Complete: func(*core.WorkOrder) error { return nil }}
	for page, more := range []bool{true, false} {
		got, err := source.Fetch(context.Background(), pull.Window{}, page, 2)
		if err != nil || got.More != more || got.Total != 3 || len(got.Items) != 1 || got.Items[0].Order.Ref.External != fmt.Sprintf("R%d", page+1) {
			t.Errorf("page %d: %+v, %v", page, got, err)
		}
	}
	if fmt.Sprint(asked) != "[1 0 2 2]" {
		t.Errorf("asked for %q", asked)
	}
}

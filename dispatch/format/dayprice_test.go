package format

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tundish/dispatch/route"
)

// What leaving an order over costs is the same when every order is compared with every other
// one, crew by crew.
func TestDayPrice(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		b.WriteString(`{"name":"d","travel":{"metric":"haversine","detour":1.3,"speed_kmh":25,"unit":"s","rounding":"nearest"},"skills":["a","b","c"],"workers":[`)
		list := func(n int) string {
			var of []string
			for k := range n {
				if r.IntN(2) == 0 {
					of = append(of, fmt.Sprint(k))
				}
			}
			return "[" + strings.Join(of, ",") + "]"
		}
		for k := range 6 {
			fmt.Fprintf(&b, `%s{"id":%d,"home":[%f,%f],"districts":[%d],"skills":%s,"shift":[480,1020],"capacity":480,"load":0}`,
				map[bool]string{true: ","}[k > 0], k, 121+r.Float64(), 31+r.Float64(), r.IntN(3), list(3))
		}
		b.WriteString(`],"orders":[`)
		var priority []int
		for k := range 60 {
			priority = append(priority, r.IntN(4))
			fmt.Fprintf(&b, `%s{"id":%d,"lon":%f,"lat":%f,"district":%d,"service":30,"priority":%d,"skill":%d,"window":null}`,
				map[bool]string{true: ","}[k > 0], k, 121+r.Float64(), 31+r.Float64(), r.IntN(4), priority[k], r.IntN(3))
		}
		b.WriteString("]}")
		in, err := Read("day", []byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		p := &in.Problem
		ruler := p.Metric.Ruler()
		way := func(a, b int) int64 { // from a crew's home where b is below 0
			x, y := p.Metric.Spot(p.Orders[a].At), p.Metric.Spot(p.Crews[max(0, -b-1)].Start)
			if b >= 0 {
				y = p.Metric.Spot(p.Orders[b].At)
			}
			return int64(ruler.Ticks(&x, &y))
		}
		may := func(crew, order int) bool {
			c, o := &p.Crews[crew], &p.Orders[order]
			return slices.Contains(c.Districts, o.District) && slices.Contains(c.Skills, o.Skills[0])
		}
		apart := 0
		for a := range p.Orders {
			least := int64(-1)
			for crew := range p.Crews {
				if !may(crew, a) {
					continue
				}
				for b := -crew - 1; b < len(p.Orders); b++ {
					if b == a || b >= 0 && !may(crew, b) || b < 0 && b != -crew-1 {
						continue
					}
					if w := way(a, b); least < 0 || w < least {
						least = w
					}
				}
			}
			want := int64(3600)
			if least > 0 {
				want += 2 * least
				apart++
			}
			for range priority[a] {
				want *= 3
			}
			if got := p.Orders[a].Penalty; got != want {
				t.Fatalf("seed %d: order %d of priority %d costs %d to leave over, not %d", seed, a, priority[a], got, want)
			}
		}
		if apart == 0 {
			t.Errorf("seed %d: no order that anybody may do", seed)
		}
	}
}

// Where nobody gets anywhere, that is what is refused, not what leaving an order over costs.
func TestDayPriceOfAStandstill(t *testing.T) {
	in, err := Read("day", []byte(`{"name":"d","travel":{"metric":"haversine","detour":1.3,"speed_kmh":1e-9,"unit":"s","rounding":"nearest"},"skills":["a"],
		"workers":[{"id":1,"home":[121,31],"districts":[0],"skills":[0],"shift":[480,1020],"capacity":480,"load":0}],
		"orders":[{"id":1,"lon":121.1,"lat":31,"district":0,"service":30,"priority":3,"skill":0,"window":null}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := in.Problem.Orders[0].Penalty; got < 0 {
		t.Errorf("leaving it over costs %d", got)
	}
	if _, err := route.Solve(t.Context(), in.Problem, route.Options{Iterations: 10}); err == nil || strings.Contains(err.Error(), "leaving") {
		t.Errorf("refused with %v", err)
	} else {
		t.Log(err)
	}
}

package drawing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"tundish/config/ordertype"
	"tundish/core"
)

// everyType is every type that is shipped, and the gas set.
func everyType(t *testing.T) core.OrderTypes {
	t.Helper()
	all := core.OrderTypes{}
	for _, dir := range []string{"../../order-types", "../../examples/gas/order-types"} {
		types, err := ordertype.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for code, one := range types {
			all[code] = one
		}
	}
	if len(all) < 21 {
		t.Fatalf("only %d types", len(all))
	}
	return all
}

// area is what a text or a box covers.
type area struct {
	what         string
	x, y, x2, y2 float64
}

func textArea(what string, x, y, size float64, anchor string) area {
	w := width(what, size)
	switch anchor {
	case "middle":
		x -= w / 2
	case "end":
		x -= w
	}
	return area{what, x, y - size*0.85, x + w, y + size*0.2}
}

// TestNothingInAPictureOverlaps holds every label against every other, and against the boxes;
// a box holds its own lines.
func TestNothingInAPictureOverlaps(t *testing.T) {
	for code, one := range everyType(t) {
		for _, lang := range []string{"en", "zh"} {
			t.Run(code+" "+lang, func(t *testing.T) {
				l := place(graphOf(one, Options{Lang: lang}))
				var areas []area
				for i, b := range l.boxes {
					areas = append(areas, area{"box " + l.nodes[i].id, b.x, b.y, b.x + b.w, b.y + b.h})
					lines := len(b.name)*(lineHigh+3) + len(b.notes)*lineHigh
					for _, line := range append(b.name, b.notes...) {
						if width(line, noteSize) > boxWide-2*boxPad {
							t.Errorf("%q is too wide for its box", line)
						}
					}
					if float64(lines) > b.h {
						t.Errorf("the lines of %s are higher than its box", l.nodes[i].id)
					}
				}
				for _, a := range l.arrows {
					for i, line := range a.label {
						areas = append(areas, textArea(line, a.labelX, a.labelY+float64(i)*lineHigh, noteSize, a.anchor))
					}
				}
				for i, line := range l.heading {
					areas = append(areas, textArea(line, margin, titleHigh+20+float64(i)*lineHigh, noteSize, "start"))
				}
				areas = append(areas, textArea(l.title, margin, margin+18, 20, "start"))
				for i, a := range areas {
					if a.x < 0 || a.y < 0 || a.x2 > l.wide || a.y2 > l.high {
						t.Errorf("%q reaches over the edge: %+v of %.0f × %.0f", a.what, a, l.wide, l.high)
					}
					for _, b := range areas[:i] {
						if a.x < b.x2 && b.x < a.x2 && a.y < b.y2 && b.y < a.y2 {
							t.Errorf("%q lies over %q", a.what, b.what)
						}
					}
				}
			})
		}
	}
}

// TestAPictureShowsTheWholeProcess: every step and every guard is in it, and it is sound XML.
func TestAPictureShowsTheWholeProcess(t *testing.T) {
	for code, one := range everyType(t) {
		for _, o := range []Options{{Lang: "en"}, {Lang: "zh"}} {
			svg := string(SVG(one, o))
			for d := xml.NewDecoder(strings.NewReader(svg)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", code, err)
				}
			}
			dot := string(DOT(one, o))
			for i := range one.Process.Steps {
				s := &one.Process.Steps[i]
				if s.Kind.Ends() {
					continue
				}
				if name := strings.Fields(o.in(s.Name))[0]; !strings.Contains(svg, name) || !strings.Contains(dot, name) {
					t.Errorf("%s: step %s is not shown", code, s.ID)
				}
				for _, e := range s.Exits {
					if arrow := fmt.Sprintf("%q -> %q", s.ID, e.To); !strings.Contains(dot, arrow) {
						t.Errorf("%s: no arrow %s", code, arrow)
					}
					if e.When != nil && !strings.Contains(dot, quote(e.When.String())[1:12]) {
						t.Errorf("%s: the guard %s is not shown", code, e.When)
					}
				}
			}
			if string(SVG(one, o)) != svg {
				t.Errorf("%s: drawn twice, and not the same", code)
			}
		}
	}
}

func TestLongTextsAreBroken(t *testing.T) {
	for _, c := range []struct {
		text string
		most float64
		want string
	}{
		{"number(a) < number(b) or c", 90, "number(a) <|number(b) or c"},
		{"止码低于上次，须复核", 60, "止码低于上|次，须复核"},
		{"abcdefghij", 30, "abcd|efgh|ij"},
	} {
		if got := strings.Join(wrap(c.text, noteSize, c.most), "|"); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

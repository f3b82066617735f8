package drawing

import (
	"fmt"
	"strings"

	"tundish/core"
)

// colour of a phase: its band and its boxes.
type colour struct{ band, fill, line string }

var colours = map[core.Phase]colour{
	core.Received:     {"#f6f6f4", "#ecece8", "#8a8a80"},
	core.Acceptance:   {"#eef4fb", "#d6e6f7", "#3d74ad"},
	core.Approval:     {"#f5effa", "#e6d8f3", "#7a4ea5"},
	core.Dispatching:  {"#fdf6e9", "#fae7bf", "#b27c12"},
	core.Field:        {"#edf7ee", "#d0ebd3", "#3c8a48"},
	core.ResultReview: {"#eaf6f6", "#c9e8e9", "#2c7f84"},
	core.Released:     {"#fbf0ec", "#f6d8cc", "#b0573a"},
	core.FollowUpCall: {"#fbeef4", "#f5d3e2", "#ae4377"},
	core.Closed:       {"#f3f3f3", "#dddddd", "#555555"},
	core.Returned:     {"#f3f3f3", "#dddddd", "#555555"},
	core.Cancelled:    {"#f3f3f3", "#dddddd", "#555555"},
}

var phaseNames = map[core.Phase]core.Text{
	core.Received: {EN: "Received", ZH: "登记"}, core.Acceptance: {EN: "Acceptance", ZH: "接单审核"}, core.Approval: {EN: "Approval", ZH: "审批"}, core.Dispatching: {EN: "Dispatch", ZH: "派单"},
	core.Field: {EN: "Field", ZH: "现场"}, core.ResultReview: {EN: "Result review", ZH: "结果审核"}, core.Released: {EN: "Released", ZH: "回写"}, core.FollowUpCall: {EN: "Follow-up", ZH: "回访"},
	core.Closed: {EN: "Closed", ZH: "办结"}, core.Returned: {EN: "Returned", ZH: "退单"}, core.Cancelled: {EN: "Cancelled", ZH: "作废"},
}

// SVG draws the process.
func SVG(t *core.OrderType, o Options) []byte {
	l := place(graphOf(t, o))
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif" lang="%s">`+"\n", l.wide, l.high, l.wide, l.high, o.t("en", "zh-CN"))
	fmt.Fprintf(&b, "<title>%s</title>\n<defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0 L10,5 L0,10 z\" fill=\"#444\"/></marker></defs>\n", escape(l.title))
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" fill="#ffffff"/>`+"\n", l.wide, l.high)
	put(&b, margin, margin+18, 20, "start", "#222", true, l.title)
	for i, line := range l.heading {
		put(&b, margin, titleHigh+20+float64(i)*lineHigh, noteSize, "start", "#333", false, line)
	}
	for _, x := range l.bands {
		phase := l.nodes[x.of].phase
		fmt.Fprintf(&b, `<rect x="%.0f" y="%.1f" width="%.0f" height="%.1f" rx="8" fill="%s"/>`+"\n", margin/2, x.y, l.wide-margin, x.h, colours[phase].band)
		for i, line := range wrap(o.in(phaseNames[phase]), 13, bandWide-8) {
			put(&b, margin, x.y+20+float64(i)*lineHigh, 13, "start", colours[phase].line, true, line)
		}
	}
	for _, a := range l.arrows {
		style := ""
		if a.past {
			style = ` stroke-dasharray="5 4"`
		}
		if a.head {
			style += ` marker-end="url(#head)"`
		}
		points := make([]string, len(a.points))
		for i, p := range a.points {
			points[i] = fmt.Sprintf("%.1f,%.1f", p[0], p[1])
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#444" stroke-width="1.2" stroke-linejoin="round"%s/>`+"\n", strings.Join(points, " "), style)
	}
	for i, x := range l.boxes {
		l.box(&b, i, x)
	}
	for _, a := range l.arrows {
		for i, line := range a.label {
			put(&b, a.labelX, a.labelY+float64(i)*lineHigh, noteSize, a.anchor, "#222", false, line)
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func (l *layout) box(b *strings.Builder, i int, x box) {
	n := l.nodes[i]
	c := colours[n.phase]
	round := 6.0
	if n.kind.Ends() {
		round = x.h / 2
	}
	fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f" fill="%s" stroke="%s" stroke-width="1.4"/>`+"\n", x.x, x.y, x.w, x.h, round, c.fill, c.line)
	y := x.y + (x.h-float64(len(x.name))*(lineHigh+3)-float64(len(x.notes))*lineHigh)/2
	for _, line := range x.name {
		put(b, x.x+x.w/2, y+15, nameSize, "middle", "#111", true, line)
		y += lineHigh + 3
	}
	for _, line := range x.notes {
		put(b, x.x+x.w/2, y+12, noteSize, "middle", "#333", false, line)
		y += lineHigh
	}
}

func put(b *strings.Builder, x, y, size float64, anchor, colour string, bold bool, text string) {
	weight := ""
	if bold {
		weight = ` font-weight="600"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="%.0f" text-anchor="%s" fill="%s"%s>%s</text>`+"\n", x, y, size, anchor, colour, weight, escape(text))
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

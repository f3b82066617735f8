package dispatch

import (
	"fmt"
	"slices"
	"strings"

	"tundish/core"
	"tundish/dispatch/route"
)

// faulty stands beside the rules for crews whose data cannot be right.
const faulty = "faulty_data"

// faults are a problem's, by whom they concern, in words for people.
type faults struct {
	problem string
	crewIDs []string // in the order found
	crews   map[string]core.Reason
	orders  map[core.OrderNo]core.Reason
}

// sieve leaves out of the problem what cannot be right, and writes down why.
func (d *day) sieve() {
	d.bad = faults{crews: map[string]core.Reason{}, orders: map[core.OrderNo]core.Reason{}}
	for {
		found := route.Validate(d.problem)
		crews, orders := map[int]bool{}, map[int]bool{}
		for _, f := range found {
			switch {
			case f.Kind == route.FaultNoCrew: // nobody is on duty: the reason of every order
			case f.On == "order":
				orders[f.No] = true
				no := d.jobs[f.No].No
				d.bad.orders[no] = add(d.bad.orders[no], f)
			case f.On == "crew":
				crews[f.No] = true
				if _, ok := d.bad.crews[f.ID]; !ok {
					d.bad.crewIDs = append(d.bad.crewIDs, f.ID)
				}
				d.bad.crews[f.ID] = add(d.bad.crews[f.ID], f)
			default:
				d.bad.problem = strings.TrimPrefix(d.bad.problem+"; "+f.String(), "; ")
			}
		}
		if len(crews)+len(orders) == 0 {
			return
		}
		d.problem.Crews = without(d.problem.Crews, crews)
		d.problem.Orders, d.jobs = without(d.problem.Orders, orders), without(d.jobs, orders)
	}
}

func without[T any](list []T, gone map[int]bool) []T {
	var out []T
	for i, v := range list {
		if !gone[i] {
			out = append(out, v)
		}
	}
	return out
}

// add appends one more fault to what is wrong with a crew or an order.
func add(r core.Reason, f route.Fault) core.Reason {
	text, ok := faultTexts[f.Kind]
	if !ok {
		text = phrase{f.Text, f.Text}
	}
	r.Text = strings.TrimPrefix(r.Text+"; "+text.en, "; ")
	r.TextZH = strings.TrimPrefix(r.TextZH+"；"+text.zh, "；")
	r.Refused = map[string]int{faulty: 1}
	return r
}

// unplannable is why the order cannot be planned at all, if so.
func (f *faults) unplannable(no core.OrderNo) (core.Reason, bool) {
	if f.problem != "" {
		return core.Reason{Text: f.problem, TextZH: "派工数据有误：" + f.problem}, true
	}
	r, ok := f.orders[no]
	return r, ok
}

// mention adds the crews that were not asked to the reason why nobody can.
func (f *faults) mention(r core.Reason) core.Reason {
	if len(f.crewIDs) == 0 {
		return r
	}
	r.Refused[faulty] = len(f.crewIDs)
	var en, zh []string
	for _, id := range slices.Sorted(slices.Values(f.crewIDs))[:min(3, len(f.crewIDs))] {
		en = append(en, fmt.Sprintf("crew %s: %s", id, f.crews[id].Text))
		zh = append(zh, fmt.Sprintf("班组 %s：%s", id, f.crews[id].TextZH))
	}
	r.Text += fmt.Sprintf("; %d crews were not asked because their data cannot be right (%s)", len(f.crewIDs), strings.Join(en, "; "))
	r.TextZH += fmt.Sprintf("；另有 %d 个班组因数据有误未参与（%s）", len(f.crewIDs), strings.Join(zh, "；"))
	return r
}

var faultTexts = map[route.FaultKind]phrase{
	route.FaultMetric:       {"the way is not measured in a number above 0", "行驶参数有误"},
	route.FaultNoID:         {"has no id", "缺少编号或名称"},
	route.FaultDuplicateID:  {"has an id that another one has", "编号重复"},
	route.FaultNoPlace:      {"has no place, or none on the globe; locate it, or use the centre of its district", "没有坐标或坐标超出范围，请先定位或使用片区中心点"},
	route.FaultSwapped:      {"has latitude and longitude swapped", "经纬度疑似颠倒"},
	route.FaultFar:          {"lies too far away from the other crews", "距离其他班组过远"},
	route.FaultNegative:     {"has a number below 0", "数值为负"},
	route.FaultTooLarge:     {"has a number that is too large", "数值过大"},
	route.FaultReversed:     {"has a time span that ends before it begins", "结束时间不晚于开始时间"},
	route.FaultNoShift:      {"has no shift", "在班但没有班次"},
	route.FaultOutside:      {"has an appointment outside of all shifts", "预约时段内没有班组上班"},
	route.FaultUnknownCrew:  {"is for a crew that nobody knows", "指定的班组不存在"},
	route.FaultPeriod:       {"has a period of slow traffic that is none", "路况时段有误"},
	route.FaultBreak:        {"has a break that is none", "休息时段有误"},
	route.FaultPosition:     {"has a position that cannot be", "指定的次序有误"},
	route.FaultUnknownOrder: {"comes after an order that nobody knows", "所依赖的工单不存在"},
	route.FaultCycle:        {"waits, in the end, for itself", "工单依赖成环"},
	route.FaultVisit:        {"belongs to a visit whose windows do not meet", "同一次上门的各工单预约时段没有交集"},
}

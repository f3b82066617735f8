package dispatch

import (
	"fmt"
	"strings"

	"tundish/core"
	"tundish/dispatch/solver"
)

// faulty stands beside the solver's rules for crews whose data cannot be right.
const faulty = "faulty_data"

// faults are a problem's, by whom they concern, in words for people.
type faults struct {
	problem string
	crewIDs []string // in the order found
	crews   map[string]core.Reason
	orders  map[core.OrderNo]core.Reason
}

func bySubject(found []solver.Fault) faults {
	out := faults{crews: map[string]core.Reason{}, orders: map[core.OrderNo]core.Reason{}}
	for _, f := range found {
		switch f.On {
		case solver.OnOrder:
			no := core.OrderNo(f.ID)
			out.orders[no] = add(out.orders[no], f)
		case solver.OnCrew:
			if _, ok := out.crews[f.ID]; !ok {
				out.crewIDs = append(out.crewIDs, f.ID)
			}
			out.crews[f.ID] = add(out.crews[f.ID], f)
		case solver.OnProblem:
			out.problem = strings.TrimPrefix(out.problem+"; "+f.String(), "; ")
		}
	}
	return out
}

// add appends one more fault to what is wrong with a crew or an order.
func add(r core.Reason, f solver.Fault) core.Reason {
	r.Text = strings.TrimPrefix(r.Text+"; "+f.Text, "; ")
	r.TextZH = strings.TrimPrefix(r.TextZH+"；"+chinese(f), "；")
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
	for _, id := range f.crewIDs[:min(3, len(f.crewIDs))] {
		en = append(en, fmt.Sprintf("crew %s: %s", id, f.crews[id].Text))
		zh = append(zh, fmt.Sprintf("班组 %s：%s", id, f.crews[id].TextZH))
	}
	r.Text += fmt.Sprintf("; %d crews were not asked because their data cannot be right (%s)", len(f.crewIDs), strings.Join(en, "; "))
	r.TextZH += fmt.Sprintf("；另有 %d 个班组因数据有误未参与（%s）", len(f.crewIDs), strings.Join(zh, "；"))
	return r
}

var faultsZH = map[solver.FaultKind]string{
	solver.FaultNoID:          "缺少编号或名称",
	solver.FaultDuplicateID:   "编号重复",
	solver.FaultNoShift:       "在班但没有班次",
	solver.FaultReversed:      "结束时间不晚于开始时间",
	solver.FaultNoPlace:       "没有坐标，请先定位或使用片区中心点",
	solver.FaultRange:         "坐标超出范围",
	solver.FaultSwapped:       "经纬度疑似颠倒",
	solver.FaultNegative:      "数值为负",
	solver.FaultTooLarge:      "数值过大",
	solver.FaultOutsideShifts: "预约时段内没有班组上班",
	solver.FaultUnknownPin:    "指定的班组或班次不存在",
	solver.FaultPinExcluded:   "指定的班组同时被排除",
	solver.FaultTravel:        "行驶参数有误",
	solver.FaultNoInstant:     "缺少计划时刻",
}

func chinese(f solver.Fault) string {
	if zh, ok := faultsZH[f.Kind]; ok {
		return zh
	}
	return f.Text
}

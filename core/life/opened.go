package life

import "tundish/core"

// Opened notes that another order was opened for this one. It changes nothing else, whatever the order's phase.
func (r *Rules) Opened(old core.WorkOrder, opened core.OrderNo, s Step) (core.Unit, error) {
	x, err := r.begin(&old, s, core.EventOpened)
	if err != nil {
		return core.Unit{}, err
	}
	x.next.Opened = append(x.next.Opened, opened)
	return x.change()
}

// CopyField takes over one field of an order that forms can ask for, by its path; empty ones and unknown ones are
// left out.
func CopyField(to, from *core.WorkOrder, path string) {
	raw, err := value(from, path)
	if err != nil || raw == nil {
		return
	}
	x := turn{next: *to}
	if x.set(path, raw) == nil {
		*to = x.next
	}
}

package desk

import "tundish/core"

// Types lists the order types that are live, each with its process: the standard one where it names none.
func (s *Service) Types() []core.OrderType {
	rules := s.opts.Rules()
	list := make([]core.OrderType, 0, len(rules.Types))
	for _, t := range rules.Types {
		x := *t
		x.Process = rules.ProcessOf(t)
		list = append(list, x)
	}
	return list
}

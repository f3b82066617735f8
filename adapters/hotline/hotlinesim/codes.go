package hotlinesim

import (
	"tundish/adapters/sim"
	"tundish/core"
)

// codes are the tables of a system; empty ones keep the house's codes. The hotline's are
// those of config/systems/hotline.yaml; a test holds the two together.
type codes struct{ types, urgencies, categories, subCategories, channels sim.Table }

var ownCodes = codes{
	types:     sim.Table{{"BG", "burst"}, {"LS", "leak"}, {"WS", "no_water"}, {"TS", "complaint"}, {"ZX", "enquiry"}, {"HB", "requested_replacement"}},
	urgencies: sim.Table{{"1", "emergency"}, {"2", "urgent"}, {"3", "normal"}},
	categories: sim.Table{
		{"01", "burst"}, {"02", "leak"}, {"03", "no_water"}, {"04", "low_pressure"}, {"05", "water_quality"},
		{"06", "meter_fault"}, {"07", "billing_dispute"}, {"08", "service_attitude"}, {"99", "other"},
	},
	subCategories: sim.Table{{"0201", "main"}, {"0202", "service_pipe"}, {"0203", "meter_joint"}, {"0204", "valve"}, {"0205", "indoor"}, {"0206", "hydrant"}},
	channels:      sim.Table{{"DH", "phone"}, {"YYT", "counter"}, {"YJ", "email"}, {"SMRX", "12345"}},
}

// statusCodes are the letters by which the hotline knows how far an order is.
var statusCodes = sim.Table{
	{"R", "received"}, {"A", "accepted"}, {"D", "dispatched"}, {"G", "on_the_way"}, {"W", "on_site"}, {"C", "completed"},
	{"N", "could_not_be_done"}, {"P", "on_hold"}, {"T", "returned"}, {"X", "cancelled"}, {"F", "closed"},
}

// checkStatus refuses a status that neither the letters nor the house's words have.
func checkStatus(code string) error {
	if statusCodes.Knows(code) {
		return nil
	}
	return core.Invalidf("unknown_code", "OrderStatus/Status", "status %q is not in the table: R A D G W C N P T X F, or the house's words", "状态 %q 不在代码表内：R A D G W C N P T X F 或标准代码", code)
}

package app

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"tundish/core/outbox"
)

func TestMetricsShowHowWriteBackGoes(t *testing.T) {
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(&trafficCollector{func() []outbox.Traffic {
		return []outbox.Traffic{
			{System: "billing", Limit: 3, Ceiling: 8, Calling: 2, Waiting: 5, Storing: 1, Health: outbox.Well},
			{System: "gis", Limit: 1, Ceiling: 8, Health: outbox.Bad},
		}
	}})
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			key := f.GetName()
			for _, l := range m.Label {
				key += " " + l.GetValue()
			}
			got[key] = m.Gauge.GetValue()
		}
	}
	for key, want := range map[string]float64{
		"tundish_outbox_concurrency_limit billing": 3, "tundish_outbox_concurrency_limit gis": 1,
		"tundish_outbox_lanes calling billing": 2, "tundish_outbox_lanes waiting billing": 5, "tundish_outbox_lanes storing billing": 1,
		"tundish_outbox_target_state well billing": 1, "tundish_outbox_target_state bad billing": 0,
		"tundish_outbox_target_state well gis": 0, "tundish_outbox_target_state bad gis": 1,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v (%v), want %v", key, v, ok, want)
		}
	}
	if len(got) != 2+2*3+2*4 {
		t.Errorf("%d series: %v", len(got), got)
	}
}

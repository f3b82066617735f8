package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"tundish/core/outbox"
)

// trafficCollector shows how write-back goes, per target.
type trafficCollector struct {
	traffic func() []outbox.Traffic
}

var (
	limitDesc = prometheus.NewDesc("tundish_outbox_concurrency_limit", "Calls at a time that the target takes well at the moment; at most write_back.concurrency.", []string{"target"}, nil)
	lanesDesc = prometheus.NewDesc("tundish_outbox_lanes", "Orders in this hub's hands: calling, waiting for their turn, or storing what came of it.", []string{"target", "stage"}, nil)
	stateDesc = prometheus.NewDesc("tundish_outbox_target_state", "1 for the state that the target is in: well, resting (it asked to be left alone), bad (left alone after failures), probing.", []string{"target", "state"}, nil)
)

// Describe implements prometheus.Collector.
func (c *trafficCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- limitDesc
	ch <- lanesDesc
	ch <- stateDesc
}

// Collect implements prometheus.Collector.
func (c *trafficCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	for _, t := range c.traffic() {
		target := string(t.System)
		gauge(limitDesc, t.Limit, target)
		gauge(lanesDesc, t.Calling, target, "calling")
		gauge(lanesDesc, t.Waiting, target, "waiting")
		gauge(lanesDesc, t.Storing, target, "storing")
		for _, state := range []outbox.Health{outbox.Well, outbox.Resting, outbox.Bad, outbox.Probing} {
			is := 0
			if t.Health == state {
				is = 1
			}
			gauge(stateDesc, is, target, string(state))
		}
	}
}

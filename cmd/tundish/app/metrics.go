package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tundish/adapters/soap"
	"tundish/core"
)

// metrics are what /metrics shows of the messages that come and go.
type metrics struct {
	registry  *prometheus.Registry
	exchanges *prometheus.HistogramVec
	unmapped  *prometheus.CounterVec
}

func newMetrics(lanes core.LaneStore, targets []core.SystemID) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		exchanges: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tundish_soap_exchange_seconds", Help: "SOAP messages by system, direction, operation and result.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 60},
		}, []string{"system", "direction", "operation", "result"}),
		unmapped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tundish_unmapped_codes_total", Help: "Codes that no table leads to, but that were kept, by system and field.",
		}, []string{"system", "path"}),
	}
	m.registry.MustRegister(m.exchanges, m.unmapped, &deadCollector{lanes: lanes, targets: targets},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts an exchange. Operations that no contract has share one label, so that
// a caller cannot make the set of series grow.
func (m *metrics) observe(e *soap.Exchange) {
	result := "ok"
	if e.Fault != nil {
		result = "fault"
	} else if e.Err != nil {
		result = "error"
	}
	op := e.Operation
	if op == "" {
		op = "unknown"
	}
	m.exchanges.WithLabelValues(string(e.System), string(e.Direction), op, result).Observe(e.Took.Seconds())
}

// deadCollector counts per target the messages that wait for a person.
type deadCollector struct {
	lanes   core.LaneStore
	targets []core.SystemID
}

var deadDesc = prometheus.NewDesc("tundish_outbox_dead_messages", "Dead letters per target, at most 1000 counted.", []string{"target"}, nil)

// Describe implements prometheus.Collector.
func (c *deadCollector) Describe(ch chan<- *prometheus.Desc) { ch <- deadDesc }

// Collect implements prometheus.Collector.
func (c *deadCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, t := range c.targets {
		dead, err := c.lanes.OutboxMessages(ctx, core.OutboxQuery{Target: t, States: []core.MessageState{core.MessageDead}, Limit: 1000})
		if err != nil {
			ch <- prometheus.NewInvalidMetric(deadDesc, err)
			return
		}
		ch <- prometheus.MustNewConstMetric(deadDesc, prometheus.GaugeValue, float64(len(dead)), string(t))
	}
}

// observed is a message log that counts too.
type observed struct {
	soap.MessageLog
	metrics *metrics
}

// Log implements soap.MessageLog.
func (o observed) Log(ctx context.Context, e *soap.Exchange) {
	o.metrics.observe(e)
	o.MessageLog.Log(ctx, e)
}

package outbox_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/outbox"
)

func TestAUnitWakesTheTargetThatItOwes(t *testing.T) {
	st, p := open(t), newPeer()
	d, err := outbox.New(st, []outbox.Target{{System: "billing", Sink: p}, {System: "gis", Sink: p}}, outbox.Options{Clock: core.SystemClock{}, Log: zap.NewNop(), Holder: "hub", Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = d.Run(ctx); close(done) }()
	defer func() { cancel(); <-done }()
	for _, no := range []string{"W1", "W2"} {
		id := owe(t, st, no, 1)[0]
		d.Changed([]*core.Unit{{Orders: []core.OrderChange{{Outbox: []core.OutboxMessage{{Target: "nobody"}, {Target: "billing"}}}}}})
		eventually(t, "the message of "+no+" is delivered though nobody polls", func() bool { return state(t, st, id).State == core.MessageDelivered })
	}
}

package app

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/core"
)

// messageLog keeps every exchange that no use case stored with its own change:
// refusals, queries, and what the hub sent.
type messageLog struct {
	store core.Committer
	log   *zap.Logger
}

// logTime bounds how long keeping a message may take after its answer has left.
const logTime = 10 * time.Second

// Log implements soap.MessageLog.
func (l *messageLog) Log(ctx context.Context, e *soap.Exchange) {
	fields := []zap.Field{
		zap.String("system", string(e.System)), zap.String("op", e.Operation), zap.String("external_ref", e.External),
		zap.String("order", string(e.Order)), zap.String("correlation_id", e.CorrelationID), zap.Duration("took", e.Took),
	}
	switch {
	case e.Direction == core.Inbound: // the endpoint has told what it refused
		l.log.Debug("in", fields...)
	case e.Fault != nil: // its text quotes the message, which is in the message log
		l.log.Info("out refused", append(fields, zap.String("code", core.CodeOf(e.Fault)), zap.String("field", fieldOf(e.Fault)))...)
	default:
		l.log.Debug("out", fields...)
	}
	if e.Stored {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logTime)
	defer cancel()
	if out := l.store.Commit(ctx, core.Unit{Messages: []core.LoggedMessage{standard.Logged(e)}})[0]; out.Kind != core.Applied {
		l.log.Error("a message could not be kept in the message log", append(fields, zap.Error(out.Error()))...)
	}
}

// fieldOf is where in the message the mistake was.
func fieldOf(err error) string {
	var e *core.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

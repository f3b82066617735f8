package app

import (
	"context"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
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
	m := core.LoggedMessage{
		ID: e.CorrelationID, System: e.System, Direction: e.Direction, Operation: e.Operation, External: e.External, Order: e.Order,
		At: e.At.UTC(), Took: e.Took, Result: "ok", Charset: e.Charset, Request: e.Request(), Response: e.Response(),
	}
	switch {
	case e.Fault != nil:
		m.Result = core.CodeOf(e.Fault)
		if m.Result == "" {
			m.Result = string(e.Fault.Code)
		}
		m.Detail = e.Fault.String
		l.log.Warn(string(e.Direction)+" refused: "+m.Detail, append(fields, zap.String("code", m.Result))...)
	case e.Err != nil:
		m.Result, m.Detail = core.CodeOf(e.Err), e.Err.Error()
		if m.Result == "" {
			m.Result = core.KindOf(e.Err).String()
		}
		l.log.Debug(string(e.Direction)+" failed", append(fields, zap.Error(e.Err))...)
	default:
		l.log.Debug(string(e.Direction), fields...)
	}
	if e.Stored {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logTime)
	defer cancel()
	if out := l.store.Commit(ctx, core.Unit{Messages: []core.LoggedMessage{m}})[0]; out.Kind != core.Applied {
		l.log.Error("a message could not be kept in the message log", append(fields, zap.Error(out.Error()))...)
	}
}

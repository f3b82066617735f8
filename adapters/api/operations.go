package api

import (
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/assign"
	"tundish/core/pull"
)

// Lists that operations answer with.
type (
	OutboxList struct {
		Messages []core.OutboxMessage `json:"messages"`
	}
	AttemptList struct {
		Attempts []core.Attempt `json:"attempts"`
	}
	MessageList struct {
		Messages []core.LoggedMessage `json:"messages"`
	}
	RunList struct {
		Runs []core.JobRun `json:"runs"`
	}
	RefusedList struct {
		Refused []core.RefusedItem `json:"refused"`
	}
	RowList struct {
		Rows []core.JobRow `json:"rows"`
	}
	// Replayed is a message that was taken again.
	Replayed struct {
		ID        string        `json:"id"`
		System    core.SystemID `json:"system"`
		Operation string        `json:"operation"`
		External  string        `json:"external,omitempty"`
		Order     core.OrderNo  `json:"order,omitempty"` // the order that it is about, where it is about one
	}
)

// operations are for administrators: what is owed, what was pulled, what was said.
func (a *API) operations() {
	handle(a, "GET /api/v1/outbox?target&order&id&state&limit", house(access.OutboxSee), func(r *http.Request, _ none) (OutboxList, error) {
		v := r.URL.Query()
		q := core.OutboxQuery{Target: core.SystemID(v.Get("target")), Order: core.OrderNo(v.Get("order")), ID: v.Get("id")}
		var err error
		if q.Limit, err = intParam(r, "limit", 100, 10_000); err != nil {
			return OutboxList{}, err
		}
		for _, s := range strings.FieldsFunc(v.Get("state"), func(c rune) bool { return c == ',' }) {
			q.States = append(q.States, core.MessageState(s))
		}
		list, err := a.Reader.OutboxMessages(r.Context(), q)
		for i := range list {
			list[i].Payload = nil
		}
		return OutboxList{all(list)}, err
	})
	handle(a, "GET /api/v1/outbox/{id}/attempts", house(access.OutboxSee), func(r *http.Request, _ none) (AttemptList, error) {
		list, err := a.Reader.Attempts(r.Context(), r.PathValue("id"))
		return AttemptList{all(list)}, err
	})
	handle(a, "POST /api/v1/outbox/{id}/retry", house(access.OutboxRetry), func(r *http.Request, _ none) (done, error) {
		err := a.Reader.Requeue(r.Context(), r.PathValue("id"))
		a.Wake()
		return done{err == nil}, err
	})
	handle(a, "POST /api/v1/outbox/{id}/skip", house(access.OutboxSkip), func(r *http.Request, in remark) (done, error) {
		if in.Remark == "" {
			return done{}, core.Fail(core.Invalid, "required", "remark", "a message is given up with a reason", "放弃消息必须填写原因")
		}
		err := a.Reader.Skip(r.Context(), r.PathValue("id"), user(r), in.Remark)
		a.Wake()
		return done{err == nil}, err
	})
	handle(a, "GET /api/v1/messages?system&order&external&id&direction&refused&bodies&limit", house(access.MessageSee), func(r *http.Request, _ none) (MessageList, error) {
		v := r.URL.Query()
		q := core.MessageQuery{System: core.SystemID(v.Get("system")), Order: core.OrderNo(v.Get("order")), External: v.Get("external"), ID: v.Get("id"), Direction: core.Direction(v.Get("direction")), Refused: v.Get("refused") == "true", WithBodies: v.Get("bodies") == "true"}
		var err error
		if q.Limit, err = intParam(r, "limit", 100, 1000); err != nil {
			return MessageList{}, err
		}
		if q.WithBodies {
			if err := a.People.Table().May(callerOf(r).actor, access.MessageBodies, nil); err != nil {
				return MessageList{}, err
			}
		}
		list, err := a.Reader.Messages(r.Context(), q)
		return MessageList{all(list)}, err
	})
	type replay struct {
		Force bool `json:"force"` // also when a later message about the same order was taken
	}
	handle(a, "POST /api/v1/messages/{id}/replay", house(access.MessageReplay), func(r *http.Request, in replay) (Replayed, error) {
		m, err := a.refused(r)
		if err != nil {
			return Replayed{}, err
		}
		err = a.Replay(r.Context(), m.ID, in.Force)
		a.Log.Info("a refused message was tried again", zap.String("id", m.ID), zap.String("system", string(m.System)), zap.String("by", user(r)), zap.Bool("force", in.Force), zap.String("refused", core.CodeOf(err)))
		if err != nil {
			return Replayed{}, err
		}
		out := Replayed{ID: m.ID, System: m.System, Operation: m.Operation, External: m.External}
		if m.External != "" {
			o, _, err := a.Reader.OrderByRef(r.Context(), core.Ref{System: m.System, External: m.External})
			if err != nil && !core.IsKind(err, core.NotFound) {
				return Replayed{}, err
			}
			out.Order = o.No
		}
		return out, nil
	})
	handle(a, "GET /api/v1/jobs/{name}/runs?limit", house(access.JobSee), func(r *http.Request, _ none) (RunList, error) {
		limit, err := intParam(r, "limit", 20, 1000)
		if err != nil {
			return RunList{}, err
		}
		list, err := a.Reader.Runs(r.Context(), r.PathValue("name"), limit)
		return RunList{all(list)}, err
	})
	handle(a, "GET /api/v1/jobs/{name}/runs/{run}/refused?limit", house(access.JobSee), func(r *http.Request, _ none) (RefusedList, error) {
		limit, err := intParam(r, "limit", 100, 1000)
		if err != nil {
			return RefusedList{}, err
		}
		list, err := a.Reader.RefusedItems(r.Context(), r.PathValue("run"), limit)
		if a.People.Table().May(callerOf(r).actor, access.MessageBodies, nil) != nil {
			for i := range list {
				list[i].Raw = nil
			}
		}
		return RefusedList{all(list)}, err
	})
	type window struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	}
	handle(a, "POST /api/v1/jobs/{name}/run", house(access.JobRun), func(r *http.Request, in window) (core.JobRun, error) {
		return a.Pull.RunOnce(r.Context(), r.PathValue("name"), pull.Window{From: in.From, To: in.To})
	})
	type backfill struct {
		window
		OnlyMissing bool `json:"only_missing"`
	}
	handle(a, "POST /api/v1/jobs/{name}/backfill", house(access.JobRun), func(r *http.Request, in backfill) (core.JobRun, error) {
		return a.Pull.Backfill(r.Context(), r.PathValue("name"), pull.Window{From: in.From, To: in.To}, in.OnlyMissing)
	})
	handle(a, "GET /api/v1/jobs/{name}/vanished?limit", house(access.JobSee), func(r *http.Request, _ none) (RowList, error) {
		limit, err := intParam(r, "limit", 100, 1000)
		if err != nil {
			return RowList{}, err
		}
		list, err := a.Reader.VanishedRows(r.Context(), r.PathValue("name"), limit)
		return RowList{all(list)}, err
	})
	handle(a, "POST /api/v1/dispatch/batch", house(access.Batch), func(r *http.Request, _ none) (assign.BatchResult, error) {
		return a.Dispatch.Batch(r.Context())
	})
	type days struct {
		Dry bool `json:"dry"` // nothing is written
	}
	handle(a, "POST /api/v1/dispatch/days", house(access.Batch), func(r *http.Request, in days) (assign.DaysResult, error) {
		return a.Dispatch.PlanDays(r.Context(), in.Dry)
	})
}

// refused is the message {id}, which came from a source and was not taken, or not wholly.
func (a *API) refused(r *http.Request) (core.LoggedMessage, error) {
	id := r.PathValue("id")
	found, err := a.Reader.Messages(r.Context(), core.MessageQuery{ID: id, Limit: 1})
	switch {
	case err != nil:
		return core.LoggedMessage{}, err
	case len(found) == 0:
		return core.LoggedMessage{}, core.Fail(core.NotFound, "unknown_message", "", "there is no message "+id, "没有报文 "+id)
	case found[0].Direction != core.Inbound:
		return core.LoggedMessage{}, core.Fail(core.Conflict, "wrong_direction", "", "message "+id+" was sent by the hub; what is owed is sent again with POST /api/v1/outbox/{id}/retry", "报文 "+id+" 由本系统发出；重发请用 POST /api/v1/outbox/{id}/retry")
	case found[0].Result == core.ResultOK:
		return core.LoggedMessage{}, core.Fail(core.Conflict, "not_refused", "", "message "+id+" was taken; there is nothing to take again", "报文 "+id+" 已接收，无需重放")
	}
	return found[0], nil
}

package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/access"
	"tundish/core/life"
)

// OrderView is an order with everything that belongs to it, as far as the caller may see it.
type OrderView struct {
	Order core.WorkOrder `json:"order"`
	// Words of the codes that the order holds, by their paths: "type", "report.category".
	Words map[string]core.Text `json:"words"`
	// Left is what each time limit has left, Allowed what the caller may do now, with the forms.
	Left    []life.Left  `json:"left"`
	Allowed []life.Offer `json:"allowed"`
	// Timeline is the events in words, oldest first.
	Timeline []Line       `json:"timeline"`
	Events   []core.Event `json:"events"`
	// Outbox is what systems are owed or were told, without the contents.
	Outbox []core.OutboxMessage `json:"outbox"`
	// Messages are what was said with other systems, without bodies; only for whoever may see the message log.
	Messages []core.LoggedMessage `json:"messages,omitempty"`
}

// Line is an event in the words of people.
type Line struct {
	Sequence int64          `json:"sequence"`
	At       time.Time      `json:"at"`
	Kind     core.EventKind `json:"kind"`
	What     core.Text      `json:"what"`
	By       string         `json:"by"`
	// From is the system whose message caused it; empty: somebody of the house, or the hub itself.
	From      core.SystemID `json:"from,omitempty"`
	MessageID string        `json:"message_id,omitempty"`
	Remark    string        `json:"remark,omitempty"`
	Changes   []Changed     `json:"changes,omitempty"`
}

// Changed is a part of the order that an event changed. Old and New are the values where they are single ones;
// lists stand in the event. Where they are codes, OldWords and NewWords are what people call them.
type Changed struct {
	Path     string          `json:"path"`
	Label    core.Text       `json:"label"`
	Old      json.RawMessage `json:"old,omitempty"`
	New      json.RawMessage `json:"new,omitempty"`
	OldWords *core.Text      `json:"old_words,omitempty"`
	NewWords *core.Text      `json:"new_words,omitempty"`
}

func (a *API) details() {
	handle(a, "GET /api/v1/orders/{no}", onOrder(access.See), func(r *http.Request, _ none) (OrderView, error) { return a.detail(r) })
}

func (a *API) detail(r *http.Request) (OrderView, error) {
	ctx, c, table := r.Context(), callerOf(r), a.People.Table()
	var view OrderView
	o, err := a.Reader.Order(ctx, orderNo(r))
	if err != nil {
		return view, err
	}
	if view.Allowed, err = a.allowed(r, &o, a.by(r, "").Actor); err != nil {
		return view, err
	}
	if view.Left, err = a.Desk.Left(&o); err != nil {
		return view, err
	}
	if view.Events, err = a.Reader.Events(ctx, o.No); err != nil {
		return view, err
	}
	if view.Outbox, err = a.Reader.OutboxMessages(ctx, core.OutboxQuery{Order: o.No}); err != nil {
		return view, err
	}
	view.Outbox = a.owed(c, view.Outbox)
	messages, err := a.Reader.Messages(ctx, core.MessageQuery{Order: o.No})
	if err != nil {
		return view, err
	}
	from := map[string]core.SystemID{}
	for _, m := range messages {
		from[m.ID] = m.System
	}
	if table.May(c.actor, access.MessageSee, nil) == nil {
		view.Messages = messages
	}
	view.Order, view.Events = table.Show(c.actor, o), table.ShowEvents(c.actor, &o, view.Events)
	view.Words = a.wordsOf(&view.Order)
	view.Timeline = make([]Line, len(view.Events))
	for i := range view.Events {
		view.Timeline[i] = a.line(&view.Events[i], from)
	}
	view.Outbox, view.Left = all(view.Outbox), all(view.Left)
	return view, nil
}

// owed is what the caller is shown of the messages owed for an order that he may see: without their contents, which are the
// order once more, and what went wrong with those of other systems only where he may see the outbox. To him the hub's own
// targets, who else was told of it, say nothing either.
func (a *API) owed(c *caller, list []core.OutboxMessage) []core.OutboxMessage {
	inside := c.actor.All || a.People.Table().May(c.actor, access.OutboxSee, nil) == nil
	shown := list[:0]
	for _, m := range list {
		m.Payload = nil
		if !inside {
			if strings.HasPrefix(string(m.Target), "hub:") {
				continue
			}
			m.LastError, m.Attempts = "", 0
		}
		shown = append(shown, m)
	}
	return shown
}

// wordsOf are the words of the codes that the order holds.
func (a *API) wordsOf(o *core.WorkOrder) map[string]core.Text {
	out := map[string]core.Text{}
	add := func(path, kind, code string) {
		if code != "" {
			out[path] = a.Words(kind, code)
		}
	}
	add("type", "type", o.Type)
	add("family", "family", string(o.Family))
	add("phase", "phase", string(o.Phase))
	add("urgency", "urgency", string(o.Urgency))
	add("channel", "channel", o.Channel)
	add("customer.tariff", "tariff", o.Customer.Tariff)
	add("place.district", "district", o.Place.District)
	add("place.point_source", "point_source", string(o.Place.PointSource))
	add("meter.state", "meter_state", o.Meter.State)
	add("report.category", "category", o.Report.Category)
	add("report.sub_category", "sub_category", o.Report.SubCategory)
	if c := o.LastCompletion(); c != nil {
		add("completion.outcome", "outcome", string(c.Outcome))
		add("completion.reason", "reason", c.Reason)
		add("completion.handling", "handling", c.Handling)
		add("completion.confirmation", "confirmation", c.Confirmation)
		add("completion.account_treatment", "account_treatment", c.AccountTreatment)
		add("completion.old_meter_fate", "meter_fate", c.OldMeterFate)
	}
	if f := o.FollowUp; f != nil {
		add("follow_up.satisfaction", "satisfaction", f.Satisfaction)
	}
	return out
}

func (a *API) line(e *core.Event, from map[string]core.SystemID) Line {
	l := Line{Sequence: e.Sequence, At: e.At, Kind: e.Kind, What: a.Words("event", string(e.Kind)), By: e.By, MessageID: e.MessageID, Remark: e.Remark, From: from[e.MessageID]}
	if id, ok := strings.CutPrefix(e.By, "system:"); ok && l.From == "" {
		l.From = core.SystemID(id)
	}
	for _, d := range e.Deltas {
		if part, _, _ := strings.Cut(d.Path, "/"); part == "" || bookkeeping[part] {
			continue // the whole order, as it was received
		}
		f := fieldOf(d.Path)
		c := Changed{Path: d.Path, Label: f.label, Old: single(d.Old), New: single(d.New)}
		if f.codes != "" {
			c.OldWords, c.NewWords = a.inWords(f.codes, d.Old), a.inWords(f.codes, d.New)
		}
		l.Changes = append(l.Changes, c)
	}
	return l
}

// single leaves lists and objects out.
func single(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || raw[0] == '[' || raw[0] == '{' || string(raw) == "null" {
		return nil
	}
	return raw
}

// inWords is what people call a code, nil for what is none.
func (a *API) inWords(kind string, raw json.RawMessage) *core.Text {
	var code string
	if len(raw) == 0 || json.Unmarshal(raw, &code) != nil || code == "" {
		return nil
	}
	t := a.Words(kind, code)
	return &t
}

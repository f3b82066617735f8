package react

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tundish/core"
	"tundish/core/life"
)

// Notice is what people or programs are told about an order.
type Notice struct {
	// ID is the outbox message's: the same in every attempt, and in every channel another.
	ID string `json:"id"`
	// Place of the message in the store: it rises with every one. A listener goes on behind it.
	Place int64 `json:"-"`
	// At is when it was decided.
	At    time.Time    `json:"at"`
	Order core.OrderNo `json:"order"`
	// Sequence rises with every message of the order.
	Sequence int64 `json:"sequence"`
	// Kind is notify, or webhook where an address was named.
	Kind core.WriteBackKind `json:"kind"`
	Rule string             `json:"rule,omitempty"`
	// To are roles, and "crew" for the crews of Crews.
	To    []string  `json:"to,omitempty"`
	Crews []string  `json:"crews,omitempty"`
	Text  core.Text `json:"text"`
	// Trouble: something in the house itself is wrong, not with the order only.
	Trouble bool        `json:"trouble,omitempty"`
	Status  core.Status `json:"status"`
	By      string      `json:"by,omitempty"`
	// About is what of the order is told with it: enough to act on. The API has the rest.
	About About `json:"about"`
	// Of is the order as it was decided on.
	Of core.WorkOrder `json:"-"`
}

// About is what a notice tells of its order. It holds nothing of the customer.
type About struct {
	System   core.SystemID `json:"system"`
	External string        `json:"external"`
	Type     string        `json:"type"`
	Urgency  core.Urgency  `json:"urgency"`
	Phase    core.Phase    `json:"phase"`
	Version  int64         `json:"version"`
	District string        `json:"district,omitempty"`
	Branch   string        `json:"branch,omitempty"`
	Depot    string        `json:"depot,omitempty"`
	// Address and Point are told programs only.
	Address string      `json:"address,omitempty"`
	Point   *core.Point `json:"point,omitempty"`
	Crew    string      `json:"crew,omitempty"`
	DueAt   time.Time   `json:"due_at,omitzero"`
}

func aboutOf(o *core.WorkOrder) About {
	a := About{System: o.Ref.System, External: o.Ref.External, Type: o.Type, Urgency: o.Urgency, Phase: o.Phase, Version: o.Version, District: o.Place.District,
		Branch: o.Place.Branch, Depot: o.Place.Depot, Address: o.Place.Address, Point: o.Place.Point, DueAt: o.DueAt}
	if o.Assignment != nil {
		a.Crew = o.Assignment.CrewID
	}
	return a
}

// NoticeOf reads the notice that a message of the outbox holds.
func NoticeOf(m core.OutboxMessage) (Notice, error) {
	var wb core.WriteBack
	if err := json.Unmarshal(m.Payload, &wb); err != nil {
		return Notice{}, fmt.Errorf("read the message owed for %s: %w", m.Order, err)
	}
	if wb.Reaction == nil {
		return Notice{}, fmt.Errorf("the message %s owed for %s says nothing that is to be done", m.ID, m.Order)
	}
	r := wb.Reaction
	return Notice{ID: m.ID, Place: m.Place, At: wb.At, Order: m.Order, Sequence: m.Sequence, Kind: m.Kind, Rule: r.Rule, To: r.To, Crews: r.Crews, Text: r.Text, Trouble: r.Trouble,
		Status: wb.Status, By: wb.By, About: aboutOf(&wb.Order), Of: wb.Order}, nil
}

// same is what makes two notices one alert: a trouble of the house whichever order it was met at, anything else about
// one order in one state. What programs are told, and what crews are told of their work, is never an alert that was
// given: work that is given, taken and given again is three messages.
func (n *Notice) same() string {
	if !n.Trouble && (n.Kind == core.TellWebhook || n.Rule == life.CrewRule) {
		return n.ID
	}
	about := string(n.Order) + "\x00" + string(n.Status)
	if n.Trouble {
		about = "trouble"
	}
	return strings.Join([]string{about, n.Rule, n.Text.EN, strings.Join(n.Crews, ",")}, "\x00")
}

// Words names codes of the house for people; see config/codes.
type Words func(kind, code, lang string) string

// Line says the notice in one line: urgency, kind of work, number, place and what is to be said.
func (n *Notice) Line(lang string, words Words) string {
	word := func(kind, code string) string {
		if words == nil || code == "" {
			return code
		}
		return words(kind, code, lang)
	}
	zh := strings.HasPrefix(lang, "zh")
	left, right, comma := "[", "] ", ", "
	if zh {
		left, right, comma = "【", "】", "，"
	}
	var b strings.Builder
	b.WriteString(left + word("urgency", string(n.Of.Urgency)) + right)
	if n.Text != (core.Text{}) {
		b.WriteString(strings.Join(strings.Fields(n.Text.In(lang)), " "))
		b.WriteString(map[bool]string{true: "：", false: ": "}[zh])
	}
	parts := []string{strings.TrimSpace(word("type", n.Of.Type) + " " + string(n.Order))}
	for _, s := range []string{n.Of.Place.Address, n.Of.Report.Content} {
		if s = strings.Join(strings.Fields(s), " "); s != "" { // a report with lines of its own could forge other notices
			parts = append(parts, core.CutUTF16(s, mostOfText))
		}
	}
	b.WriteString(strings.Join(parts, comma))
	return b.String()
}

// mostOfText is how much of an address or a report a line quotes.
const mostOfText = 80

// For tells whether the notice is meant for somebody with these roles and this crew.
func (n *Notice) For(roles []string, crew string) bool {
	return crew != "" && slices.Contains(n.Crews, crew) || slices.ContainsFunc(n.To, func(to string) bool {
		return to != string(core.RoleCrew) && slices.Contains(roles, to)
	})
}

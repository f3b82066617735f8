package notify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tundish/core"
	"tundish/core/react"
)

// SMSOptions of an [SMS] gateway. Texts of Fields may hold {phones}, {text}, {order}, {type}, {urgency}, {address},
// {id} and {secret}.
type SMSOptions struct {
	Address Address
	Secret  string
	// Method is POST, or GET for gateways that take everything in the address.
	Method string
	// Form is how the fields are written: "form", "json" or, with GET, "query".
	Form   string
	Fields map[string]string
	// Separator of several numbers; empty: a comma.
	Separator string
	// OK is what the answer of a gateway that took the message holds; empty: any 2xx.
	OK string
	// Text of a message; empty: the notice in one line.
	Text   string
	Lang   string
	Words  react.Words
	Phones func(ctx context.Context, n *react.Notice) []string
}

// SMS sends notices as text messages through a provider's HTTP gateway.
type SMS struct {
	client *client
	o      SMSOptions
}

var _ react.Sender = (*SMS)(nil)

// NewSMS makes a gateway; nothing is sent.
func NewSMS(o SMSOptions) (*SMS, error) {
	if o.Phones == nil {
		return nil, errors.New("notify: an SMS gateway needs to know whose numbers to send to")
	}
	if o.Method == "" {
		o.Method = http.MethodPost
	}
	if o.Separator == "" {
		o.Separator = ","
	}
	c, err := newClient(o.Address)
	if err != nil {
		return nil, err
	}
	return &SMS{c, o}, nil
}

// Send sends each notice to everybody it is for, by one call: a gateway that took it took it for all.
func (s *SMS) Send(ctx context.Context, list []react.Notice) core.Delivery {
	dl := core.Delivery{Outcome: core.Delivered}
	for i := range list {
		if dl = s.one(ctx, &list[i]); dl.Outcome != core.Delivered {
			return dl
		}
	}
	return dl
}

func (s *SMS) one(ctx context.Context, n *react.Notice) core.Delivery {
	phones := s.o.Phones(ctx, n)
	if len(phones) == 0 {
		return core.Delivery{Outcome: core.Delivered, Code: "nobody", Detail: "nobody whom it is for has a number"}
	}
	word := func(kind, code string) string {
		if s.o.Words == nil || code == "" {
			return code
		}
		return s.o.Words(kind, code, s.o.Lang)
	}
	values := []string{"{order}", string(n.Order), "{type}", word("type", n.Of.Type), "{urgency}", word("urgency", string(n.Of.Urgency)), "{address}", n.Of.Place.Address, "{id}", n.ID, "{notice}", n.Text.In(s.o.Lang)}
	text := n.Line(s.o.Lang, s.o.Words)
	if s.o.Text != "" {
		text = strings.NewReplacer(values...).Replace(s.o.Text)
	}
	fill := strings.NewReplacer(append(values, "{phones}", strings.Join(phones, s.o.Separator), "{text}", text, "{secret}", s.o.Secret)...)
	fields := map[string]string{}
	form := url.Values{}
	for name, value := range s.o.Fields {
		fields[name] = fill.Replace(value)
		form.Set(name, fields[name])
	}
	at, kind, body := *s.client.at, "application/x-www-form-urlencoded; charset=utf-8", []byte(form.Encode())
	switch {
	case s.o.Form == "json":
		var err error
		if body, err = json.Marshal(fields); err != nil {
			return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: err.Error()}
		}
		kind = "application/json; charset=utf-8"
	case s.o.Method == http.MethodGet || s.o.Form == "query":
		q := at.Query()
		for name := range form {
			q.Set(name, form.Get(name))
		}
		at.RawQuery, kind, body = q.Encode(), "", nil
	}
	a, lost := s.client.post(ctx, s.o.Method, &at, kind, body, nil)
	if lost != nil {
		return *lost
	}
	dl, ok := judge(a)
	if ok && s.o.OK != "" && !strings.Contains(string(a.body), s.o.OK) {
		dl.Outcome = core.RefusedByPeer // it says no in words; what it says stands with the attempt
	}
	return dl
}

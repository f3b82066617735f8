package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"tundish/core"
	"tundish/core/react"
)

// WebhookOptions of a [Webhook].
type WebhookOptions struct {
	Address Address
	// Secret proves that a call is the hub's: as the key of a signature over time and body, or, with Header, as
	// that header's value itself. Empty: nothing proves it.
	Secret string
	Header string
	Clock  core.Clock
}

// Webhook calls a program's address with one notice as JSON. The same notice always carries the same id, in the body
// and in X-Tundish-Message-Id: the program tells repeats by it.
//
// With a secret, X-Tundish-Signature is "sha256=" and the hexadecimal HMAC-SHA256 of the text
// X-Tundish-Timestamp + "." + body, the timestamp being seconds since 1970.
type Webhook struct {
	client *client
	o      WebhookOptions
}

var _ react.Sender = (*Webhook)(nil)

// NewWebhook makes a webhook; nothing is called.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	if o.Clock == nil {
		return nil, errors.New("notify: a webhook needs a clock")
	}
	c, err := newClient(o.Address)
	if err != nil {
		return nil, err
	}
	return &Webhook{c, o}, nil
}

// Send calls the address once for each notice; a program's channel has one.
func (w *Webhook) Send(ctx context.Context, list []react.Notice) core.Delivery {
	var dl core.Delivery
	for i := range list {
		if dl = w.call(ctx, &list[i]); dl.Outcome != core.Delivered {
			return dl
		}
	}
	return dl
}

func (w *Webhook) call(ctx context.Context, n *react.Notice) core.Delivery {
	body, err := json.Marshal(n)
	if err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: err.Error()}
	}
	stamp := strconv.FormatInt(w.o.Clock.Now().Unix(), 10)
	h := http.Header{"X-Tundish-Message-Id": {n.ID}, "X-Tundish-Timestamp": {stamp}}
	switch {
	case w.o.Secret == "":
	case w.o.Header != "":
		h.Set(w.o.Header, w.o.Secret)
	default:
		h.Set("X-Tundish-Signature", "sha256="+sign(w.o.Secret, stamp, body))
	}
	a, lost := w.client.post(ctx, http.MethodPost, w.client.at, "application/json; charset=utf-8", body, h)
	if lost != nil {
		return *lost
	}
	dl, _ := judge(a)
	if a.status == http.StatusConflict { // the usual word for "I have that one"
		dl.Outcome = core.AlreadyDone
	}
	return dl
}

// sign is the signature of a call, in hexadecimal.
func sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

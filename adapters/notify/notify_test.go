package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"tundish/adapters/notify"
	"tundish/core"
	"tundish/core/react"
)

func TestAProgramIsCalledWithASignatureThatItCanProve(t *testing.T) {
	p := start(t)
	w, err := notify.NewWebhook(notify.WebhookOptions{Address: notify.Address{URL: p.url + "/200/hook", CAFile: p.ca}, Secret: "s3cret", Clock: stopped{}})
	if dl := send(t, w, err, notice("01")); dl.Outcome != core.Delivered {
		t.Fatalf("%+v", dl)
	}
	h := p.heard()
	stamp := h.Header.Get("X-Tundish-Timestamp")
	mac := hmac.New(sha256.New, []byte("s3cret")) // as a program would that has read the manual
	mac.Write([]byte(stamp + "." + h.Body))
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); h.Header.Get("X-Tundish-Signature") != want || stamp != fmt.Sprint(nine.Unix()) {
		t.Errorf("signed %q at %s, want %q", h.Header.Get("X-Tundish-Signature"), stamp, want)
	}
	var body struct {
		ID    string
		Order string
		Text  core.Text
		Crews []string
	}
	if err := json.Unmarshal([]byte(h.Body), &body); err != nil || body.ID != h.Header.Get("X-Tundish-Message-Id") || body.Order != "W01" || body.Text.ZH != "新派工单" {
		t.Errorf("%v: %s", err, h.Body)
	}
	w, err = notify.NewWebhook(notify.WebhookOptions{Address: notify.Address{URL: p.url + "/200/hook", CAFile: p.ca}, Secret: "s3cret", Header: "X-Token", Clock: stopped{}})
	send(t, w, err, notice("01"))
	if h := p.heard(); h.Header.Get("X-Token") != "s3cret" || h.Header.Get("X-Tundish-Signature") != "" {
		t.Errorf("%v", h.Header)
	}
}

func TestAnswersAreSortedAlike(t *testing.T) {
	p := start(t)
	for status, want := range map[int]core.DeliveryOutcome{200: core.Delivered, 204: core.Delivered, 302: core.RefusedByPeer, 400: core.RefusedByPeer, 401: core.RefusedByPeer, 404: core.RefusedByPeer,
		408: core.TryLater, 409: core.AlreadyDone, 429: core.TryLater, 500: core.TryLater, 503: core.TryLater} {
		w, err := notify.NewWebhook(notify.WebhookOptions{Address: notify.Address{URL: fmt.Sprintf("%s/%d/hook", p.url, status), CAFile: p.ca}, Clock: stopped{}})
		dl := send(t, w, err, notice("01"))
		if p.heard(); dl.Outcome != want || (status == 429) != (dl.RetryAfter == 7*time.Second) || (status == 429 || status == 503) != dl.Overloaded {
			t.Errorf("%d: %+v, want %s", status, dl, want)
		}
	}
	w, err := notify.NewWebhook(notify.WebhookOptions{Address: notify.Address{URL: p.url + "/0/hook", CAFile: p.ca, Timeout: 200 * time.Millisecond}, Clock: stopped{}})
	if dl := send(t, w, err, notice("01")); dl.Outcome != core.UnknownOutcome {
		t.Errorf("without an answer: %+v", dl)
	}
	w, err = notify.NewWebhook(notify.WebhookOptions{Address: notify.Address{URL: p.url + "/200/hook?key=hidden"}, Clock: stopped{}}) // without the certificate
	if dl := send(t, w, err, notice("01")); dl.Outcome != core.TryLater || dl.Code != "certificate" || strings.Contains(dl.Detail, "hidden") {
		t.Errorf("an unknown certificate: %+v", dl)
	}
	w, err = notify.NewWebhook(notify.WebhookOptions{Address: notify.Address{URL: "http://127.0.0.1:9/?key=hidden"}, Clock: stopped{}})
	if dl := send(t, w, err, notice("01")); dl.Outcome != core.TryLater || strings.Contains(dl.Detail, "hidden") {
		t.Errorf("nobody listens: %+v", dl)
	}
}

func robot(p *peer, answer string) notify.RobotOptions {
	return notify.RobotOptions{Address: notify.Address{URL: p.url + "/200/robot?key=k&answer=" + url.QueryEscape(answer), CAFile: p.ca}, Secret: "SEC", Lang: "zh-CN", Words: words, Phones: numbers, Clock: stopped{}}
}

func TestAGroupOfWeComIsTold(t *testing.T) {
	p := start(t)
	r, err := notify.NewWeCom(robot(p, `{"errcode":0,"errmsg":"ok"}`))
	if dl := send(t, r, err, notice("01"), notice("02")); dl.Outcome != core.Delivered {
		t.Fatalf("%+v", dl)
	}
	var body struct {
		Type string `json:"msgtype"`
		Text struct {
			Content string   `json:"content"`
			Phones  []string `json:"mentioned_mobile_list"`
		} `json:"text"`
	}
	h := p.heard()
	if err := json.Unmarshal([]byte(h.Body), &body); err != nil || body.Type != "text" || len(body.Text.Phones) != 2 {
		t.Fatalf("%v: %s", err, h.Body)
	}
	if want := "【紧急】新派工单：爆管 W01，光明路 3 号\n【紧急】新派工单：爆管 W02，光明路 3 号"; body.Text.Content != want {
		t.Errorf("%s, want %s", body.Text.Content, want)
	}
	var many []react.Notice
	for i := range 60 {
		many = append(many, notice(fmt.Sprintf("%02d", i)))
	}
	send(t, r, nil, many...)
	if err := json.Unmarshal([]byte(p.heard().Body), &body); err != nil || len(body.Text.Content) > 2048 {
		t.Errorf("%d bytes, %v", len(body.Text.Content), err)
	}
	shown := strings.Count(body.Text.Content, "新派工单")
	contains(t, body.Text.Content, fmt.Sprintf("另有 %d 条", 60-shown))
}

func TestAGroupOfDingTalkIsToldWithItsSignature(t *testing.T) {
	p := start(t)
	r, err := notify.NewDingTalk(robot(p, `{"errcode":0,"errmsg":"ok"}`))
	if dl := send(t, r, err, notice("01")); dl.Outcome != core.Delivered {
		t.Fatalf("%+v", dl)
	}
	h := p.heard()
	q, err := url.ParseQuery(h.Query)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte("SEC"))
	mac.Write([]byte(q.Get("timestamp") + "\nSEC"))
	if q.Get("sign") != base64.StdEncoding.EncodeToString(mac.Sum(nil)) || q.Get("key") != "k" || q.Get("timestamp") != fmt.Sprint(nine.UnixMilli()) {
		t.Errorf("signed %v", q)
	}
	contains(t, h.Body, `"atMobiles":["13800000001","13800000002"]`, `"isAtAll":false`, "爆管 W01")
}

func TestARobotThatRefusesIsHeardThoughHTTPSaysYes(t *testing.T) {
	p := start(t)
	for answer, want := range map[string]core.DeliveryOutcome{
		`{"errcode":93000,"errmsg":"invalid webhook url"}`: core.RefusedByPeer, `{"errcode":45009,"errmsg":"api freq out of limit"}`: core.TryLater, `<html>`: core.RefusedByPeer, `{}`: core.RefusedByPeer,
	} {
		r, err := notify.NewWeCom(robot(p, answer))
		if dl := send(t, r, err, notice("01")); dl.Outcome != want {
			t.Errorf("%s: %+v, want %s", answer, dl, want)
		}
		p.heard()
	}
	r, err := notify.NewDingTalk(robot(p, `{"errcode":130101,"errmsg":"send too fast"}`))
	if dl := send(t, r, err, notice("01")); dl.Outcome != core.TryLater {
		t.Errorf("too fast: %+v", dl)
	}
	p.heard()
}

func TestATextMessageIsSentAsTheProviderWantsIt(t *testing.T) {
	p := start(t)
	o := notify.SMSOptions{Address: notify.Address{URL: p.url + "/200/sms?answer=" + url.QueryEscape(`{"code":0}`), CAFile: p.ca}, Secret: "k&y", Form: "form",
		Fields: map[string]string{"apikey": "{secret}", "mobile": "{phones}", "content": "【供水】{text}", "uid": "{id}"}, OK: `"code":0`, Text: "{urgency}{type}{notice} {order} {address}", Lang: "zh-CN", Words: words, Phones: numbers}
	s, err := notify.NewSMS(o)
	if dl := send(t, s, err, notice("01")); dl.Outcome != core.Delivered {
		t.Fatalf("%+v", dl)
	}
	h := p.heard()
	form, err := url.ParseQuery(h.Body)
	if err != nil || h.Method != "POST" || form.Get("apikey") != "k&y" || form.Get("mobile") != "13800000001,13800000002" || form.Get("content") != "【供水】紧急爆管新派工单 W01 光明路 3 号" || form.Get("uid") != notice("01").ID {
		t.Errorf("%v: %v", err, form)
	}
	o.Form, o.OK = "json", "accepted"
	s, err = notify.NewSMS(o)
	if dl := send(t, s, err, notice("01")); dl.Outcome != core.RefusedByPeer {
		t.Errorf("an answer that does not say yes: %+v", dl)
	}
	contains(t, p.heard().Body, `"mobile":"13800000001,13800000002"`)
	o.Method, o.Form, o.OK = "GET", "query", ""
	s, err = notify.NewSMS(o)
	send(t, s, err, notice("01"))
	if h := p.heard(); h.Method != "GET" || h.Body != "" || !strings.Contains(h.Query, "mobile=13800000001%2C13800000002") {
		t.Errorf("%+v", h)
	}
}

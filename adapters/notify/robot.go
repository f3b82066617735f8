package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tundish/core"
	"tundish/core/react"
)

// RobotOptions of a group robot.
type RobotOptions struct {
	Address Address
	// Secret of a DingTalk robot with 加签; WeCom's has its key in the address alone.
	Secret string
	Lang   string // of its group: "zh-CN" or "en"
	Words  react.Words
	// Phones finds the numbers that a notice mentions in the group; nil: nobody is mentioned.
	Phones func(ctx context.Context, n *react.Notice) []string
	Clock  core.Clock
}

// Robot says notices in a group of WeCom 企业微信 or DingTalk 钉钉.
type Robot struct {
	client *client
	o      RobotOptions
	kind   robotKind
}

// robotKind is what tells the two apart.
type robotKind struct {
	name string
	// most bytes that a text may have.
	most int
	// body of a message that mentions people by phone.
	body func(text string, phones []string) any
	// signed adds to the address what proves the sender.
	signed func(at url.URL, secret string, c core.Clock) *url.URL
	// later are codes of refusals that pass.
	later map[int]bool
}

var wecom = robotKind{
	name: "wecom", most: 2048,
	body: func(text string, phones []string) any {
		return map[string]any{"msgtype": "text", "text": map[string]any{"content": text, "mentioned_mobile_list": phones}}
	},
	signed: func(at url.URL, _ string, _ core.Clock) *url.URL { return &at },
	later:  map[int]bool{-1: true, 45009: true, 45033: true}, // busy, too many, too many at once
}

var dingtalk = robotKind{
	name: "dingtalk", most: 18000,
	body: func(text string, phones []string) any {
		return map[string]any{"msgtype": "text", "text": map[string]any{"content": text}, "at": map[string]any{"atMobiles": phones, "isAtAll": false}}
	},
	signed: func(at url.URL, secret string, c core.Clock) *url.URL {
		if secret == "" {
			return &at
		}
		stamp := strconv.FormatInt(c.Now().UnixMilli(), 10)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "\n" + secret))
		q := at.Query()
		q.Set("timestamp", stamp)
		q.Set("sign", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		at.RawQuery = q.Encode()
		return &at
	},
	later: map[int]bool{-1: true, 130101: true, 410100: true}, // busy, too fast
}

// NewWeCom makes a robot of a WeCom group.
func NewWeCom(o RobotOptions) (*Robot, error) { return newRobot(o, wecom) }

// NewDingTalk makes a robot of a DingTalk group.
func NewDingTalk(o RobotOptions) (*Robot, error) { return newRobot(o, dingtalk) }

func newRobot(o RobotOptions, kind robotKind) (*Robot, error) {
	if o.Clock == nil {
		return nil, errors.New("notify: a robot needs a clock")
	}
	c, err := newClient(o.Address)
	if err != nil {
		return nil, err
	}
	return &Robot{c, o, kind}, nil
}

var _ react.Sender = (*Robot)(nil)

// Send says all of the list in one message, one line each.
func (r *Robot) Send(ctx context.Context, list []react.Notice) core.Delivery {
	phones := []string{}
	if r.o.Phones != nil {
		seen := map[string]bool{}
		for i := range list {
			for _, p := range r.o.Phones(ctx, &list[i]) {
				if !seen[p] {
					seen[p] = true
					phones = append(phones, p)
				}
			}
		}
	}
	body, err := json.Marshal(r.kind.body(r.text(list), phones))
	if err != nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "payload", Detail: err.Error()}
	}
	a, lost := r.client.post(ctx, http.MethodPost, r.kind.signed(*r.client.at, r.o.Secret, r.o.Clock), "application/json; charset=utf-8", body, nil)
	if lost != nil {
		return *lost
	}
	dl, ok := judge(a)
	if !ok {
		return dl
	}
	var said struct {
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(a.body, &said); err != nil || said.Code == nil {
		return core.Delivery{Outcome: core.RefusedByPeer, Code: "answer", Detail: "the answer is none of a " + r.kind.name + " robot; look at the address"}
	}
	dl.Code, dl.Detail = strconv.Itoa(*said.Code), core.CutUTF16(said.Message, 300)
	switch {
	case *said.Code == 0:
	case r.kind.later[*said.Code]:
		dl.Outcome = core.TryLater
	default:
		dl.Outcome = core.RefusedByPeer
	}
	return dl
}

// text is one line for each notice, as many as the robot takes; the rest is counted.
func (r *Robot) text(list []react.Notice) string {
	var b strings.Builder
	for i := range list {
		line := list[i].Line(r.o.Lang, r.o.Words)
		rest := more(r.o.Lang, len(list)-i)
		if b.Len() > 0 && b.Len()+1+len(line)+1+len(rest) > r.kind.most {
			b.WriteString("\n" + rest)
			return b.String()
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(clip(line, r.kind.most-len(rest)-1))
	}
	return b.String()
}

func more(lang string, n int) string {
	if strings.HasPrefix(lang, "zh") {
		return fmt.Sprintf("另有 %d 条，请在系统中查看", n)
	}
	return fmt.Sprintf("and %d more; see the console", n)
}

// clip cuts a text to so many bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	most = max(most-len("…"), 0)
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most] + "…"
}

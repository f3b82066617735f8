package soap

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// Credentials says how callers of an endpoint prove who they are. One proof that is
// accepted suffices; one that is wrong refuses the message, whatever else it holds.
type Credentials struct {
	Basic  bool // HTTP Basic
	Text   bool // WS-Security UsernameToken, PasswordText
	Digest bool // WS-Security UsernameToken, PasswordDigest
	// Bare takes digests without Nonce or without Created too, as old stacks send them.
	// Such a digest can be replayed for ever.
	Bare bool
	// Password finds the password of a user.
	Password func(user string) (password string, ok bool)
	// Freshness is how far the Created of a digest may lie from the hub's clock, either
	// way; 0 means 5 minutes. Nonces are remembered as long.
	Freshness time.Duration
	// Nonces remembers used nonces; nil means in this process only.
	Nonces NonceStore
}

const defaultFreshness = 5 * time.Minute

var failedAuthentication = xml.Name{Space: securitySpace, Local: "FailedAuthentication"}

// denied is one sentence for every way to fail: which part was wrong helps only guessers.
func denied() *Fault {
	return deny("authentication", "", "user name or password missing or wrong", "用户名或密码缺失或错误").about(failedAuthentication)
}

// challenged is denied for callers that may use HTTP Basic: it asks for it.
func challenged() *Fault {
	f := denied().with(http.StatusUnauthorized)
	f.challenge = true
	return f
}

// token is the UsernameToken of a message, and the Timestamp beside it.
type token struct {
	present                            bool
	user, password, kind, nonce, creat string
	expires                            string
}

// proof is what remains to be done once the envelope is known to be good.
type proof struct {
	user, nonce string
}

// basicFirst refuses a message by its HTTP header alone, where nothing in its body could save it.
func (c *Credentials) basicFirst(r *http.Request) *Fault {
	if c == nil || !c.Basic || c.Text || c.Digest {
		return nil
	}
	if user, password, ok := r.BasicAuth(); ok && c.right(user, password) {
		return nil
	}
	return challenged()
}

// check proves the caller by everything the message brought.
func (c *Credentials) check(r *http.Request, t *token, now time.Time) (proof, *Fault) {
	if t.expires != "" {
		// A Timestamp binds whether or not passwords do.
		at, ok := instant(t.expires)
		if !ok || now.Sub(at) > c.freshness() {
			return proof{}, deny("expired", "Timestamp/Expires", "the message expired at %s; the hub's clock shows %s",
				"报文已于 %s 过期；系统当前时间 %s", t.expires, now.UTC().Format(time.RFC3339)).about(xml.Name{Space: utilitySpace, Local: "MessageExpired"})
		}
	}
	if c == nil {
		return proof{}, nil
	}
	var p proof
	proven := false
	if c.Basic && r.Header.Get("Authorization") != "" {
		user, password, ok := r.BasicAuth()
		if !ok || !c.right(user, password) {
			return p, challenged()
		}
		p.user, proven = user, true
	}
	if t.present && (c.Text || c.Digest) {
		if f := c.token(t, now); f != nil {
			return p, f
		}
		p.user, proven = t.user, true
		if t.digest() {
			p.nonce = t.nonce
		}
	}
	switch {
	case proven:
		return p, nil
	case c.Basic:
		return p, challenged()
	}
	return p, denied()
}

func (t *token) digest() bool { return strings.HasSuffix(t.kind, "#PasswordDigest") }

func (c *Credentials) token(t *token, now time.Time) *Fault {
	if !t.digest() {
		if !c.Text || !c.right(t.user, t.password) {
			return denied()
		}
		return nil
	}
	if !c.Digest {
		return denied()
	}
	password, known := c.Password(t.user)
	nonce, err := base64.StdEncoding.DecodeString(t.nonce)
	if err != nil {
		return denied()
	}
	want := digest(nonce, t.creat, password)
	if subtle.ConstantTimeCompare([]byte(want), []byte(t.password)) != 1 || !known {
		return denied()
	}
	// From here on the caller has proven to know the password, and may be told more.
	if (t.nonce == "" || t.creat == "") && !c.Bare {
		return deny("authentication", "UsernameToken", "a digest needs Nonce and Created",
			"摘要密码须同时带有 Nonce 和 Created").about(failedAuthentication)
	}
	if t.creat != "" {
		at, ok := instant(t.creat)
		if off := now.Sub(at); !ok || off > c.freshness() || -off > c.freshness() {
			return deny("expired", "UsernameToken/Created", "Created is %s, the hub's clock shows %s; they may differ by %s",
				"Created 为 %s，系统当前时间 %s，相差不得超过 %s", t.creat, now.UTC().Format(time.RFC3339), c.freshness().String()).about(failedAuthentication)
		}
	}
	return nil
}

// spend uses up the nonce of a proof, just before the call.
func (c *Credentials) spend(ctx context.Context, system core.SystemID, p proof) error {
	if c == nil || p.nonce == "" {
		return nil
	}
	// Created may lie ahead as far as behind: for both together a nonce can come back.
	fresh, err := c.Nonces.Use(ctx, system, p.user, p.nonce, 2*c.freshness())
	if err != nil {
		return core.Because(core.Unavailable, "unavailable", err)
	}
	if !fresh {
		return deny("replayed", "UsernameToken/Nonce", "this Nonce was used before; make a new one for every message",
			"该 Nonce 已被使用，每个报文须使用新的 Nonce").about(failedAuthentication)
	}
	return nil
}

func (c *Credentials) freshness() time.Duration {
	if c == nil || c.Freshness <= 0 {
		return defaultFreshness
	}
	return c.Freshness
}

// right compares in a time that tells nothing about how much of the password was right.
func (c *Credentials) right(user, password string) bool {
	want, known := c.Password(user)
	a, b := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && known
}

// digest is Base64(SHA-1(nonce + created + password)), as the UsernameToken profile has it.
func digest(nonce []byte, created, password string) string {
	h := sha1.New()
	h.Write(nonce)
	h.Write([]byte(created))
	h.Write([]byte(password))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// instant reads an xs:dateTime; one without a zone is UTC, as WS-Security wants.
func instant(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

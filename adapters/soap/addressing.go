package soap

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/wsdl/xml"
)

// The addresses of WS-Addressing that are no addresses, in both versions.
func anonymous(address string) bool {
	return address == "" || address == addressing10+"/anonymous" || address == addressing04+"/role/anonymous"
}

func nowhere(address string) bool { return address == addressing10+"/none" }

// replies refuses a message whose answer is wanted where this hub may not send it.
func (e *Endpoint) replies(in *incoming) *Fault {
	for _, address := range []string{in.replyTo, in.faultTo} {
		if anonymous(address) || nowhere(address) || e.listed(address) {
			continue
		}
		return refuse("reply_to", "ReplyTo", "the answer is wanted at %q; this endpoint answers on the connection of the request only",
			"要求将应答发往 %q；本端点只在请求连接上应答", address).about(xml.Name{Space: in.addressing, Local: "InvalidAddressingHeader"})
	}
	return nil
}

func (e *Endpoint) listed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return false
	}
	return slices.ContainsFunc(e.o.ReplyHosts, func(host string) bool {
		return strings.EqualFold(host, u.Host) || strings.EqualFold(host, u.Hostname())
	})
}

// elsewhere sends the answer to where the message wants it, and reports whether that is
// not the connection it came on. An answer that cannot be delivered there goes back on the
// connection after all.
func (v *visit) elsewhere(out []byte, f *Fault) bool {
	to := v.in.replyTo
	if f != nil && v.in.faultTo != "" {
		to = v.in.faultTo
	}
	switch {
	case anonymous(to) || f != nil && f.bare:
		return false
	case nowhere(to):
		return true
	case !v.e.listed(to): // the message was refused for it
		return false
	}
	if err := v.deliver(to, out); err != nil {
		v.e.log.Warn("answer not taken at its ReplyTo", zap.String("op", v.x.Operation), zap.String("correlation_id", v.x.CorrelationID), zap.String("err", discreet(err)))
		return false
	}
	return true
}

// replyTime is how long a ReplyTo may take to accept an answer.
const replyTime = 10 * time.Second

// replier sends answers elsewhere. It follows no redirects: the hosts are listed.
var replier = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 5 * time.Second},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (v *visit) deliver(to string, out []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), replyTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(bytes.Clone(out)))
	if err != nil {
		return err
	}
	req.Header["Content-Type"] = v.w.Header()["Content-Type"]
	if v.in.version == SOAP11 {
		req.Header.Set("SOAPAction", `""`)
	}
	resp, err := replier.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 64<<10)
	if resp.StatusCode >= 300 {
		return fmt.Errorf("send the answer to %s: HTTP status %s", to, resp.Status)
	}
	return nil
}

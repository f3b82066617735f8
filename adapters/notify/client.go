package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"tundish/core"
)

// Address is where a channel's messages go.
type Address struct {
	// URL is http or https. The key of a robot stands in it, so it is shown to nobody.
	URL string
	// CAFile holds further certificates to trust, PEM; empty: the machine's alone.
	CAFile string
	// Timeout of one call; 0 means 10 s.
	Timeout time.Duration
}

// mostAnswer is how much of an answer is read.
const mostAnswer = 64 << 10

// client posts to one address.
type client struct {
	at   *url.URL
	http *http.Client
}

func newClient(a Address) (*client, error) {
	at, err := url.Parse(a.URL)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil, errors.New("notify: the address is not one of http or https")
	}
	if a.Timeout <= 0 {
		a.Timeout = 10 * time.Second
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	transport.MaxIdleConnsPerHost = 8
	if a.CAFile != "" {
		pem, err := os.ReadFile(a.CAFile)
		if err != nil {
			return nil, fmt.Errorf("notify: read the certificates to trust: %w", err)
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("notify: %s holds no certificate in PEM form", a.CAFile)
		}
		transport.TLSClientConfig.RootCAs = pool
	}
	return &client{at: at, http: &http.Client{
		Transport: transport, Timeout: a.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// post sends a body. The Delivery counts where there was no answer to judge.
func (c *client) post(ctx context.Context, method string, at *url.URL, kind string, body []byte, header http.Header) (answer, *core.Delivery) {
	req, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, &core.Delivery{Outcome: core.RefusedByPeer, Code: "request", Detail: "the call cannot be made"}
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", "tundish")
	r, err := c.http.Do(req)
	if err != nil {
		return answer{}, failed(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(io.LimitReader(r.Body, mostAnswer))
	if err != nil {
		return answer{}, &core.Delivery{Outcome: core.UnknownOutcome, Code: "answer_cut", Detail: "the answer ended in the middle"}
	}
	return answer{r.StatusCode, r.Header, text}, nil
}

// failed sorts a call without an answer: what never left may be tried again without a question. The address, which
// holds a key, is left out of what is said.
func failed(err error) *core.Delivery {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &op) && op.Op == "dial", isDNS(err):
		return &core.Delivery{Outcome: core.TryLater, Code: "unreachable", Detail: err.Error()}
	case errors.As(err, &cert):
		return &core.Delivery{Outcome: core.TryLater, Code: "certificate", Detail: "its certificate is not trusted: " + cert.Err.Error()}
	}
	return &core.Delivery{Outcome: core.UnknownOutcome, Code: "no_answer", Detail: err.Error()}
}

func isDNS(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// judge an answer by its HTTP status; ok leaves the rest to the channel's own rules.
func judge(a answer) (dl core.Delivery, ok bool) {
	dl = core.Delivery{Code: strconv.Itoa(a.status), Detail: core.CutUTF16(strings.TrimSpace(string(a.body)), 300)}
	switch {
	case a.status >= 200 && a.status < 300:
		dl.Outcome = core.Delivered
		return dl, true
	case a.status == http.StatusRequestTimeout || a.status == http.StatusTooEarly:
		dl.Outcome = core.TryLater
	case a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable:
		dl.Outcome, dl.Overloaded, dl.RetryAfter = core.TryLater, true, retryAfter(a.header)
	case a.status >= 500:
		dl.Outcome = core.TryLater // it may have taken it: the id tells it that it is the same
	default:
		dl.Outcome = core.RefusedByPeer
	}
	return dl, false
}

// retryAfter reads seconds; a date is not worth the trouble of two clocks.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

package peoplesim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"tundish/core"
)

// client speaks to the hub's API.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{
		Timeout:   20 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
	}}
}

// refused is an answer that says no; everything else that is wrong may be over in a moment.
type refused struct {
	Status  int
	Code    string
	Message string
}

func (r *refused) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

func (c *client) do(ctx context.Context, method, path, user string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Tundish-User", user)
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		var e struct {
			Error struct{ Code, Message string }
		}
		_ = json.Unmarshal(raw, &e) // without a JSON body the status must do
		return &refused{Status: resp.StatusCode, Code: e.Error.Code, Message: e.Error.Message}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// post acts, and acts again while the hub cannot be reached: a person presses the
// button until it answers. A no is an answer.
func (c *client) post(ctx context.Context, path, user string, in any) error {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := c.do(ctx, http.MethodPost, path, user, in, nil)
		var no *refused
		if err == nil || errors.As(err, &no) && no.Status < 500 {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// orders lists every order that matches, page by page.
func (c *client) orders(ctx context.Context, q url.Values) ([]core.WorkOrder, error) {
	q.Set("limit", "1000")
	var all []core.WorkOrder
	for {
		var page struct {
			Orders []core.WorkOrder
			Next   core.OrderNo
		}
		if err := c.do(ctx, http.MethodGet, "/orders?"+q.Encode(), "simulator", nil, &page); err != nil {
			return all, err
		}
		all = append(all, page.Orders...)
		if page.Next == "" {
			return all, nil
		}
		q.Set("after", string(page.Next))
	}
}

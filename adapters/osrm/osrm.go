// Package osrm asks a routing service how long ways take: one that speaks the HTTP
// interface of OSRM's table service (osrm-routed, and others that imitate it).
//
// Answers are kept, because a town's ways do not change within a day. Every call is bounded
// in time; when the service is away the caller is told so (Unavailable) and plans with
// straight lines, and the service is left alone for a while.
package osrm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"tundish/core"
)

// Options of a Client.
type Options struct {
	// URL of the service, e.g. http://osrm.internal:5000. Profile is the means of travel in its
	// paths; "" means driving.
	URL, Profile string
	// Timeout bounds one request; 0 means 5 s.
	Timeout time.Duration
	// Block is how many places one request asks about at most, sources and destinations
	// together; 0 means 100, what osrm-routed allows unless told otherwise.
	Block int
	// Keep is how many ways are remembered; 0 means 4 million (64 MB or so).
	Keep int
	// Rest is how long the service is left alone after it did not answer; 0 means 1 min.
	Rest time.Duration
}

// Client asks one service. It may be used by several goroutines.
type Client struct {
	o    Options
	http *http.Client

	mu    sync.Mutex
	ways  map[way]int32
	until time.Time // left alone
}

// way is from one place to another, in hundred-thousandths of a degree (about a metre).
type way struct{ fromLat, fromLon, toLat, toLon int32 }

// New makes a Client; it asks nothing yet.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, core.Invalidf("routing_url", "url", "the routing service is %q; give a URL such as http://osrm.internal:5000", "路径服务地址 %q 无效；应形如 http://osrm.internal:5000", o.URL)
	}
	o.URL = strings.TrimRight(o.URL, "/")
	if o.Profile == "" {
		o.Profile = "driving"
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Block < 2 {
		o.Block = 100
	}
	if o.Keep <= 0 {
		o.Keep = 4_000_000
	}
	if o.Rest <= 0 {
		o.Rest = time.Minute
	}
	return &Client{o: o, http: &http.Client{Timeout: o.Timeout}, ways: map[way]int32{}}, nil
}

func near(p core.Point) (lat, lon int32) {
	return int32(math.Round(p.Lat * 1e5)), int32(math.Round(p.Lon * 1e5))
}

func wayOf(a, b core.Point) way {
	var w way
	w.fromLat, w.fromLon = near(a)
	w.toLat, w.toLon = near(b)
	return w
}

// unreachable stands for a way that the service says there is none of: a day.
const unreachable = 86_400

// Table is how many seconds every way from one of the places to another one takes: row by
// row, from the first. Answers Unavailable when the service does not answer.
func (c *Client) Table(ctx context.Context, places []core.Point) ([]int32, error) {
	n := len(places)
	half := max(1, c.o.Block/2)
	for a := 0; a < n; a += half {
		for b := 0; b < n; b += half {
			from, to := places[a:min(n, a+half)], places[b:min(n, b+half)]
			if c.knows(from, to) {
				continue
			}
			if err := c.ask(ctx, from, to); err != nil {
				return nil, err
			}
		}
	}
	out := make([]int32, n*n)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, a := range places {
		for j, b := range places {
			if i == j {
				continue
			}
			t, ok := c.ways[wayOf(a, b)]
			if !ok { // so many places that they do not fit into the memory
				return nil, core.Fail(core.Unavailable, "routing_memory", "", fmt.Sprintf("%d places are more than %d ways kept in memory", n, c.o.Keep), fmt.Sprintf("%d 个地点超出路径缓存（%d 条）", n, c.o.Keep))
			}
			out[i*n+j] = t
		}
	}
	return out, nil
}

func (c *Client) knows(from, to []core.Point) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range from {
		for _, b := range to {
			if _, ok := c.ways[wayOf(a, b)]; !ok {
				return false
			}
		}
	}
	return true
}

// answer of the table service.
type answer struct {
	Code      string       `json:"code"`
	Message   string       `json:"message"`
	Durations [][]*float64 `json:"durations"`
}

func (c *Client) ask(ctx context.Context, from, to []core.Point) error {
	c.mu.Lock()
	resting := time.Now().Before(c.until)
	c.mu.Unlock()
	if resting {
		return core.Fail(core.Unavailable, "routing_away", "", "the routing service did not answer a short while ago", "路径服务刚才没有应答")
	}
	a, err := c.get(ctx, from, to)
	if err != nil {
		c.mu.Lock()
		if ctx.Err() == nil {
			c.until = time.Now().Add(c.o.Rest)
		}
		c.mu.Unlock()
		return core.Because(core.Unavailable, "routing_away", fmt.Errorf("ask the routing service %s: %w", c.o.URL, err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ways)+len(from)*len(to) > c.o.Keep {
		clear(c.ways)
	}
	for i := range from {
		for j := range to {
			t := int32(unreachable)
			if d := a.Durations[i][j]; d != nil {
				t = int32(math.Round(min(max(*d, 0), unreachable)))
			}
			c.ways[wayOf(from[i], to[j])] = t
		}
	}
	return nil
}

// answerMost bounds an answer: 25 bytes for each of 10,000 ways would be a lot.
const answerMost = 64 << 20

func (c *Client) get(ctx context.Context, from, to []core.Point) (*answer, error) {
	var path, sources, destinations strings.Builder
	write := func(list []core.Point, first int, numbers *strings.Builder) {
		for k, p := range list {
			if first+k > 0 {
				path.WriteByte(';')
			}
			if k > 0 {
				numbers.WriteByte(';')
			}
			path.WriteString(strconv.FormatFloat(p.Lon, 'f', 6, 64) + "," + strconv.FormatFloat(p.Lat, 'f', 6, 64))
			numbers.WriteString(strconv.Itoa(first + k))
		}
	}
	write(from, 0, &sources)
	write(to, len(from), &destinations)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.o.URL+"/table/v1/"+url.PathEscape(c.o.Profile)+"/"+path.String()+"?annotations=duration&sources="+sources.String()+"&destinations="+destinations.String(), nil)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(io.LimitReader(res.Body, answerMost)).Decode(&a); err != nil {
		return nil, fmt.Errorf("status %s: %w", res.Status, err)
	}
	if a.Code != "Ok" {
		return nil, fmt.Errorf("it refused with %s %q: %s", res.Status, a.Code, a.Message)
	}
	if len(a.Durations) != len(from) {
		return nil, fmt.Errorf("%d rows for %d places", len(a.Durations), len(from))
	}
	for _, row := range a.Durations {
		if len(row) != len(to) {
			return nil, fmt.Errorf("a row of %d for %d places", len(row), len(to))
		}
	}
	return &a, nil
}

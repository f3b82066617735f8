package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/cmd/tundish/app"
	"tundish/core/pull"
)

const (
	pulled   = 6000
	pageSize = 200 // as the example job has it
)

// due is one meter at the end of its life as the example billing system lists it.
const due = `<Item><ExternalRef>HB2026%07[1]d</ExternalRef><Type>DQHB</Type><Urgency>YB</Urgency>` +
	`<Customer><Account>0310%07[1]d</Account><Name>王建国</Name><Phone>13800000000</Phone><Tariff>residential</Tariff></Customer>` +
	`<Place><Address>浦东新区张杨路1234弄%[1]d号</Address><District>PD02</District><Branch>浦东营业管理部</Branch><Book>03102</Book><BookNo>17</BookNo><Detail>门口左侧水表井内</Detail>` +
	`<Coordinate referenceSystem="WGS84"><Lat>31.2284</Lat><Lon>121.4782</Lon></Coordinate></Place>` +
	`<Meter><Serial>S%07[1]d</Serial><DiameterMM>20</DiameterMM><Model>LXS-20E</Model><Maker>宁波水表</Maker><InstalledOn>2020-05-20</InstalledOn><DueOn>2026-05-20</DueOn><LastReading>1234.50</LastReading></Meter>` +
	`<Deadline>2026-05-20T17:00:00+08:00</Deadline><SourceAt>2026-05-11T00:00:00+08:00</SourceAt></Item>`

const (
	open  = `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>`
	shut  = `</soap:Body></soap:Envelope>`
	taken = open + `<ConfirmReceivedResponse xmlns="urn:tundish:billing:v1"><Acknowledgement><Accepted>true</Accepted><AlreadyDone>false</AlreadyDone></Acknowledgement></ConfirmReceivedResponse>` + shut
)

var pageNo = regexp.MustCompile(`PageNo>(\d+)<`)

// billing lists its pages as bytes made beforehand and takes every confirmation: what is
// measured is the hub.
func billing(b testing.TB) (url string) {
	b.Helper()
	pages := make([]string, 0, pulled/pageSize)
	for first := 0; first < pulled; first += pageSize {
		var p strings.Builder
		p.WriteString(open + `<GetScheduledReplacementsResponse xmlns="urn:tundish:billing:v1">`)
		for i := range pageSize {
			fmt.Fprintf(&p, due, first+i)
		}
		fmt.Fprintf(&p, `<Total>%d</Total><More>%t</More><SourceTime>2026-05-11T09:30:00+08:00</SourceTime></GetScheduledReplacementsResponse>`, pulled, first+pageSize < pulled)
		p.WriteString(shut)
		pages = append(pages, p.String())
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client will say so
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		answer := taken
		if m := pageNo.FindSubmatch(body); m != nil {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil || n >= len(pages) {
				http.Error(w, "no such page", http.StatusBadRequest)
				return
			}
			answer = pages[n]
		}
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

func BenchmarkPull(b *testing.B) {
	url := billing(b)
	root, n := b.TempDir(), 0
	var last string // the database of the hub's last round
	hub := func() lap {
		n++
		dir := filepath.Join(root, strconv.Itoa(n))
		s := settings(b, dir, url)
		st, err := s.Prepare(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		done, err := app.RunJob(context.Background(), s, st, "scheduled-replacements", pull.Window{From: start.Add(-time.Hour), To: start})
		took := time.Since(start)
		if err != nil || done.Created != pulled {
			b.Fatalf("pulled %+v, %v; want %d new orders", done.Counts, err, pulled)
		}
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
		last = s.Config.Store.DSN.V
		return lap{n: pulled, took: took}
	}
	hub() // its rows are those to insert
	rows := stored(b, strings.TrimPrefix(last, "sqlite://"))
	all := rounds(b, hub, func() lap {
		n++
		db := openDatabase(b, filepath.Join(root, fmt.Sprintf("bare%d.db", n)))
		start := time.Now()
		if err := rows.insert(db); err != nil {
			b.Fatal(err)
		}
		return lap{n: pulled, took: time.Since(start)}
	})
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(all[0].rate(), "rows/s")
	b.ReportMetric(all[1].rate(), "bare-rows/s")
	b.ReportMetric(all[0].rate()/all[1].rate(), "of-bare")
	b.ReportMetric(all[0].cpu(), "cpu-µs")
	addRow(fmt.Sprintf("pull, %d orders in pages of %d", pulled, pageSize), all[0], "bare prepared insert of the same rows", all[1], "a durable checkpoint per page")
}

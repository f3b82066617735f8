package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"tundish/config"
)

// foreignDue is due as a system writes it that has a contract of its own.
const foreignDue = `<ROW><GDBH>HB2026%07[1]d</GDBH><GDLX>DQHB</GDLX><JJCD>YB</JJCD><HH>0310%07[1]d</HH><HM>王建国</HM><LXDH>138-0000-0000</LXDH><YSXZ>JM</YSXZ>` +
	`<DZ>浦东新区张杨路1234弄%[1]d号</DZ><QY>PD02</QY><YYB>浦东营业管理部</YYB><CBBH>03102</CBBH><CNXH>17</CNXH><BW>门口左侧水表井内</BW><WD>31.2284</WD><JD>121.4782</JD>` +
	`<BH>S%07[1]d</BH><KJ>DN20</KJ><XH>LXS-20E</XH><CJ>宁波水表</CJ><AZRQ>20200520</AZRQ><DQRQ>20260520</DQRQ><SCDS>1234.50</SCDS><WCQX>2026-05-20 17:00:00</WCQX><DJSJ>2026-05-11 00:00:00</DJSJ>` +
	`<BYZD1/><BYZD2/><CZY>抄表员 0417</CZY><BZ>用户反映水表井盖破损，更换时请一并查看，夜间可电话联系门卫</BZ></ROW>`

// foreignAnswer is how long the answer is that is pulled.
const foreignAnswer = 100 << 20

// BenchmarkForeignPullMemory pulls one answer of 100 MB through a mapping. Growth is what the
// process holds at most, less what it held when a twentieth of the answer had come. Beside it a tenth of
// the rows are pulled through the standard contract, in pages.
func BenchmarkForeignPullMemory(b *testing.B) {
	program, err := hubProgram()
	must(b, program, err)
	rows := foreignAnswer / len(fmt.Sprintf(foreignDue, 1))
	var sent, asked atomic.Int64 // rows, pages
	foreign := unpaged(b, rows, &sent)
	standard := endless(b, rows/10, &asked)
	for b.Loop() {
		dir := b.TempDir()
		for from, to := range map[string]string{"system.yaml": "systems", "mapping.yaml": "mappings", "job.yaml": "jobs"} {
			text, err := os.ReadFile(filepath.Join("testdata", "pulled", from))
			if err != nil {
				b.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(dir, "config", to), 0o755); err != nil {
				b.Fatal(err)
			}
			text = bytes.ReplaceAll(text, []byte(nobody), []byte(foreign))
			if err := os.WriteFile(filepath.Join(dir, "config", to, "pulled.yaml"), text, 0o644); err != nil {
				b.Fatal(err)
			}
		}
		sent.Store(0)
		early, most, took := aPull(b, dir, program, "pulled", func() bool { return sent.Load() < int64(rows/20) })
		asked.Store(0)
		_, _, beside := aPull(b, b.TempDir(), program, "scheduled-replacements", func() bool { return false },
			config.Change{File: "systems/billing.yaml", Key: "url", Text: standard})
		if early == 0 {
			skipped(b, "memory of a foreign pull is not measured: there is no /proc here, or it was over at once")
			return
		}
		mapped, own := float64(rows)/took.Seconds(), float64(rows/10)/beside.Seconds()
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(most>>20), "MB")
		b.ReportMetric(float64(most-early)/(1<<20), "MB-grown")
		b.ReportMetric(mapped, "rows/s")
		b.ReportMetric(mapped/own, "of-standard")
		ownRow(row{work: fmt.Sprintf("memory of a pull of one foreign answer of 100 MB, %s orders", thousands(rows)), hub: megabytes(most), beside: "itself, when a twentieth had come", other: megabytes(early),
			ratio: "+" + megabytes(most-early), must: "+64 MB", also: fmt.Sprintf("%s; the standard contract in pages: %s", perSecond(mapped), perSecond(own))})
	}
}

// unpaged lists all rows in one answer; sent is how many of them it has written.
func unpaged(b testing.TB, rows int, sent *atomic.Int64) (url string) {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // the client will say so
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		out := bufio.NewWriterSize(w, 64<<10)
		defer func() { _ = out.Flush() }()
		_, _ = out.WriteString(open + `<QueryDueMetersResponse xmlns="http://tempuri.org/"><ROWSET>`)
		for i := range rows {
			_, _ = fmt.Fprintf(out, foreignDue, i)
			sent.Add(1)
		}
		_, _ = out.WriteString(`</ROWSET><CODE>1</CODE></QueryDueMetersResponse>` + shut)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

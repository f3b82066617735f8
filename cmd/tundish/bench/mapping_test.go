package bench

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tundish/adapters/mapping"
	"tundish/config/lang"
	"tundish/wsdl/xml"
)

//go:embed testdata/mapping
var legacyFiles embed.FS

const legacyOrders = 20000

// legacyBatch is a message of n orders as an old system writes them, about 530 bytes each.
func legacyBatch(n int) []byte {
	pick := func(i int, words ...string) string { return words[i%len(words)] }
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SubmitRepairs xmlns=\"\"><REPAIRS>\n")
	for i := range n {
		fmt.Fprintf(&b, "<REPAIR><S_BH>BX2026%07d</S_BH><S_LX>%02d</S_LX><I_JJ>%d</I_JJ><S_LY>%d</S_LY><S_HH>0310-%07d</S_HH><S_HM>%s</S_HM><S_DH>%s%08d</S_DH>",
			i, 1+i%6, 1+i%4, 1+i%4, i, pick(i, "王建国", "李秀英", "上海第三纺织厂", "欧阳 明"), pick(i, "138", "１３９", "021-", "186"), i*37%100000000)
		fmt.Fprintf(&b, "<S_DZ>%s%d弄%d号</S_DZ><S_QY>PD%02d</S_QY><S_CB>%05d</S_CB><I_CH>%d</I_CH><S_BW>%s</S_BW><S_GY>s%07dx</S_GY><S_KJ>%s</S_KJ><S_XH>LXS-%dE</S_XH><D_DQ>%04d%02d%02d</D_DQ>",
			pick(i, "浦东新区张杨路", "黄浦区人民大道", "静安区南京西路Ａ座"), 1+i%999, 1+i%77, 1+i%20, i%99999, 1+i%60, pick(i, "门口左侧水表井内", "厨房水槽下", "地下室"), i, pick(i, "ＤＮ15", "DN20", "ＤＮ２５", "DN40"), 15+i%4*5, 2024+i%6, 1+i%12, 1+i%28)
		fmt.Fprintf(&b, "<S_CM>%d.%02d</S_CM><S_NR>%s</S_NR><S_BZ>%s</S_BZ><D_FS>2026-%02d-%02d %02d:%02d:%02d</D_FS><S_FSSJ>%d</S_FSSJ></REPAIR>\n",
			i%9999, i%100, pick(i, "水表Ａ处漏水，请尽快处理", "整栋楼无水已２小时", "水压偏低（三楼以上）", "阀门井盖破损 影响通行"), pick(i, "无", "急", "用户下午在家", ""), 1+i%12, 1+i%28, i%24, i%60, i%60, 1700000000+i)
	}
	b.WriteString("</REPAIRS></SubmitRepairs>\n")
	return b.Bytes()
}

func legacyMapping(b testing.TB) *mapping.Inward {
	b.Helper()
	var p lang.Problems
	m := mapping.Load(legacyFiles, "testdata/mapping/legacy.yaml", mapping.Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		b.Fatal(err)
	}
	in, ok := m.Serve("SubmitRepairs")
	if !ok {
		b.Fatal("the mapping serves no SubmitRepairs")
	}
	return in
}

// mapBatch maps a batch and writes a line per order to out.
func mapBatch(in *mapping.Inward, batch io.Reader, to io.Writer) error {
	out := bufio.NewWriterSize(to, 64<<10)
	r := xml.NewReader(batch, xml.Limits{Bytes: -1})
	if _, err := r.Next(); err != nil {
		return err
	}
	var line []byte
	err := in.Read(r, func(item mapping.Item) error {
		if item.Err != nil {
			return item.Err
		}
		o := &item.Order
		line = line[:0]
		for _, text := range [...]string{o.Ref.External, o.Type, string(o.Urgency), o.Channel, o.Customer.Account, o.Customer.Name, o.Customer.Phone,
			o.Place.Address, o.Place.District, o.Place.Book} {
			line = append(append(line, text...), '\t')
		}
		line = append(strconv.AppendInt(line, int64(o.Place.BookNo), 10), '\t')
		line = append(append(line, o.Place.Detail...), '\t')
		line = append(append(line, o.Meter.Serial...), '\t')
		line = append(strconv.AppendInt(line, int64(o.Meter.DiameterMM), 10), '\t')
		for _, text := range [...]string{o.Meter.Model, o.Meter.DueOn, o.Meter.Reading, o.Report.Content} {
			line = append(append(line, text...), '\t')
		}
		line = append(o.Report.OccurredAt.AppendFormat(line, time.RFC3339), '\n')
		_, err := out.Write(line)
		return err
	})
	if err != nil {
		return err
	}
	if err := r.Finish(); err != nil {
		return err
	}
	return out.Flush()
}

// xslt maps a file with xsltproc and gives what it wrote, or throws it away.
func xslt(t testing.TB, sheet, file string, out *bytes.Buffer) lap {
	t.Helper()
	c := exec.Command("xsltproc", "--nonet", sheet, file)
	if out != nil {
		c.Stdout = out
	}
	start := time.Now()
	if err := c.Run(); err != nil {
		t.Fatalf("xsltproc: %v", err)
	}
	return lap{took: time.Since(start), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
}

// legacySheet writes the stylesheet beside a batch; ok is false without xsltproc.
func legacySheet(t testing.TB, batch []byte) (sheet, file string, ok bool) {
	t.Helper()
	if _, err := exec.LookPath("xsltproc"); err != nil {
		skipped(t, "xsltproc is missing (apt-get install xsltproc): mapping was not measured beside it")
		return "", "", false
	}
	dir := t.TempDir()
	text, err := legacyFiles.ReadFile("testdata/mapping/legacy.xsl")
	if err != nil {
		t.Fatal(err)
	}
	sheet, file = filepath.Join(dir, "legacy.xsl"), filepath.Join(dir, "batch.xml")
	for name, data := range map[string][]byte{sheet: text, file: batch} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return sheet, file, true
}

// The two contestants make the same of a batch, byte for byte.
func TestXSLTAndTheMappingSayTheSame(t *testing.T) {
	batch := legacyBatch(500)
	sheet, file, ok := legacySheet(t, batch)
	if !ok {
		t.Skip("xsltproc is missing (apt-get install xsltproc)")
	}
	var want, got bytes.Buffer
	xslt(t, sheet, file, &want)
	if err := mapBatch(legacyMapping(t), bytes.NewReader(batch), &got); err != nil {
		t.Fatal(err)
	}
	theirs, ours := strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")
	if len(theirs) != 501 || len(ours) != 501 {
		t.Fatalf("%d and %d lines", len(theirs), len(ours))
	}
	for i := range theirs {
		if theirs[i] != ours[i] {
			t.Fatalf("order %d: xsltproc says\n%s\nthe mapping\n%s", i, theirs[i], ours[i])
		}
	}
}

// BenchmarkMapping maps a batch of 20,000 legacy orders on one processor, file to lines of
// text, as xsltproc does.
func BenchmarkMapping(b *testing.B) {
	batch := legacyBatch(legacyOrders)
	in := legacyMapping(b)
	file := filepath.Join(b.TempDir(), "batch.xml")
	if err := os.WriteFile(file, batch, 0o644); err != nil {
		b.Fatal(err)
	}
	ours := func() lap {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		start := time.Now()
		f, err := os.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		if err := mapBatch(in, f, io.Discard); err != nil {
			b.Fatal(err)
		}
		return lap{n: len(batch) >> 10, took: time.Since(start)}
	}
	contestants := []func() lap{ours}
	sheet, copied, beside := legacySheet(b, batch)
	if beside {
		contestants = append(contestants, func() lap {
			l := xslt(b, sheet, copied, nil)
			l.n = len(batch) >> 10
			return l
		})
	}
	all := rounds(b, contestants...)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(all[0].rate()/1024, "MB/s")
	r := row{work: fmt.Sprintf("mapping of %s legacy orders (%d MB), one processor", thousands(legacyOrders), len(batch)>>20), hub: mbPerSecond(all[0])}
	if beside {
		b.ReportMetric(all[1].rate()/1024, "xsltproc-MB/s")
		b.ReportMetric(all[0].rate()/all[1].rate(), "of-xsltproc")
		r.beside, r.other, r.ratio, r.must = "xsltproc, the same lines", mbPerSecond(all[1]), ratio(all[0].rate()/all[1].rate()), "≥ 2"
	}
	ownRow(r)
}

func mbPerSecond(s series) string { return fmt.Sprintf("%.0f MB/s", s.rate()/1024) }

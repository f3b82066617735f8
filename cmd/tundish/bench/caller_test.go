package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// order is a leak as the example hotline reports it, with its coordinate, about 2 KB on
// the wire. %s is its number there.
const order = `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <SubmitOrder xmlns="urn:tundish:hotline:v1">
      <MessageId>m-%[1]s</MessageId>
      <SentAt>2026-05-11T09:30:01+08:00</SentAt>
      <Order>
        <ExternalRef>%[1]s</ExternalRef>
        <Type>LS</Type>
        <Channel>DH</Channel>
        <Urgency>3</Urgency>
        <Customer>
          <Account>0310%[1]s</Account>
          <Name>上海浦东金桥物业管理有限公司</Name>
          <Contact>李师傅</Contact>
          <Phone>13800000000</Phone>
          <Tariff>residential</Tariff>
          <Arrears>0.00</Arrears>
        </Customer>
        <Place>
          <Address>浦东新区张杨路1234弄5号门前绿化带</Address>
          <District>PD02</District>
          <Branch>浦东营业管理部</Branch>
          <Book>03102</Book>
          <BookNo>17</BookNo>
          <Detail>门口左侧水表井内</Detail>
          <Coordinate referenceSystem="GCJ02"><Lat>31.2284</Lat><Lon>121.4782</Lon></Coordinate>
        </Place>
        <Meter>
          <Serial>S%[1]s</Serial>
          <DiameterMM>20</DiameterMM>
          <Model>LXS-20E</Model>
          <Maker>宁波水表</Maker>
          <InstalledOn>2020-05-20</InstalledOn>
          <DueOn>2026-05-20</DueOn>
          <LastReading>1234.50</LastReading>
        </Meter>
        <Report>
          <Category>02</Category>
          <SubCategory>0203</SubCategory>
          <Content>用户来电反映 5 号门前路面冒水，水量较大，已影响行人通行，怀疑是表前接头或支管漏水，要求尽快派人到现场查看并修复；夜间可电话联系门卫。</Content>
          <OccurredAt>2026-05-11T08:50:00+08:00</OccurredAt>
          <RegisteredOn>2026-05-11</RegisteredOn>
          <RegisteredBy>接线员 0417</RegisteredBy>
          <Remark>同一地点今年第二次报漏，请注意核对上次维修记录。</Remark>
        </Report>
        <SourceAt>2026-05-11T09:30:00+08:00</SourceAt>
        <Extra name="caller_language"><Value>沪语</Value></Extra>
      </Order>
    </SubmitOrder>
  </soap:Body>
</soap:Envelope>
`

var number atomic.Int64

// freshRef is a number that no order of this run has had, always of the same length.
func freshRef() string { return fmt.Sprintf("RX%010d", number.Add(1)) }

// tongue is how orders are submitted in a contract.
type tongue struct {
	action, order string
	taken         string // what the answer to a new order holds
}

// ownTongue is the hub's own contract.
var ownTongue = tongue{action: "urn:tundish:hotline:v1/SubmitOrder", order: order, taken: "Known>false</"}

// caller keeps one connection and posts orders over it as bytes.
type caller struct {
	tongue
	conn net.Conn
	in   *bufio.Reader
	head string
}

func dial(addr, path string, speaks tongue) (*caller, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"%s\"\r\nContent-Length: ", path, addr, speaks.action)
	return &caller{tongue: speaks, conn: conn, in: bufio.NewReaderSize(conn, 8<<10), head: head}, nil
}

// message is the request of one order.
func message(ref string) string { return fmt.Sprintf(order, ref) }

// submit posts a fresh order. The message is made before the clock starts.
func (c *caller) submit(out []byte) (buf []byte, took time.Duration, err error) {
	body := fmt.Sprintf(c.order, freshRef())
	out = append(out[:0], c.head...)
	out = strconv.AppendInt(out, int64(len(body)), 10)
	out = append(append(out, "\r\n\r\n"...), body...)
	start := time.Now()
	if _, err := c.conn.Write(out); err != nil {
		return out, 0, err
	}
	answer, err := c.answer()
	took = time.Since(start)
	if err == nil && !bytes.Contains(answer, []byte(c.taken)) {
		err = fmt.Errorf("the order was not taken as new: %s", answer)
	}
	return out, took, err
}

// answer reads a response whose length is announced.
func (c *caller) answer() ([]byte, error) {
	length := -1
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if first && !strings.HasPrefix(text, "HTTP/1.1 200") {
			rest, _ := io.ReadAll(io.LimitReader(c.in, int64(c.in.Buffered())))
			return nil, fmt.Errorf("%s\n%s", text, rest)
		}
		if text == "" {
			break
		}
		if name, value, _ := strings.Cut(text, ": "); name == "Content-Length" {
			if length, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("the answer has no Content-Length")
	}
	body, err := c.in.Peek(length)
	if err != nil {
		return nil, err
	}
	_, err = c.in.Discard(length)
	return body, err
}

// crowd is a number of callers of one server.
type crowd []*caller

func gather(b testing.TB, n int, addr, path string) crowd {
	b.Helper()
	return gatherSpeaking(b, ownTongue, n, addr, path)
}

func gatherSpeaking(b testing.TB, speaks tongue, n int, addr, path string) crowd {
	b.Helper()
	all := make(crowd, n)
	for i := range all {
		var err error
		if all[i], err = dial(addr, path, speaks); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = all[i].conn.Close() })
	}
	return all
}

// submit lets everybody submit, one order after the other, for a while.
func (all crowd) submit(b testing.TB, during time.Duration) lap {
	times := make([][]time.Duration, len(all))
	var wg sync.WaitGroup
	start := time.Now()
	end := start.Add(during)
	for i, c := range all {
		wg.Go(func() {
			var buf []byte
			for time.Now().Before(end) {
				var took time.Duration
				var err error
				if buf, took, err = c.submit(buf); err != nil {
					b.Errorf("caller %d: %v", i, err)
					return
				}
				times[i] = append(times[i], took)
			}
		})
	}
	wg.Wait()
	l := lap{took: time.Since(start)}
	for _, t := range times {
		l.times = append(l.times, t...)
	}
	l.n = len(l.times)
	return l
}

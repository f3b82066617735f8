package staging

import (
	"testing"
	"time"
)

func TestValuesOfATableAreWrittenAsMappingsReadThem(t *testing.T) {
	at := time.Date(2026, 5, 10, 8, 5, 0, 120e6, time.UTC)
	for _, c := range []struct {
		v          any
		kind, want string
	}{
		{nil, "INT", ""}, {int64(7), "INT", "7"}, {12.5, "FLOAT", "12.5"}, {1e21, "FLOAT", "1000000000000000000000"}, {true, "BIT", "1"}, {false, "BIT", "0"},
		{[]byte("12.3400"), "DECIMAL", "12.3400"}, {"冒水", "NVARCHAR", "冒水"}, {[]byte{0xff, 0}, "VARBINARY", "/wA="},
		{[]byte{0x67, 0x45, 0x23, 0x01, 0xab, 0x89, 0xef, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8}, "UNIQUEIDENTIFIER", "01234567-89AB-CDEF-0102-030405060708"},
		{at, "DATETIME2", "2026-05-10T08:05:00.12"}, {at, "DATE", "2026-05-10"}, {at, "TIME", "08:05:00.12"},
		{at.In(time.FixedZone("", 8*3600)), "DATETIMEOFFSET", "2026-05-10T16:05:00.12+08:00"},
	} {
		if got := said(c.v, c.kind); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.v, c.kind, got, c.want)
		}
	}
	if got := back(at, "DATETIME2"); got != "2026-05-10 08:05:00.12" {
		t.Errorf("bound as %v", got)
	}
}

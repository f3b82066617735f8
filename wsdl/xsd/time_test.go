package xsd

import (
	"strings"
	"testing"
	"time"
)

var cst = time.FixedZone("CST", 8*3600)

func TestDateTimesKeepWhatWasWritten(t *testing.T) {
	for _, c := range []struct {
		in   string
		zone bool
		want string // in UTC
	}{
		{"2024-06-01T08:30:00", false, "2024-06-01T00:30:00Z"},
		{"2024-06-01T08:30:00Z", true, "2024-06-01T08:30:00Z"},
		{"2024-06-01T08:30:00+08:00", true, "2024-06-01T00:30:00Z"},
		{"2024-06-01T08:30:00-00:00", true, "2024-06-01T08:30:00Z"},
		{"2024-06-01T08:30:00-14:00", true, "2024-06-01T22:30:00Z"},
		{"2024-06-01T08:30:00.25Z", true, "2024-06-01T08:30:00.25Z"},
		{"2024-06-01T08:30:00.1234567890123Z", true, "2024-06-01T08:30:00.123456789Z"},
		{"2024-06-01T08:30:00.000+08:00", true, "2024-06-01T00:30:00Z"},
		{"2024-02-29T24:00:00Z", true, "2024-03-01T00:00:00Z"},
		{"2024-12-31T24:00:00.000", false, "2024-12-31T16:00:00Z"},
		{"0001-01-01T00:00:00Z", true, "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59Z", true, "9999-12-31T23:59:59Z"},
	} {
		d, err := ParseDateTime("\n " + c.in + "\t")
		if err != nil || d.String() != c.in || d.HasZone() != c.zone {
			t.Errorf("%q: %s, zone %v, %v", c.in, d, d.HasZone(), err)
		}
		if got := d.Time(cst).UTC().Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%q: %s, want %s", c.in, got, c.want)
		}
	}
}

func TestWhatIsNoDateTimeIsRefusedWithAReason(t *testing.T) {
	for in, says := range map[string]string{
		"": "", "2024-06-01": "'T'", "2024-06-01 08:30:00": "'T'", "2024/5/1": "", "2024-6-1T08:30:00": "", "2024-06-01T08:30": "seconds are missing",
		"2024-06-01T08:30:60Z": "leap second", "2016-12-31T23:59:60Z": "leap second", "0000-01-01T00:00:00Z": "year 0000", "-0001-01-01T00:00:00Z": "before 1",
		"12024-01-01T00:00:00Z": "beyond 9999", "2024-13-01T00:00:00": "no such month", "2024-00-01T00:00:00": "no such month", "2023-02-29T00:00:00": "no such day",
		"2024-04-31T00:00:00": "no such day", "2024-04-00T00:00:00": "no such day", "2024-06-01T25:00:00": "no such time", "2024-06-01T24:00:01": "no such time",
		"2024-06-01T24:00:00.001": "no such time", "2024-06-01T23:60:00": "no such time", "2024-06-01T23:59:61": "no such time",
		"2024-06-01T08:30:00.": "no digits", "2024-06-01T08:30:00,5": "", "2024-06-01T08:30:00+8": "", "2024-06-01T08:30:00+0800": "+08:00",
		"2024-06-01T08:30:00+14:01": "14:00", "2024-06-01T08:30:00+08:60": "14:00", "2024-06-01T08:30:00z": "", "2024-06-01t08:30:00": "'T'", "2024-06-01T08:30:00 Z": "",
		"2024-06-01T08:30:00ZZ": "", "２024-06-01T08:30:00": "", "20240601T083000": "", "1717200000": "",
	} {
		d, err := ParseDateTime(in)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "such as 2024-06-01T08:30:00") {
			t.Errorf("%q: %s, %v; want an error that says %q", in, d, err, says)
		}
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"2024-06-01": "2024-05-31T16:00:00Z", "2024-06-01Z": "2024-06-01T00:00:00Z", "2024-06-01+08:00": "2024-05-31T16:00:00Z", "2024-02-29-05:30": "2024-02-29T05:30:00Z",
		"2024-06-01+00:00": "2024-06-01T00:00:00Z",
	} {
		d, err := ParseDate([]byte(in + "\n"))
		if err != nil || d.String() != in {
			t.Errorf("%q: %s, %v", in, d, err)
		}
		if got := d.Time(cst).UTC().Format(time.RFC3339); got != want || d.HasZone() != (len(in) > 10) {
			t.Errorf("%q: %s, %v", in, got, d.HasZone())
		}
	}
	for _, in := range []string{"", "2024-6-1", "2024/06/01", "20240601", "2023-02-29", "2024-06-01T00:00:00", "0000-01-01", "2024-06-01ZZ", "2024-06", "2024-06-01+15:00"} {
		if d, err := ParseDate(in); err == nil {
			t.Errorf("%q: %s", in, d)
		}
	}
	if d := NewDate(2024, 2, 30); d.String() != "2024-03-01" {
		t.Errorf("%s", d)
	}
	if d := DateOf(time.Date(2024, 6, 1, 0, 30, 0, 0, cst)); d.String() != "2024-06-01" || d.Cmp(NewDate(2024, 6, 2)) != -1 || d.Cmp(NewDate(2024, 6, 1)) != 0 {
		t.Errorf("%s", d)
	}
	var zero, back Date
	if !zero.IsZero() || zero.String() != "" || back.UnmarshalText(nil) != nil || back != zero {
		t.Error("the zero value does not survive")
	}
}

func TestDateTimesOfInstants(t *testing.T) {
	for want, at := range map[string]time.Time{
		"2024-06-01T08:30:00+08:00":      time.Date(2024, 6, 1, 8, 30, 0, 0, cst),
		"2024-06-01T08:30:00Z":           time.Date(2024, 6, 1, 8, 30, 0, 0, time.UTC),
		"2024-06-01T08:30:00.05-03:30":   time.Date(2024, 6, 1, 8, 30, 0, 50_000_000, time.FixedZone("", -12600)),
		"1900-01-01T00:00:17+08:05":      time.Date(1900, 1, 1, 0, 1, 0, 0, time.FixedZone("LMT", 8*3600+5*60+43)),
		"2024-06-01T08:30:00.000000001Z": time.Date(2024, 6, 1, 8, 30, 0, 1, time.UTC),
		"":                               time.Date(10000, 6, 1, 8, 30, 0, 1, time.UTC),
	} {
		d := NewDateTime(at)
		if d.String() != want || want != "" && !d.Time(nil).Equal(at) {
			t.Errorf("%v: %s, want %s", at, d, want)
		}
	}
	if d := NewLocalDateTime(time.Date(2024, 6, 1, 8, 30, 0, 0, cst)); d.String() != "2024-06-01T08:30:00" || d.HasZone() || d.Date().String() != "2024-06-01" {
		t.Errorf("%s", d)
	}
	var zero, back DateTime
	if !zero.IsZero() || !zero.Time(cst).IsZero() || back.UnmarshalText([]byte(" ")) != nil || !back.IsZero() {
		t.Error("the zero value does not survive")
	}
}

func FuzzDateTime(f *testing.F) {
	for _, s := range []string{
		"2024-06-01T08:30:00", "2024-06-01T08:30:00.250Z", "2024-02-29T24:00:00+08:00", "2024-06-01", "2024-06-01Z", "0001-01-01T00:00:00-14:00", "2024/6/1",
		"0001-01-01T0:00:00+00:00", "0001-01-01-00:00",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		trimmed := strings.Trim(s, " \t\r\n")
		if d, err := ParseDate(s); err != nil {
			checkError(t, err, s)
		} else if again, err := ParseDate(d.String()); err != nil || again != d || d.String() != trimmed {
			t.Fatalf("%q: %s, again %s, %v", s, d, again, err)
		}
		d, err := ParseDateTime(s)
		if err != nil {
			checkError(t, err, s)
			// what package time reads as RFC 3339 and XML Schema allows must not be refused
			if at, terr := time.Parse(time.RFC3339Nano, s); terr == nil && at.Year() >= 1 && at.Year() < 9999 && !strings.Contains(err.Error(), "14:00") &&
				!strings.Contains(s, ",") && len(s) > 13 && s[13] == ':' { // it takes commas and hours of one digit
				t.Fatalf("%q: %v; package time reads it", s, err)
			}
			return
		}
		if d.String() != trimmed {
			t.Fatalf("%q became %s", s, d)
		}
		at := d.Time(cst)
		layout := "2006-01-02T15:04:05.999999999"
		if d.HasZone() {
			layout = time.RFC3339Nano
		}
		if want, err := time.ParseInLocation(layout, trimmed, cst); err == nil && !want.Equal(at) {
			t.Fatalf("%q: %v, package time %v", s, at, want)
		} else if err != nil && !strings.Contains(s, "T24:") && !strings.Contains(err.Error(), "out of range") {
			t.Fatalf("%q: read here, by package time %v", s, err)
		}
		if y := at.UTC().Year(); y >= 1 && y <= 9998 {
			if again, err := ParseDateTime(NewDateTime(at).String()); err != nil || !again.Time(nil).Equal(at) {
				t.Fatalf("%q: %v is written as %s: %v", s, at, NewDateTime(at), err)
			}
		}
	})
}

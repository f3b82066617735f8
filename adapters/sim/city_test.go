package sim

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"tundish/wsdl/xsd"
)

var may11 = time.Date(2026, 5, 11, 0, 0, 0, 0, DefaultZone)

func TestTheSameSeedMakesTheSameCity(t *testing.T) {
	a, b, c := NewCity(7, may11), NewCity(7, may11), NewCity(8, may11)
	if !reflect.DeepEqual(a, b) {
		t.Error("two cities of one seed differ")
	}
	if reflect.DeepEqual(a.Points, c.Points) {
		t.Error("two seeds make the same city")
	}
}

func TestTheCityIsLargeEnoughAndItsNumbersAreUnique(t *testing.T) {
	c := NewCity(1, may11)
	if len(c.Points) < 2500 || len(c.Points) != CityPoints {
		t.Fatalf("%d service points, want %d", len(c.Points), CityPoints)
	}
	if len(c.byAccount) != len(c.Points) || len(c.bySerial) != len(c.Points) || len(c.byNo) != len(c.Points) {
		t.Errorf("%d accounts, %d serials, %d numbers for %d points", len(c.byAccount), len(c.bySerial), len(c.byNo), len(c.Points))
	}
	horizon := xsd.DateOf(may11.AddDate(0, 0, 90))
	due, rare, never, padded, decimals, large := 0, 0, 0, 0, 0, 0
	for i := range c.Points {
		p := &c.Points[i]
		if p.Meter.DueOn.Cmp(horizon) < 0 {
			due++
		}
		for _, r := range p.Holder {
			if utf8.RuneLen(r) == 4 {
				rare++
			}
		}
		switch reading := p.Meter.LastReading; {
		case reading == "":
			never++
		case strings.HasPrefix(reading, "0") && reading != "0":
			padded++
		case strings.Contains(reading, "."):
			decimals++
		}
		if p.Meter.DiameterMM > 50 {
			large++
		}
		if d := Distance(p.Point, p.District.Centre); d > 2500 {
			t.Errorf("%s lies %.0f m from the centre of its district", p.Address, d)
		}
		if p.Meter.VerifiedOn.Cmp(p.Meter.DueOn) >= 0 || p.Meter.InstalledOn.Cmp(p.Meter.VerifiedOn) < 0 {
			t.Errorf("%s: verified %s, installed %s, due %s", p.Meter.Serial, p.Meter.VerifiedOn, p.Meter.InstalledOn, p.Meter.DueOn)
		}
	}
	if due != CityDue {
		t.Errorf("%d meters fall due within the horizon, want %d", due, CityDue)
	}
	for what, n := range map[string]int{"names beyond the BMP": rare, "meters never read": never, "padded readings": padded, "decimals": decimals, "large meters": large} {
		if n == 0 {
			t.Errorf("the city has no %s", what)
		}
	}
}

func TestDueStartsWithTheMostPressing(t *testing.T) {
	due := NewCity(1, may11).Due()
	for i := 1; i < len(due); i++ {
		if due[i].Meter.DueOn.Cmp(due[i-1].Meter.DueOn) < 0 {
			t.Fatalf("%s follows %s", due[i].Meter.DueOn, due[i-1].Meter.DueOn)
		}
	}
}

func TestAnExchangedMeterIsFoundByItsNewSerial(t *testing.T) {
	c := NewCity(1, may11)
	p := &c.Points[17]
	old := p.Meter.Serial
	c.Exchange(p, "NEW-1")
	if c.Serial(old) != nil || c.Serial("NEW-1") != p || c.Account(p.Account) != p {
		t.Error("the exchange is not found")
	}
}

func TestDistrictsAreThoseOfTheConfiguration(t *testing.T) {
	raw, err := os.ReadFile("../../config/districts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Districts []struct {
			Code     string
			Name     struct{ Zh string }
			Centroid struct{ Lat, Lon float64 }
			Depot    string
		}
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Districts) != len(Districts) {
		t.Fatalf("config/districts.yaml has %d districts, the city %d", len(file.Districts), len(Districts))
	}
	for i, d := range file.Districts {
		if ours := Districts[i]; d.Code != ours.Code || d.Name.Zh != ours.Name || d.Depot != ours.Depot || d.Centroid.Lat != ours.Centre.Lat || d.Centroid.Lon != ours.Centre.Lon {
			t.Errorf("config/districts.yaml has %+v, the city %+v", d, ours)
		}
	}
}

func TestGCJ02IsSomeHundredMetresAside(t *testing.T) {
	for _, d := range Districts {
		if off := Distance(GCJ02(d.Centre), d.Centre); off < 100 || off > 700 {
			t.Errorf("%s moves by %.0f m", d.Name, off)
		}
	}
}

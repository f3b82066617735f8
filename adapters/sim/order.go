package sim

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"time"

	"tundish/core"
	"tundish/wsdl/vocabulary"
	"tundish/wsdl/xsd"
)

// Customer is the customer of a service point, as orders carry it.
func (p *ServicePoint) Customer() *vocabulary.Customer {
	arrears := xsd.MustDecimal(p.Arrears)
	return &vocabulary.Customer{Account: p.Account, Name: p.Holder, Contact: p.Contact, Phone: p.Phone, Tariff: p.Tariff, Arrears: &arrears}
}

// Place is where a service point is, with its position in WGS 84 or without.
func (p *ServicePoint) Place(located bool) *vocabulary.Place {
	no := vocabulary.Count(p.BookNo)
	v := &vocabulary.Place{
		Address: p.Address, District: p.District.Code, Branch: p.District.Branch, Depot: p.District.Depot,
		Book: p.Book, BookNo: &no, Detail: p.Detail,
	}
	if located {
		v.Coordinate = Coordinate(p.Point, "WGS84")
	}
	return v
}

// VocabularyMeter is the meter of a service point, as orders carry it.
func (p *ServicePoint) VocabularyMeter() *vocabulary.Meter {
	m := &p.Meter
	dn, dial := vocabulary.DiameterMM(m.DiameterMM), xsd.MustDecimal(m.DialRange)
	installed, verified, due := m.InstalledOn, m.VerifiedOn, m.DueOn
	return &vocabulary.Meter{
		Serial: m.Serial, Stamp: m.Stamp, Barcode: m.Barcode, DiameterMM: &dn, Model: m.Model, Maker: m.Maker, DialRange: &dial,
		InstalledOn: &installed, VerifiedOn: &verified, DueOn: &due, State: m.State, LastReading: decimal(m.LastReading),
	}
}

// Coordinate writes a point with seven digits in a reference system. The point is in
// that system already.
func Coordinate(p core.Point, system string) *vocabulary.Coordinate {
	return &vocabulary.Coordinate{Lat: degrees(p.Lat), Lon: degrees(p.Lon), ReferenceSystem: system}
}

// Degrees keeps seven digits: about a centimetre.
func degrees(f float64) xsd.Decimal {
	const scale = 1e7
	n := f * scale
	if n < 0 {
		return xsd.NewDecimal(int64(n-0.5), 7)
	}
	return xsd.NewDecimal(int64(n+0.5), 7)
}

// Local writes an instant as old systems do: civil time without a zone, to the second.
func Local(t time.Time, zone *time.Location) *xsd.DateTime {
	d := xsd.NewLocalDateTime(t.In(zone).Truncate(time.Second))
	return &d
}

// Zoned writes an instant with the offset of its zone, to the second.
func Zoned(t time.Time, zone *time.Location) *xsd.DateTime {
	d := xsd.NewDateTime(t.In(zone).Truncate(time.Second))
	return &d
}

// On is the civil day of an instant.
func On(t time.Time, zone *time.Location) *xsd.Date {
	d := xsd.DateOf(t.In(zone))
	return &d
}

// Photo is a small picture that looks different for every n.
func Photo(name string, n int, takenAt *xsd.DateTime) vocabulary.Attachment {
	const size = 32
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			img.Set(x, y, color.RGBA{R: uint8(x*8 + n), G: uint8(y * 8), B: uint8(n * 37), A: 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return vocabulary.Attachment{Name: name, ContentType: "image/jpeg", TakenAt: takenAt, Content: b.Bytes()}
}

package standard

import (
	"errors"
	"fmt"
	"net/http" // DetectContentType names the types meant by Limits.Types
	"strings"
	"time"

	"tundish/adapters/geo"
	"tundish/adapters/soap"
	"tundish/config/codes"
	"tundish/core"
)

// Settings are the ways of one system on one of the hub's contracts. ID and Zone are
// required.
type Settings struct {
	ID       core.SystemID
	Zone     *time.Location // of its times without zone, and of all times sent to it
	Language soap.Language  // of texts for its people; default English

	Codes Codes
	// Words are the house's codes and what they are called at the moment, for those who read
	// the contract that the hub serves; nil leaves the contract as it was written.
	Words func() *codes.Vocabulary
	// Reference system of its coordinates that name none, and of those sent to it;
	// default WGS84.
	Reference *geo.Reference
	// Area that coordinates must lie in; the zero Area takes any but (0,0).
	Area geo.Area

	// DefaultChannel of orders that name none, in the house's words.
	DefaultChannel string
	Periods        Periods
	Limits         Limits
	// Volatile are elements of Order that do not count when the hub tells a retry from
	// a change, as paths below Order: "SourceAt", "Report/Remark".
	Volatile []string

	// NoPhotos leaves photos out of results.
	NoPhotos bool
	// PhotoBytes is the most one photo sent may have; default 4 MB. MessagePhotoBytes
	// bounds those of one message; default 16 MB. Photos beyond are left out.
	PhotoBytes, MessagePhotoBytes int64
}

// Periods is how a system uses its order numbers.
type Periods string

const (
	// PeriodsAsSent takes RefPeriod where it is sent.
	PeriodsAsSent Periods = ""
	// PeriodsByYear is for numbers that begin anew every year: an order without RefPeriod is
	// of the year in which it was registered.
	PeriodsByYear Periods = "year"
	// PeriodsNone is for numbers that are never used again: a RefPeriod is not looked at, so
	// that a client that begins to send one does not double every order.
	PeriodsNone Periods = "none"
)

// Limits of what comes in. A zero field stands for its default.
type Limits struct {
	Attachments     int      // of one order; default 10
	AttachmentBytes int64    // of one attachment; default 4 MB
	MessageBytes    int64    // of all attachments of one order; default 16 MB
	Types           []string // media types by content; default JPEG, PNG, WebP, PDF
}

// System converts in the ways of one system. It is safe for concurrent use.
type System struct{ Settings }

// NewSystem checks the settings of a system.
func NewSystem(s Settings) (*System, error) {
	if s.ID == "" || s.Zone == nil {
		return nil, errors.New("standard: a system needs its id and its time zone")
	}
	fail := func(format string, args ...any) (*System, error) {
		return nil, fmt.Errorf("standard: system %s: "+format, append([]any{s.ID}, args...)...)
	}
	if s.Language == "" {
		s.Language = soap.English
	}
	if s.Reference == nil {
		s.Reference, _ = geo.ByName(geo.WGS84)
	}
	if s.Reference.Plane() {
		return fail("the contract's coordinates are in degrees, those of %s in metres; a grid needs a mapping", s.Reference)
	}
	if s.Area != (geo.Area{}) && !(s.Area.South < s.Area.North && s.Area.West < s.Area.East) {
		return fail("the service area ends before it begins: %+v", s.Area)
	}
	if s.Periods != PeriodsAsSent && s.Periods != PeriodsByYear && s.Periods != PeriodsNone {
		return fail("periods %q are not known; use %q, %q or leave it out", s.Periods, PeriodsByYear, PeriodsNone)
	}
	if s.Limits.Attachments == 0 {
		s.Limits.Attachments = 10
	}
	const megabyte = 1 << 20
	for _, d := range []struct {
		to  *int64
		def int64
	}{
		{&s.Limits.AttachmentBytes, 4 * megabyte}, {&s.Limits.MessageBytes, 16 * megabyte},
		{&s.PhotoBytes, 4 * megabyte}, {&s.MessagePhotoBytes, 16 * megabyte},
	} {
		if *d.to == 0 {
			*d.to = d.def
		}
	}
	if s.Limits.Types == nil {
		s.Limits.Types = []string{"image/jpeg", "image/png", "image/webp", "application/pdf"}
	}
	for name, t := range s.Codes.tables() {
		if err := t.check(); err != nil {
			return fail("codes of %s: %w", name, err)
		}
	}
	for _, path := range s.Volatile {
		if !isElement(path) {
			return fail("volatile: there is no element %q in Order; write a path such as SourceAt or Report/Remark", path)
		}
	}
	return &System{Settings: s}, nil
}

// detect names the media type of a file by its content, without parameters.
func detect(content []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(content), ";")
	return kind
}

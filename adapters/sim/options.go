package sim

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/soap"
	"tundish/core"
)

// Options are the same for every simulator. The zero value is one that serves and
// does nothing by itself.
type Options struct {
	// ListenAddr is host:port, on loopback. Default: 127.0.0.1 and the simulator's own port,
	// 9101 hotline, 9102 billing, 9103 newconnection, 9104 gis.
	ListenAddr string
	// HubURL is where the hub is; /soap/<system> is appended. Default http://127.0.0.1:8080.
	HubURL string

	Clock core.Clock     // default the machine's
	Zone  *time.Location // of the city; default UTC+8
	// Seed makes the city and the day. Simulators of one city share it. Default 1.
	Seed uint64

	// Drive submits the day's orders to the hub.
	Drive bool
	// Days is how many days have orders, the first being the day on which the simulator
	// starts, or the next if that is after 20:00. Default 1.
	Days int
	// Due is how many scheduled replacements billing registers in the night before each
	// day. Default 540.
	Due int
	// Crews are those whose vehicles the GIS reports, driving around their homes; without
	// any, no positions are reported.
	Crews []Vehicle

	// Faults are rules in the syntax of ParseRule.
	Faults []string

	// Logins are how each system proves to the hub who it is, by system.
	Logins map[core.SystemID]soap.Login
	// Accept is what the hub must show at each system; a system that is missing asks
	// for nothing.
	Accept map[core.SystemID]*soap.Credentials

	Log *zap.Logger // default none
}

// Vehicle is what the GIS knows of a crew.
type Vehicle struct {
	Crew string // id in the hub
	Home core.Point
}

// DefaultZone is the city's: UTC+8 without summer time.
var DefaultZone = time.FixedZone("UTC+8", 8*60*60)

// Default numbers.
const (
	defaultDue = 540
	maxDays    = 366
)

// withDefaults fills in what is missing and refuses what cannot be.
func (o Options) withDefaults() (Options, error) {
	if o.HubURL == "" {
		o.HubURL = "http://127.0.0.1:8080"
	}
	o.HubURL = strings.TrimSuffix(o.HubURL, "/")
	if u, err := url.Parse(o.HubURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return o, fmt.Errorf("the hub's address %q: give it as http://host:port", o.HubURL)
	}
	if o.Clock == nil {
		o.Clock = core.SystemClock{}
	}
	if o.Zone == nil {
		o.Zone = DefaultZone
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Days == 0 {
		o.Days = 1
	}
	if o.Days < 0 || o.Days > maxDays {
		return o, fmt.Errorf("%d days: drive 1 to %d", o.Days, maxDays)
	}
	if o.Due == 0 {
		o.Due = defaultDue
	}
	if o.Due < 0 || o.Due > CityDue {
		return o, fmt.Errorf("%d scheduled replacements a night: the city has %d meters due", o.Due, CityDue)
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return o, nil
}

// firstDay is the midnight with which the driven days begin.
func (o *Options) firstDay() time.Time {
	now := o.Clock.Now().In(o.Zone)
	const lastReport = 20 // o'clock
	day := now.Day()
	if now.Hour() >= lastReport {
		day++
	}
	return time.Date(now.Year(), now.Month(), day, 0, 0, 0, 0, o.Zone)
}

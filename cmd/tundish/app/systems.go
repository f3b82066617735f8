package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"tundish/adapters/billing"
	"tundish/adapters/foreign"
	"tundish/adapters/geo"
	"tundish/adapters/gis"
	"tundish/adapters/hotline"
	"tundish/adapters/newconnection"
	"tundish/adapters/soap"
	"tundish/adapters/standard"
	"tundish/config"
	house "tundish/config/codes"
	"tundish/config/lang"
	"tundish/core"
	"tundish/core/assign"
	"tundish/core/intake"
	"tundish/core/outbox"
	"tundish/core/pull"
	"tundish/core/react"
	"tundish/wsdl/contract"
)

// connection is one connected system, in both directions.
type connection struct {
	endpoint *soap.Endpoint
	sink     outbox.Sink
	sources  map[string]pull.Source // by operation
	locator  assign.Locator         // nil for systems that cannot locate
	finder   react.CustomerFinder   // nil for systems that know no customers
	client   *soap.Client
	lists    *soap.Client   // for long answers; nil for systems without
	closing  []func() error // databases
}

func (c *connection) close() {
	c.client.Close()
	if c.lists != nil {
		c.lists.Close()
	}
	for _, end := range c.closing {
		_ = end() // what is under way fails, and comes again by the connection in its place
	}
}

// deps is what a connection needs of the hub.
type deps struct {
	intake   *intake.Service
	store    Store
	messages soap.MessageLog
	log      *zap.Logger
	clock    core.Clock
	metrics  *metrics // nil for commands
	open     bool     // callers are asked for nothing: they have been before
	// words are the house's as they are live; nil for commands, which serve no contract.
	words func() *house.Vocabulary
}

// connect wires a system by the contract it speaks. These lines are the whole list of
// contracts: a new one is added here.
func connect(s *Settings, sys *config.System, d deps) (*connection, error) {
	ways, lacking := s.standard(sys), s.lack(sys.ID.V)
	lacking.to(d.log, d.metrics)
	ways.Codes.AlertTo(lacking.hear)
	ways.Words = d.words
	system, err := standard.NewSystem(ways)
	if err != nil {
		return nil, err
	}
	if sys.Contract.V == "mapping" {
		return connectMapped(s, sys, system, d)
	}
	client, err := system.NewClient(clientOptions(s, sys, d))
	if err != nil {
		return nil, err
	}
	hub := standard.Hub{System: system, Intake: d.intake, Blobs: d.store, CrewName: (&crewNames{store: d.store}).of, SOAP: endpointOptions(s, sys, d)}
	peer := standard.Peer{System: system, Client: client, Blobs: d.store, Clock: d.clock, Log: d.log}
	c := &connection{client: client, sources: map[string]pull.Source{}}
	var errs [4]error
	switch sys.Contract.V {
	case "hotline":
		c.endpoint, errs[0] = hotline.NewEndpoint(hub)
		c.sink, errs[1] = hotline.NewSink(peer)
	case "billing":
		c.endpoint, errs[0] = billing.NewEndpoint(hub)
		c.sink, errs[1] = billing.NewSink(peer)
		c.sources["GetScheduledReplacements"], errs[2] = billing.NewSource(peer)
		c.finder, errs[3] = billing.NewCustomers(peer)
	case "newconnection":
		c.endpoint, errs[0] = newconnection.NewEndpoint(hub)
		c.sink, errs[1] = newconnection.NewSink(peer)
		c.sources["GetPendingInstallations"], errs[2] = newconnection.NewSource(peer)
	case "gis":
		c.endpoint, errs[0] = gis.NewEndpoint(hub, gis.Positions{Store: d.store, Clock: d.clock})
		c.sink, errs[1] = gis.NewSink(peer)
		c.locator, errs[2] = gis.NewLocator(peer, gis.LocatorOptions{})
	default:
		errs[0] = core.Invalidf("unknown_contract", "contract", "contract %q is not known", "契约 %q 未知", sys.Contract.V)
	}
	if err := errors.Join(errs[:]...); err != nil {
		client.Close()
		return nil, err
	}
	return c, nil
}

// connectMapped wires a system whose contract is its own.
func connectMapped(s *Settings, sys *config.System, system *standard.System, d deps) (*connection, error) {
	m := s.Mappings[sys.ID.V]
	o := clientOptions(s, sys, d)
	o.NoAddressing = true // its stack may trip over headers that it does not know
	o.Repeatable = false
	secrets := map[string]string{}
	for _, e := range sys.Secrets {
		secrets[e.Key] = e.V.Password
		o.Secrets = append(o.Secrets, e.V.Password)
	}
	if look := m.File.Look; look != nil {
		o.Prefix = look.Prefix
	}
	if m.Service != nil && m.Service.SOAP == contract.SOAP12 { // its WSDL has no port for 1.1
		o.Version = soap.SOAP12
	}
	if o.Endpoint == "" {
		o.Endpoint = "http://127.0.0.1:9/" // it is never called
	}
	client, err := system.NewClient(o)
	if err != nil {
		return nil, err
	}
	peer := foreign.Peer{System: system.ID, Client: client, Clock: d.clock, Blobs: d.store, Mapping: m, Secret: func(name string) string { return secrets[name] }, Trouble: s.lack(sys.ID.V).hear}
	c := &connection{client: client, sink: &foreign.Sink{Peer: peer}, sources: map[string]pull.Source{}}
	if len(m.Pulls) > 0 {
		// A list may be one answer that has everything: it takes its time, and is read as it streams by.
		o.AnswerBytes, o.Timeouts = int64(sys.Limits.Answer), soap.Timeouts{Header: sys.Limits.AnswerTime, Whole: sys.Limits.AnswerTime}
		o.XML.Bytes = 2 * int(o.AnswerBytes) // in UTF-8 a text may be longer than it was
		if c.lists, err = system.NewClient(o); err != nil {
			client.Close()
			return nil, err
		}
		lists := peer
		lists.Client = c.lists
		for name, p := range m.Pulls {
			c.sources[name] = &foreign.Source{Peer: lists, Pull: p, Complete: system.Complete}
		}
	}
	if err := c.stage(s, sys, system, d); err != nil {
		c.close()
		return nil, err
	}
	if len(m.Locates) > 0 {
		c.locator = &foreign.Locator{Peer: peer}
	}
	if c.endpoint, err = foreign.NewEndpoint(foreign.Hub{System: system, Mapping: m, Intake: d.intake, SOAP: endpointOptions(s, sys, d)}); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// Contract is one side of the hub's contract with a system, with the codes that hold and what they are called here.
func (s *Settings) Contract(sys *config.System, original func(soap12 bool) []byte) (func(soap12 bool) []byte, error) {
	ways := s.standard(sys)
	ways.Words = func() *house.Vocabulary { return s.Words }
	system, err := standard.NewSystem(ways)
	if err != nil {
		return nil, err
	}
	return system.Contract(original), nil
}

// Books reads a system's own books of its orders, over SOAP.
func (s *Settings) Books(ctx context.Context, sys *config.System, log *zap.Logger) ([]standard.BookEntry, error) {
	system, err := standard.NewSystem(s.standard(sys))
	if err != nil {
		return nil, err
	}
	d := deps{log: log, clock: s.Clock()}
	client, err := system.NewClient(clientOptions(s, sys, d))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	peer := standard.Peer{System: system, Client: client, Clock: d.clock, Log: log}
	var books *standard.Books
	switch sys.Contract.V {
	case "hotline":
		books, err = hotline.NewBooks(peer)
	case "billing":
		books, err = billing.NewBooks(peer)
	case "newconnection":
		books, err = newconnection.NewBooks(peer)
	case "gis":
		books, err = gis.NewBooks(peer)
	default:
		err = core.Invalidf("no_books", "contract", "system %s has no operation that lists its books; only the hub's own contracts have one", "系统 %s 没有可供核对的台账接口；只有本系统的契约提供", sys.ID.V)
	}
	if err != nil {
		return nil, err
	}
	var list []standard.BookEntry
	for e, err := range books.Entries(ctx, time.Time{}, time.Time{}) {
		if err != nil {
			return nil, fmt.Errorf("read the books of %s: %w", sys.ID.V, err)
		}
		list = append(list, e)
	}
	return list, nil
}

// standard is a system's file in the words of its adapters.
func (s *Settings) standard(sys *config.System) standard.Settings {
	b := s.Config.ServiceArea.Bounds
	out := standard.Settings{
		ID: core.SystemID(sys.ID.V), Zone: sys.Location, Language: faultLanguage(sys.Lang),
		Area:           geo.Area{South: b.South.V, West: b.West.V, North: b.North.V, East: b.East.V},
		DefaultChannel: sys.Channel,
		Codes: standard.Codes{
			Type: codes(&sys.Codes.Type), Category: codes(&sys.Codes.Category), SubCategory: codes(&sys.Codes.SubCategory),
			Urgency: codes(&sys.Codes.Urgency), Channel: codes(&sys.Codes.Channel), Status: codes(&sys.Codes.Status),
			Tariff: codes(&sys.Codes.Tariff), MeterState: codes(&sys.Codes.MeterState), Reason: codes(&sys.Codes.Reason),
		},
	}
	out.Reference, _ = geo.ByName(sys.Coordinates) // a plane grid is for the system's mapping
	out.Periods = standard.Periods(sys.RefPeriod)
	if sys.Contract.V == "mapping" && out.Periods == standard.PeriodsNone {
		out.Periods = standard.PeriodsAsSent // only a mapping that says so reads a period
	}
	return out
}

func faultLanguage(l lang.Lang) soap.Language {
	if l == lang.Chinese {
		return soap.Chinese
	}
	return soap.English
}

func codes(t *config.CodeTable) standard.Table {
	if t.Shared != nil {
		return standard.Table{Shared: t.Shared}
	}
	out := standard.Table{Default: t.Default.V}
	switch t.Unmapped.V {
	case "refuse":
		out.Unmapped = standard.Refuse
	case "default":
		out.Unmapped = standard.UseDefault
	}
	for _, e := range t.Map {
		out.Pairs = append(out.Pairs, standard.Pair{Source: e.Key, House: e.V.V})
	}
	return out
}

func endpointOptions(s *Settings, sys *config.System, d deps) soap.EndpointOptions {
	o := soap.EndpointOptions{
		Bundle:        s.version(core.SystemScope(core.SystemID(sys.ID.V))),
		AssumeCharset: sys.Charset.Assume, AnswerCharset: sys.Charset.Answer,
		Limits: soap.Limits{Body: int64(sys.Limits.Body), ReadTime: sys.Limits.ReadTime, CallTime: sys.Limits.CallTime},
		Log:    d.messages, Logger: d.log, Clock: d.clock, PublicURL: s.scheme() + "://" + s.Config.Listen.Address.V + "/soap/" + sys.ID.V,
	}
	in := &sys.Credentials.In
	if !in.Open() && !d.open {
		user, password := in.User.V, in.Password
		o.Credentials = &soap.Credentials{
			Basic: in.Accepts("basic"), Text: in.Accepts("text"), Digest: in.Accepts("digest"), Bare: in.BareDigest, Freshness: in.Freshness,
			Password: func(u string) (string, bool) { return password, u == user },
		}
		if o.Credentials.Digest {
			o.Credentials.Nonces = soap.NewSharedNonces(d.store, 0, d.clock)
		}
	}
	return o
}

// scheme is what the hub itself speaks.
func (s *Settings) scheme() string {
	if s.Config.Listen.TLS.CertFile.V != "" {
		return "https"
	}
	return "http"
}

func clientOptions(s *Settings, sys *config.System, d deps) soap.ClientOptions {
	out := &sys.Credentials.Out
	o := soap.ClientOptions{
		Bundle:   s.version(core.SystemScope(core.SystemID(sys.ID.V))),
		Endpoint: sys.URL.V, Charset: sys.Charset.Out,
		Timeouts:    soap.Timeouts{Header: sys.WriteBack.Timeout, Whole: sys.WriteBack.Timeout},
		Connections: max(sys.WriteBack.Concurrency, 4) + 4, // deliveries, and room for pulls and look-ups beside them
		Repeatable:  true,                                  // every call of ours carries its MessageId
		Log:         d.messages, Logger: d.log, Clock: d.clock,
	}
	if strings.HasPrefix(sys.SOAP, "1.2") {
		o.Version = soap.SOAP12
	}
	switch out.Send {
	case "basic":
		o.Login = soap.Login{Scheme: soap.BasicLogin, User: out.User.V, Password: out.Password}
	case "text":
		o.Login = soap.Login{Scheme: soap.TextLogin, User: out.User.V, Password: out.Password}
	case "digest":
		o.Login = soap.Login{Scheme: soap.DigestLogin, User: out.User.V, Password: out.Password}
	}
	return o
}

package react

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"tundish/core"
)

// DuplicateStore is what the index of open orders reads.
type DuplicateStore interface {
	Order(ctx context.Context, no core.OrderNo) (core.WorkOrder, error)
	Orders(ctx context.Context, q core.OrderQuery) ([]core.WorkOrder, error)
}

// Near says what counts as the same matter. The zero value is good.
type Near struct {
	// Metres between two reports, at most 5000; 0 means 150.
	Metres float64
	// Within is how far apart they were received; 0 means 24 hours.
	Within time.Duration
}

const mostMetres = 5000

// Suggestion is an order that may be about the same matter.
type Suggestion struct {
	Order      core.OrderNo `json:"order"`
	Type       string       `json:"type"`
	Category   string       `json:"category,omitempty"`
	Phase      core.Phase   `json:"phase"`
	Address    string       `json:"address,omitempty"`
	ReceivedAt time.Time    `json:"received_at"`
	Metres     int          `json:"metres"`
	Minutes    int          `json:"minutes"` // between the two receipts
	// Same tells that both name the same category; otherwise they are of the same type only.
	Same bool `json:"same_category"`
	// Of is the order as it stands.
	Of core.WorkOrder `json:"-"`
}

// Duplicates finds open orders near another by place, time and kind. It keeps them in squares of the map, so that no
// question looks at more than the squares around a place. This hub's changes are in it at once, those of others
// after the next refresh; what it names was looked at in the store.
type Duplicates struct {
	store DuplicateStore
	log   *zap.Logger

	mu      sync.RWMutex
	squares map[square]map[core.OrderNo]spot
	where   map[core.OrderNo]square
	// touched, while Fill reads, are orders that changed meanwhile: what it read of them is old.
	touched map[core.OrderNo]bool
}

type square struct{ lat, lon int32 }

type spot struct {
	at       core.Point
	received time.Time
	kind     string
	category string
}

// side of a square, in degrees of latitude: some 1100 m.
const side = 0.01

// refresh is how often what other hubs changed is read, real time.
const refresh = 10 * time.Minute

// NewDuplicates makes an empty index; Run fills it.
func NewDuplicates(store DuplicateStore, log *zap.Logger) (*Duplicates, error) {
	if store == nil || log == nil {
		return nil, errors.New("react: duplicates need a store and a log")
	}
	return &Duplicates{store: store, log: log, squares: map[square]map[core.OrderNo]spot{}, where: map[core.OrderNo]square{}}, nil
}

// Run keeps the index until ctx ends.
func (d *Duplicates) Run(ctx context.Context) error {
	for {
		if err := d.Fill(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("open orders cannot be read now; duplicates may be missed", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(refresh):
		}
	}
}

// open are the phases in which an order can still be merged, or be merged into.
func open() []core.Phase {
	return []core.Phase{core.Received, core.Acceptance, core.Approval, core.Dispatching, core.Field}
}

// Fill reads all open orders, and forgets those that are open no more.
func (d *Duplicates) Fill(ctx context.Context) error {
	d.mu.Lock()
	d.touched = map[core.OrderNo]bool{}
	d.mu.Unlock()
	seen := map[core.OrderNo]bool{}
	err := d.read(ctx, seen)
	d.mu.Lock()
	defer d.mu.Unlock()
	for no := range d.where {
		if err == nil && !seen[no] && !d.touched[no] {
			d.remove(no)
		}
	}
	d.touched = nil
	return err
}

func (d *Duplicates) read(ctx context.Context, seen map[core.OrderNo]bool) error {
	for q := (core.OrderQuery{Phases: open(), Limit: 1000}); ; {
		list, err := d.store.Orders(ctx, q)
		if err != nil {
			return err
		}
		d.mu.Lock()
		for i := range list {
			seen[list[i].No] = true
			if !d.touched[list[i].No] {
				d.put(&list[i])
			}
		}
		d.mu.Unlock()
		if len(list) < q.Limit {
			return nil
		}
		q.After = list[len(list)-1].No
	}
}

// Changed takes in units that were committed. It never blocks for long.
func (d *Duplicates) Changed(units []*core.Unit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range units {
		for i := range u.Orders {
			o := &u.Orders[i].Order
			if d.touched != nil {
				d.touched[o.No] = true
			}
			d.put(o)
		}
	}
}

func (d *Duplicates) remove(no core.OrderNo) {
	at, ok := d.where[no]
	if !ok {
		return
	}
	delete(d.where, no)
	if delete(d.squares[at], no); len(d.squares[at]) == 0 {
		delete(d.squares, at)
	}
}

// put is called with the lock held.
func (d *Duplicates) put(o *core.WorkOrder) {
	d.remove(o.No)
	if o.Place.Point == nil || o.Place.PointSource == core.PointFromCentroid || !slices.Contains(open(), o.Phase) || o.Merged != nil {
		return // the middle of a district says nothing about the place
	}
	at := squareOf(*o.Place.Point)
	if d.squares[at] == nil {
		d.squares[at] = map[core.OrderNo]spot{}
	}
	d.squares[at][o.No] = spot{*o.Place.Point, o.ReceivedAt, o.Type, o.Report.Category}
	d.where[o.No] = at
}

func squareOf(p core.Point) square {
	return square{int32(math.Floor(p.Lat / side)), int32(math.Floor(p.Lon / side))}
}

// Of suggests what an order may be a duplicate of, the nearest of its own category first. An order without a
// place of its own has none.
func (d *Duplicates) Of(ctx context.Context, o *core.WorkOrder, n Near) ([]Suggestion, error) {
	if n.Metres <= 0 {
		n.Metres = 150
	}
	n.Metres = min(n.Metres, mostMetres)
	if n.Within <= 0 {
		n.Within = 24 * time.Hour
	}
	if o.Place.Point == nil || o.Place.PointSource == core.PointFromCentroid {
		return nil, nil
	}
	var list []Suggestion
	for _, no := range d.around(o, n) {
		other, err := d.store.Order(ctx, no)
		switch {
		case core.IsKind(err, core.NotFound):
			continue
		case err != nil:
			return nil, err
		case other.Place.Point == nil || !slices.Contains(open(), other.Phase) || other.Merged != nil || other.Family != o.Family:
			continue
		}
		list = append(list, Suggestion{Of: other,
			Order: other.No, Type: other.Type, Category: other.Report.Category, Phase: other.Phase, Address: other.Place.Address, ReceivedAt: other.ReceivedAt,
			Metres: int(metres(*o.Place.Point, *other.Place.Point) + 0.5), Minutes: int(apart(o.ReceivedAt, other.ReceivedAt).Minutes()),
			Same: o.Report.Category != "" && o.Report.Category == other.Report.Category,
		})
	}
	slices.SortFunc(list, func(a, b Suggestion) int {
		if a.Same != b.Same {
			return map[bool]int{true: -1, false: 1}[a.Same]
		}
		return cmp.Or(cmp.Compare(a.Metres, b.Metres), cmp.Compare(a.Minutes, b.Minutes), cmp.Compare(a.Order, b.Order))
	})
	return list, nil
}

// mostSuggested bounds how many orders are looked at in the store for one question.
const mostSuggested = 50

// around are the orders near by place, time and kind, the nearest first.
func (d *Duplicates) around(o *core.WorkOrder, n Near) []core.OrderNo {
	at := *o.Place.Point
	lat := n.Metres / 111_000
	lon := lat / max(math.Cos(at.Lat*math.Pi/180), 0.01)
	from, to := squareOf(core.Point{Lat: at.Lat - lat, Lon: at.Lon - lon}), squareOf(core.Point{Lat: at.Lat + lat, Lon: at.Lon + lon})
	type hit struct {
		no     core.OrderNo
		metres float64
	}
	var hits []hit
	d.mu.RLock()
	defer d.mu.RUnlock()
	for y := from.lat; y <= to.lat; y++ {
		for x := from.lon; x <= to.lon; x++ {
			for no, s := range d.squares[square{y, x}] {
				m := metres(at, s.at)
				if no == o.No || m > n.Metres || apart(o.ReceivedAt, s.received) > n.Within || s.kind != o.Type && (s.category == "" || s.category != o.Report.Category) {
					continue
				}
				hits = append(hits, hit{no, m})
			}
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.metres, b.metres), cmp.Compare(a.no, b.no)) })
	nos := make([]core.OrderNo, 0, min(len(hits), mostSuggested))
	for _, h := range hits[:min(len(hits), mostSuggested)] {
		nos = append(nos, h.no)
	}
	return nos
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

// metres between two points: the plane is good enough for a few kilometres.
func metres(a, b core.Point) float64 {
	dy := (a.Lat - b.Lat) * 111_195
	dx := (a.Lon - b.Lon) * 111_195 * math.Cos((a.Lat+b.Lat)/2*math.Pi/180)
	return math.Hypot(dx, dy)
}

package sim

// Stats counts what a system did and was told.
type Stats struct {
	Orders   int `json:"orders"`   // in the books
	Open     int `json:"open"`     // of them without a result, return or cancellation
	Planned  int `json:"planned"`  // steps of the day that are not due yet
	Pending  int `json:"pending"`  // steps that are due and not acknowledged
	Attempts int `json:"attempts"` // calls to the hub
	Failed   int `json:"failed"`   // of them without an answer; they are made again

	Submitted    int `json:"submitted"`    // orders of its own
	Acknowledged int `json:"acknowledged"` // orders that the hub has, pulled ones included
	Known        int `json:"known"`        // answers that an order was known
	Refused      int `json:"refused"`      // calls that the hub refused for good
	Amended      int `json:"amended"`
	Cancelled    int `json:"cancelled"`
	Expedited    int `json:"expedited"`
	Queried      int `json:"queried"`
	FollowedUp   int `json:"followed_up"`
	Extensions   int `json:"extensions"` // answered
	Positions    int `json:"positions"`  // of crews, taken by the hub

	Pages       int `json:"pages"`        // of pulled orders, served
	Confirmed   int `json:"confirmed"`    // pulled orders of which the hub confirmed receipt
	Results     int `json:"results"`      // that took effect
	Returns     int `json:"returns"`      // that took effect
	Statuses    int `json:"statuses"`     // that took effect
	Notes       int `json:"notes"`        // other write-backs that took effect: customers, meters, coordinates
	AlreadyDone int `json:"already_done"` // repeats, recognised
	Reopened    int `json:"reopened"`
	OutOfOrder  int `json:"out_of_order"` // messages whose Sequence was below the order's last
	Conflicts   int `json:"conflicts"`    // orders that the hub gave two numbers
	Doubled     int `json:"doubled"`      // orders on which more than one result took effect
}

// Count changes the counters.
func (b *Books) Count(change func(*Stats)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.stats)
}

// CountHeld changes the counters from within an effect, which holds the books.
func (b *Books) CountHeld(change func(*Stats)) { change(&b.stats) }

// Stats are the counters of now.
func (b *Books) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.stats
	now := b.clock.Now()
	for _, e := range b.entries {
		if e.RegisteredAt.After(now) {
			continue
		}
		s.Orders++
		if !e.State.ended() {
			s.Open++
		}
		if e.Effects > 1 {
			s.Doubled++
		}
	}
	return s
}

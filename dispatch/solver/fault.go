package solver

import (
	"fmt"
	"strings"
)

// FaultKind is the code of a fault.
type FaultKind string

// What can be wrong with a problem.
const (
	FaultNoID          FaultKind = "no_id"
	FaultDuplicateID   FaultKind = "duplicate_id"
	FaultNoShift       FaultKind = "crew_without_shift"
	FaultReversed      FaultKind = "end_before_start"
	FaultNoPlace       FaultKind = "order_without_place"
	FaultRange         FaultKind = "coordinate_out_of_range"
	FaultSwapped       FaultKind = "coordinate_swapped"
	FaultNegative      FaultKind = "negative"
	FaultTooLarge      FaultKind = "too_large"
	FaultOutsideShifts FaultKind = "window_outside_shifts"
	FaultUnknownPin    FaultKind = "unknown_pin"
	FaultPinExcluded   FaultKind = "pinned_and_excluded"
	FaultTravel        FaultKind = "travel"
	FaultNoInstant     FaultKind = "no_instant"
)

// Subject says whose fault it is.
type Subject string

// Subjects of faults.
const (
	OnProblem Subject = "problem"
	OnCrew    Subject = "crew"
	OnOrder   Subject = "order"
)

// Fault is one thing that cannot be right.
type Fault struct {
	Kind  FaultKind
	On    Subject
	Index int    // in Problem.Crews or Problem.Orders; 0 for the problem's own
	ID    string // the crew's or the order's
	Text  string // what is wrong and what is allowed
}

func (f Fault) String() string {
	if f.On == OnProblem {
		return fmt.Sprintf("problem: %s [%s]", f.Text, f.Kind)
	}
	return fmt.Sprintf("%s %q (no. %d): %s [%s]", f.On, f.ID, f.Index+1, f.Text, f.Kind)
}

// FaultError refuses a problem with all its faults.
type FaultError struct{ Faults []Fault }

func (e *FaultError) Error() string {
	lines := make([]string, 0, len(e.Faults)+1)
	lines = append(lines, fmt.Sprintf("the dispatch problem has %d faults:", len(e.Faults)))
	for _, f := range e.Faults {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n  ")
}

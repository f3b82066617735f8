package format

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"tundish/dispatch/route"
)

// Instance is a problem as read, and how its format speaks of plans.
type Instance struct {
	Name    string
	Problem route.Problem
	// Unit is how many ticks make one unit of the cost as the format reports it.
	Unit float64
	// Days of this format are plans by crew in JSON; others are lists of routes.
	write func(io.Writer, *Instance, route.Solution) error
	// cost of a plan in the format's own unit; nil divides travel by Unit.
	cost func(*Instance, route.Solution) float64
	// numbers of the orders in solution files, where they are not their positions.
	numbers []int
}

// Names of the formats, in the sequence of the help text.
var Names = []string{"solomon", "vrplib", "trsp", "day"}

// Read takes a whole file in a format.
func Read(name string, data []byte) (*Instance, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch name {
	case "solomon":
		return readSolomon(data)
	case "vrplib":
		return readVRPLIB(data)
	case "trsp":
		return readTRSP(data)
	case "day":
		return readDay(data)
	}
	return nil, fmt.Errorf("format %q is not known; give one of %s", name, strings.Join(Names, ", "))
}

// Write writes a plan as a solution file of the format.
func (i *Instance) Write(w io.Writer, s route.Solution) error { return i.write(w, i, s) }

// Cost is the plan's cost as the format counts it.
func (i *Instance) Cost(s route.Solution) float64 {
	if i.cost != nil {
		return i.cost(i, s)
	}
	return float64(s.Travel) / i.Unit
}

// Away is how long crews are away with the plan, from leaving to coming back, of a search with
// Options.Duration.
func (i *Instance) Away(s route.Solution) float64 { return float64(s.Away) / i.Unit }

// FewCrews makes every crew that goes out dearer than any way it could save: few crews
// first, then short ways.
func (i *Instance) FewCrews() {
	far := 0.0
	for _, o := range i.Problem.Orders {
		for _, c := range i.Problem.Crews {
			far = max(far, math.Abs(o.At.X-c.Start.X)+math.Abs(o.At.Y-c.Start.Y))
		}
	}
	if i.Problem.Metric.Globe {
		far *= 111_320 // metres of a degree, at most
	}
	for k := range i.Problem.Crews {
		i.Problem.Crews[k].Fixed = int64(20 * far * i.Problem.Metric.Ticks)
	}
}

// Fault is one thing wrong with a file.
type Fault struct {
	Line int // from 1; 0: the file as a whole
	Text string
}

func (f Fault) String() string {
	if f.Line == 0 {
		return f.Text
	}
	return fmt.Sprintf("line %d: %s", f.Line, f.Text)
}

// FaultError refuses a file with all its faults.
type FaultError struct{ Faults []Fault }

func (e *FaultError) Error() string {
	lines := make([]string, len(e.Faults))
	for k, f := range e.Faults {
		lines[k] = f.String()
	}
	return strings.Join(lines, "\n")
}

// faults gathers them while a file is read.
type faults []Fault

func (f *faults) add(line int, format string, args ...any) {
	*f = append(*f, Fault{line, fmt.Sprintf(format, args...)})
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	list := slices.Clone([]Fault(f))
	slices.SortStableFunc(list, func(a, b Fault) int { return a.Line - b.Line })
	return &FaultError{list}
}

// writeRoutes lists the used routes one after another, as CVRPLIB does.
func writeRoutes(w io.Writer, i *Instance, s route.Solution) error {
	var b bytes.Buffer
	k := 0
	for _, list := range s.Plan {
		if len(list) > 0 {
			k++
			i.writeRoute(&b, k, list)
		}
	}
	fmt.Fprintf(&b, "Cost %s\n", number(i.Cost(s)))
	_, err := w.Write(b.Bytes())
	return err
}

// writeCrews lists one line per crew, the idle ones too.
func writeCrews(w io.Writer, i *Instance, s route.Solution) error {
	var b bytes.Buffer
	for k, list := range s.Plan {
		i.writeRoute(&b, k+1, list)
	}
	fmt.Fprintf(&b, "Cost: %s\n", number(i.Cost(s)))
	_, err := w.Write(b.Bytes())
	return err
}

func (i *Instance) writeRoute(b *bytes.Buffer, no int, list []int) {
	fmt.Fprintf(b, "Route #%d:", no)
	for _, o := range list {
		n := o + 1
		if i.numbers != nil {
			n = i.numbers[o]
		}
		fmt.Fprintf(b, " %d", n)
	}
	b.WriteByte('\n')
}

// number without a needless fraction.
func number(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.4f", v), "0"), ".")
}

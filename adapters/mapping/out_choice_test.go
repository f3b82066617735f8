package mapping

import (
	"os"
	"strings"
	"testing"
	"time"

	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

func newConnection(t *testing.T) *Mapping {
	t.Helper()
	var p lang.Problems
	m := Load(os.DirFS("../../config/examples/soap12-newconnection/mappings"), "soap12-newconnection.yaml", Surroundings{Zone: time.UTC}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// The default of a part does not bring its element: else both halves of a choice would stand there.
func TestOfAChoiceOnlyWhatHasValuesIsWritten(t *testing.T) {
	call := newConnection(t).Calls[core.TellResult]
	for name, c := range map[string]struct {
		core.Completion
		has, hasNot string
	}{
		"installed":        {core.Completion{Outcome: core.Done, NewSerial: "N1", NewInitialReading: "0.000"}, `serial="N1"`, "NotInstalled"},
		"not installed":    {core.Completion{Outcome: core.CouldNotBeDone, Reason: "no_access"}, `reason="NO_ACCESS"`, "<Installed"},
		"for another sake": {core.Completion{Outcome: core.CouldNotBeDone, Reason: "pit_flooded"}, `reason="OTHER"`, "<Installed"},
	} {
		t.Run(name, func(t *testing.T) {
			c.FinishedAt = time.Date(2026, 5, 11, 2, 0, 0, 0, time.UTC)
			w := xml.NewWriter()
			err := call.WriteBody(w, &Values{Order: &core.WorkOrder{Ref: core.Ref{External: "BZ2026-00001"}, Completions: []core.Completion{c.Completion}}})
			out, ended := w.Finish()
			if err != nil || ended != nil || !strings.Contains(string(out), c.has) || strings.Contains(string(out), c.hasNot) {
				t.Errorf("%s %v %v", out, err, ended)
			}
		})
	}
}

func TestAnElementThatStandsOnceIsOneOrder(t *testing.T) {
	m := newConnection(t)
	for _, in := range m.Serves() {
		if in.Many {
			t.Errorf("%s is taken for a list", in.Name)
		}
	}
	if in, _ := m.Serve("RegisterApplication"); in == nil {
		t.Error("nothing is served")
	}
}

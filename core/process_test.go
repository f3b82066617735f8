package core_test

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/core"
)

// way follows a process by the first exit of each action.
func way(t *testing.T, p *core.Process, actions ...core.Action) string {
	t.Helper()
	s := &p.Steps[0]
	walked := []string{s.ID}
	for _, a := range actions {
		exits := s.ExitsOf(a)
		if len(exits) == 0 {
			t.Fatalf("%s has no exit %q; it has %q", s.ID, a, s.Actions())
		}
		if s = p.Step(exits[0].To); s == nil {
			t.Fatalf("%q leads to %q, which is no step", a, exits[0].To)
		}
		walked = append(walked, s.ID)
	}
	return strings.Join(walked, " ")
}

func TestStandardProcessesGoTheUsualWays(t *testing.T) {
	full := core.StandardProcess(true, true, true, false)
	plain := core.StandardProcess(false, false, false, false)
	desk := core.StandardProcess(true, false, true, true)
	for _, c := range []struct {
		of      *core.Process
		actions []core.Action
		want    string
	}{
		{full, []core.Action{core.ActAccept, core.ActAssign, core.ActDone, core.ActPass, "", core.ActSatisfied}, "acceptance dispatch field review release follow_up closed"},
		{full, []core.Action{core.ActReturn}, "acceptance returned"},
		{full, []core.Action{core.ActAccept, core.ActAssign, core.ActCouldNot, core.ActFail}, "acceptance dispatch field review field"},
		{full, []core.Action{core.ActAccept, core.ActAssign, core.ActAgain}, "acceptance dispatch field dispatch"},
		{full, []core.Action{core.ActAccept, core.ActAssign, core.ActGiveBack, core.ActReturn}, "acceptance dispatch field dispatch returned"},
		{full, []core.Action{core.ActAccept, core.ActAssign, core.ActDone, core.ActPass, "", core.ActUnsatisfied}, "acceptance dispatch field review release follow_up dispatch"},
		{plain, []core.Action{core.ActAssign, core.ActDone, ""}, "dispatch field release closed"},
		{desk, []core.Action{core.ActAccept, core.ActAnswer, "", core.ActUnsatisfied, core.ActAnswer}, "acceptance desk release follow_up desk release"},
		{desk, []core.Action{core.ActAccept, core.ActAnswer, "", core.ActNotReached}, "acceptance desk release follow_up closed"},
	} {
		if got := way(t, c.of, c.actions...); got != c.want {
			t.Errorf("%v: went %s, want %s", c.actions, got, c.want)
		}
	}
	if full.Version == plain.Version || full.Version != core.StandardProcess(true, true, true, false).Version {
		t.Error("versions do not name the content")
	}
}

func TestStandardProcessesSkipWhatTheyMay(t *testing.T) {
	p := core.StandardProcess(true, false, true, false, core.Emergency)
	for urgency, after := range map[core.Urgency]bool{core.Emergency: true, core.Urgent: false} {
		if got, err := p.Step("acceptance").After.Holds(&core.WorkOrder{Urgency: urgency}, time.Time{}); got != after || err != nil {
			t.Errorf("%s: reviewed afterwards is %v, %v", urgency, got, err)
		}
	}
	if skip := p.Step("acceptance").Skip; skip != "dispatch" {
		t.Errorf("past the review the order goes to %q", skip)
	}
	call := p.Step("follow_up")
	for outcome, want := range map[core.ResultOutcome]bool{core.Done: true, core.CouldNotBeDone: false} {
		o := &core.WorkOrder{Completions: []core.Completion{{Outcome: core.Done}, {Outcome: outcome}}}
		if got, err := call.When.Holds(o, time.Time{}); got != want || err != nil || call.Skip != "closed" {
			t.Errorf("a call after %s: %v, %v, else to %q", outcome, got, err, call.Skip)
		}
	}
}

// TestFormsAskForFieldsThatAreThere looks every known field up in the order's JSON form.
func TestFormsAskForFieldsThatAreThere(t *testing.T) {
	types := map[reflect.Type][]core.FieldType{
		reflect.TypeFor[string]():    {core.FieldText, core.FieldLong, core.FieldReading, core.FieldDecimal, core.FieldChoice, core.FieldDate},
		reflect.TypeFor[int]():       {core.FieldInt},
		reflect.TypeFor[bool]():      {core.FieldBool},
		reflect.TypeFor[time.Time](): {core.FieldTime}, reflect.TypeFor[*core.Point](): {core.FieldPoint},
		reflect.TypeFor[[]core.Attachment](): {core.FieldPhotos}, reflect.TypeFor[[]string](): {core.FieldText},
	}
	seen := map[string]bool{}
	for _, f := range core.KnownFields() {
		at, path := reflect.TypeFor[core.WorkOrder](), f.Path
		if rest, ok := strings.CutPrefix(f.Path, "completion."); ok {
			at, path = reflect.TypeFor[core.Completion](), rest
		}
		for name := range strings.SplitSeq(path, ".") {
			if at = member(at, name); at == nil {
				break
			}
		}
		if at == nil {
			t.Errorf("an order has no %s", f.Path)
		} else if allowed := types[at]; !strings.Contains(" "+join(allowed)+" ", " "+string(f.Type)+" ") {
			t.Errorf("%s is a %v, asked for as %s", f.Path, at, f.Type)
		}
		if f.Label.EN == "" || f.Label.ZH == "" || seen[f.Path] || (f.Type == core.FieldChoice) != (f.Codes != "") {
			t.Errorf("%+v is not whole, or twice", f)
		}
		seen[f.Path] = true
	}
}

func join(list []core.FieldType) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = string(v)
	}
	return strings.Join(words, " ")
}

// member is the type of a JSON member of a struct, or nil.
func member(t reflect.Type, name string) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag == name {
			return t.Field(i).Type
		}
	}
	return nil
}

// TestEveryKindOfEventIsListed finds the kinds where they are declared.
func TestEveryKindOfEventIsListed(t *testing.T) {
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []core.EventKind
	for _, m := range regexp.MustCompile(`(?m)^\tEvent\w+\s+EventKind = "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		declared = append(declared, core.EventKind(m[1]))
	}
	if len(declared) < 25 || !slices.Equal(declared, core.EventKinds()) {
		t.Errorf("declared %q, listed %q", declared, core.EventKinds())
	}
}

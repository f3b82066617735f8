package ordertype_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tundish/config/lang"
	"tundish/config/ordertype"
	"tundish/core"
)

const shipped = "../order-types"

func TestATypeIsReadWhole(t *testing.T) {
	types, err := ordertype.Load(shipped)
	if err != nil {
		t.Fatal(err)
	}
	got := types["faulty_replacement"]
	if got == nil {
		t.Fatal("no faulty_replacement among", types.Codes())
	}
	for what, pair := range map[string][2]any{
		"code": {got.Code, "faulty_replacement"}, "name": {got.Name, core.Text{EN: "Faulty meter replacement", ZH: "故障换表"}}, "family": {got.Family, core.Replacement},
		"minutes": {got.Minutes, 40}, "acceptance": {got.Acceptance, true}, "review": {got.ResultReview, true}, "follow-up": {got.FollowUp, false},
		"urgent": {got.Mode(core.Urgent), core.DispatchAuto}, "normal": {got.Mode(core.Normal), core.DispatchBatch},
		"limit": {got.Limits[core.Normal], 36 * time.Hour}, "no limit": {types["scheduled_replacement"].Limits[core.Normal], time.Duration(0)},
		"told": {got.Tells(core.StatusDispatched), true}, "not told": {got.Tells(core.StatusClosed), false},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
	if !slices.Equal(got.Skills, []string{"meter"}) || !slices.Equal(got.Required, []string{"old_final_reading", "new_serial", "new_initial_reading"}) {
		t.Errorf("skills %v, required %v", got.Skills, got.Required)
	}
}

// TestTheTypesOfTheContractsAreShipped holds the files against the list that the contracts document for vendors, but for
// gas, which a gas utility adds.
func TestTheTypesOfTheContractsAreShipped(t *testing.T) {
	types, err := ordertype.Load(shipped)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../../wsdl/vocabulary/vocabulary.xsd")
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(data), "Codes of order types: ")
	list, _, _ = strings.Cut(list, "; gas:")
	if !found {
		t.Fatal("the vocabulary lists no order types")
	}
	documented := 0
	for item := range strings.SplitSeq(list, ", ") {
		code, _, _ := strings.Cut(item, " ")
		documented++
		if types[code] == nil {
			t.Errorf("the contracts document %q, but no such type is shipped", code)
		}
	}
	if documented < 15 {
		t.Errorf("only %d types are documented: %q", documented, list)
	}
}

// TestEveryRequiredFieldIsOneACompletionHolds fills in a completion for each shipped type and looks for the fields.
func TestEveryRequiredFieldIsOneACompletionHolds(t *testing.T) {
	types, err := ordertype.Load(shipped)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(core.Completion{
		Outcome: core.Done, Handling: "replaced", Work: "x", OldFinalReading: "1", NewSerial: "2", NewInitialReading: "0",
		RecheckedReading: "3", Confirmation: "confirmed",
	})
	if err != nil {
		t.Fatal(err)
	}
	var have map[string]json.RawMessage
	if err := json.Unmarshal(raw, &have); err != nil {
		t.Fatal(err)
	}
	for code, one := range types {
		for _, field := range one.Required {
			if _, ok := have[field]; !ok {
				t.Errorf("%s requires %s", code, field)
			}
		}
	}
}

func TestAnEmptyOrMissingFolderIsAMistake(t *testing.T) {
	dir := t.TempDir()
	if _, err := ordertype.Load(dir); err == nil || !strings.Contains(err.Error(), "holds no order type") {
		t.Errorf("got %v", err)
	}
	if _, err := ordertype.Load(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("got %v", err)
	}
}

// FuzzAFileNeverBreaksTheReader: whatever an administrator writes, the answer is a type or a list of mistakes.
func FuzzAFileNeverBreaksTheReader(f *testing.F) {
	for _, name := range []string{"burst", "complaint", "recheck"} {
		data, err := os.ReadFile(filepath.Join(shipped, name+".yaml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "x.yaml"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		types, err := ordertype.Load(dir)
		switch one := types["x"]; {
		case err != nil:
			if problems, ok := err.(*lang.Problems); !ok || problems.Len() == 0 || problems.In(lang.Chinese) == "" {
				t.Errorf("got %T %v", err, err)
			}
		case one == nil || !slices.Contains(core.Families(), one.Family):
			t.Errorf("no mistake, and yet %+v", one)
		}
	})
}

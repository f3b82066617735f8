package ordertype

import (
	"reflect"
	"slices"
	"strings"

	"tundish/core"
)

// The closed words of core as enumerations that config/lang can check and schemas can list.
type (
	family  string
	mode    string
	status  string
	urgency string
)

func (family) Choices() []string { return texts(core.Families()) }

func (urgency) Choices() []string { return texts(core.Urgencies()) }

func (mode) Choices() []string { return texts(core.DispatchModes()) }

// Choices lists the statuses that a source can be told of on the way to the result.
func (status) Choices() []string {
	return texts([]core.Status{
		core.StatusReceived, core.StatusAccepted, core.StatusDispatched, core.StatusCrewOnWay, core.StatusOnSite,
		core.StatusCompleted, core.StatusCouldNot, core.StatusCancelled, core.StatusOnHold, core.StatusClosed,
	})
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return all
}

// notWritten are fields of a completion that the hub fills in itself, or that are there anyway.
var notWritten = []string{"outcome", "reason", "slip_left", "next_appointment", "crew_id", "accepted_at", "arrived_at", "finished_at", "on_paper", "review"}

// completionFields are the fields of a completion that a type can require, by their JSON names.
var completionFields = func() (names []string) {
	t := reflect.TypeFor[core.Completion]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if !slices.Contains(notWritten, name) {
			names = append(names, name)
		}
	}
	return names
}()

// ofFamily are the fields that only completions of some families hold.
var ofFamily = map[string][]core.Family{
	"old_final_reading":   {core.Replacement, core.Removal, core.Repair},
	"new_serial":          {core.Replacement, core.Installation, core.Repair},
	"new_stamp":           {core.Replacement, core.Installation, core.Repair},
	"new_initial_reading": {core.Replacement, core.Installation, core.Repair},
	"new_diameter_mm":     {core.Replacement, core.Installation, core.Repair},
	"old_meter_fate":      {core.Replacement, core.Removal, core.Repair},
	"original_reading":    {core.Recheck},
	"rechecked_reading":   {core.Recheck},
	"confirmation":        {core.Recheck},
	"account_treatment":   {core.Recheck},
}

package ordertype

import (
	"tundish/core"
)

// The closed words of core as enumerations that config/lang can check and schemas can list.
type (
	family    string
	mode      string
	status    string
	urgency   string
	kind      string
	phase     string
	fieldType string
	milestone string
	clock     string
	effect    string
	event     string
)

func (kind) Choices() []string { return texts(core.StepKinds()) }

// Choices lists the phases of steps that have none of their kind.
func (phase) Choices() []string {
	return texts([]core.Phase{core.Received, core.Acceptance, core.Approval, core.Dispatching, core.ResultReview, core.FollowUpCall})
}

func (fieldType) Choices() []string { return texts(core.FieldTypes()) }

func (milestone) Choices() []string { return texts(core.Milestones()) }

func (clock) Choices() []string { return texts(core.LimitClocks()) }

func (effect) Choices() []string { return texts(core.EffectKinds()) }

func (event) Choices() []string { return texts(core.EventKinds()) }

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

// ofFamily are the fields of a completion that only those of some families hold.
var ofFamily = map[string][]core.Family{
	"completion.old_final_reading":   {core.Replacement, core.Removal, core.Repair},
	"completion.new_serial":          {core.Replacement, core.Installation, core.Repair},
	"completion.new_stamp":           {core.Replacement, core.Installation, core.Repair},
	"completion.new_initial_reading": {core.Replacement, core.Installation, core.Repair},
	"completion.new_diameter_mm":     {core.Replacement, core.Installation, core.Repair},
	"completion.old_meter_fate":      {core.Replacement, core.Removal, core.Repair},
	"completion.original_reading":    {core.Recheck},
	"completion.rechecked_reading":   {core.Recheck},
	"completion.confirmation":        {core.Recheck},
	"completion.account_treatment":   {core.Recheck},
}

package config_test

import (
	"reflect"
	"testing"

	"tundish/config/ordertype"
)

const processManual = "PROCESS.md"

// processTables are the tables of keys of processes, by the name in their marker.
var processTables = map[string]any{
	"process": ordertype.Process{}, "step": ordertype.Step{}, "exit": ordertype.Exit{}, "field": ordertype.Field{}, "task": ordertype.Task{},
	"limit": ordertype.Limit{}, "escalate": ordertype.Escalate{}, "effect": ordertype.Effect{}, "migrate": ordertype.Migrate{},
}

func init() {
	for name, of := range processTables {
		whole[reflect.TypeOf(of)] = "see `" + name + "`"
	}
	whole[reflect.TypeFor[ordertype.Process]()] = "[a process](PROCESS.md)"
}

func TestTheProcessManualListsEveryKey(t *testing.T) {
	upToDate(t, processManual, processTables, func(text string) string { return text })
}

func TestTheProcessManualsExamplesAreTrue(t *testing.T) { examplesAreTrue(t, processManual, 2) }

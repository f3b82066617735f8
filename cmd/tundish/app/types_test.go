package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tundish/config"
)

// valve is a type whose approval is by a role of the house's own, and which tells a program.
const valve = `code: valve_inspection
name: {en: Valve inspection, zh: 阀门巡检}
family: service
minutes: 20
skills: [repair]
process:
  steps:
    - {id: engineer, kind: approval, number: "10", roles: [valve_engineer], effects: [{do: webhook, to: [asset-register]}]}
    - dispatch
    - field
    - release
`

// settled reads the shipped settings with the type, and files that are laid over them; edit changes the roles.
func settled(t *testing.T, files map[string]string, edit func(roles string) string) error {
	t.Helper()
	path, err := config.WriteTree(filepath.Join(t.TempDir(), "config"), nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	if edit != nil {
		file := filepath.Join(dir, "roles.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(edit(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err = ReadSettings(path)
	return err
}

// A step whose role nobody can hold would keep its orders for ever, and a program that is not reached would never hear.
func TestATypeNamesRolesAndChannelsThatTheHouseHas(t *testing.T) {
	err := settled(t, map[string]string{"order-types/valve_inspection.yaml": valve}, nil)
	if err == nil || !strings.Contains(err.Error(), `no role "valve_engineer"`) || !strings.Contains(err.Error(), "roles.yaml") {
		t.Errorf("a role that roles.yaml does not have: %v", err)
	}
	if err == nil || !strings.Contains(err.Error(), `webhook "asset-register"`) || !strings.Contains(err.Error(), "valve_inspection.yaml") {
		t.Errorf("a channel that channels.yaml does not have: %v", err)
	}
	err = settled(t, map[string]string{
		"order-types/valve_inspection.yaml": valve,
		"channels.yaml":                     "channels:\n  - {name: asset-register, kind: webhook, url: 'http://127.0.0.1:9/assets'}\n",
	}, func(text string) string {
		return strings.Replace(text, "roles:\n", "roles:\n  - {code: valve_engineer, name: {en: Valve engineer, zh: 阀门工程师}, on: house, may: [see, approve, reject, return]}\n", 1)
	})
	if err != nil {
		t.Errorf("a role and a channel of the house's own: %v", err)
	}
}

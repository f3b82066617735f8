package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tundish/config"
	"tundish/config/lang"
)

// Digits that stand in the confidential files of these tests and nowhere else.
const confidential = "7731"

// TestConfidentialParametersAreNeverShown breaks the file of parameters in every way there is: what is said
// names the file and the line, and repeats nothing of it.
func TestConfidentialParametersAreNeverShown(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"unknown key":   {"shift_north: 1\nshift_eas: 7731.5\n", "line 2 of the file (unknown-key)"},
		"no number":     {"shift_north: 7731,5\n", "line 1 of the file (wrong-type)"},
		"quoted":        {"shift_north: \"7731\"\n", "line 1 of the file (wrong-type)"},
		"twice":         {"shift_north: 7731\nshift_north: 77310\n", "line 2 of the file (duplicate-key)"},
		"no YAML":       {"shift_north: 7731\n\tshift_east: 7731\n", "line 2 of the file (syntax)"},
		"GBK":           {"shift_north: 7731 # \xb1\xb1\n", "line 1 of the file (encoding)"},
		"many":          {"shift_north: 7731\n---\nshift_north: 7731\n", "(many-documents)"},
		"out of range":  {"central_meridian: 7731\n", "line 1 of the file (out-of-range)"},
		"in both files": {"false_north: 7731\n", "false_north stands here and in params_file"},
		"no meridian":   {"shift_north: 7731\n", "the central meridian stands neither here nor in params_file"},
		"refused":       {"central_meridian: 121.7731\n", "this reference system cannot be used: shift_north is out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			path := tree(t)
			root := filepath.Dir(path)
			write(t, filepath.Join(root, "secrets", "grid"), c.file)
			write(t, filepath.Join(root, "references.yaml"), "references:\n  grid: {title: {en: Grid, zh: 坐标系}, ellipsoid: iag75, false_north: 5, params_file: secrets/grid}\n")
			if !strings.Contains(name, "both") {
				write(t, filepath.Join(root, "references.yaml"), "references:\n  grid: {title: {en: Grid, zh: 坐标系}, ellipsoid: iag75, params_file: secrets/grid}\n")
			}
			with := checks(nil)
			with.Reference = func(*config.Config, string, config.Grid) lang.Text {
				return lang.Text{En: "shift_north is out of range", Zh: "shift_north 超出范围"}
			}
			tr, err := config.Open(path, nil, with)
			var problems *lang.Problems
			if !errors.As(err, &problems) {
				t.Fatal("no mistake was found")
			}
			said := problems.In(lang.English) + problems.In(lang.Chinese) + fmt.Sprintf("%+v %#v", problems.Findings(lang.English), tr.Config)
			if said = strings.Join(strings.Fields(said), " "); !strings.Contains(said, c.says) || strings.Contains(said, confidential) {
				t.Errorf("it says\n%s", problems.In(lang.English))
			}
		})
	}
}

func TestAGridSaysNothingHoweverItIsPrinted(t *testing.T) {
	g := config.Grid{Ellipsoid: "iag75", CentralMeridian: 121.7731, ShiftNorth: 7731}
	data, err := json.Marshal(struct{ G config.Grid }{g})
	said := fmt.Sprintf("%v %+v %#v %s %d %v %s", g, g, g, g, g, &g, data)
	if err != nil || strings.Contains(said, confidential) || !strings.Contains(said, "confidential") {
		t.Errorf("it says %s", said)
	}
}

func TestSystemsNameReferenceSystemsThatThereAre(t *testing.T) {
	system := func(contract, coordinates string) string {
		return "id: gis\nname: {en: GIS, zh: 地理信息系统}\ncontract: " + contract + "\nmode: live\nurl: http://127.0.0.1:9104/\ncoordinates: " + coordinates + "\n"
	}
	for _, c := range []struct{ contract, coordinates, says, hint string }{
		{"gis", "GCJ02", "", ""},
		{"gis", "GCJ-02", `there is no reference system "GCJ-02"`, `did you mean "GCJ02"?`},
		{"gis", "cty-grid", `there is no reference system "cty-grid"`, `did you mean "city-grid"?`},
		{"gis", "city-grid", "the contract gis has its coordinates in degrees, city-grid in metres", "only a mapping can speak of a plane grid"},
		{"mapping\nmapping: gis", "city-grid", "", ""},
	} {
		path := tree(t)
		root := filepath.Dir(path)
		write(t, filepath.Join(root, "references.yaml"), "references:\n  city-grid: {title: {en: Grid, zh: 坐标系}, ellipsoid: iag75, central_meridian: 121.5}\n")
		write(t, filepath.Join(root, "systems", "gis.yaml"), system(c.contract, c.coordinates))
		_, err := config.Open(path, nil, checks(nil))
		f := find(err, filepath.Join(root, "systems", "gis.yaml"))
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.coordinates, err)
		case c.says != "" && (f == nil || f.Message != c.says || f.Hint != c.hint || f.Code != "reference"):
			t.Errorf("%s: got %+v", c.coordinates, f)
		}
	}
}

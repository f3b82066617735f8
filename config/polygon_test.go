package config_test

import (
	"strings"
	"testing"

	"tundish/config"
	"tundish/config/lang"
)

func TestABorderIsOneOrRefused(t *testing.T) {
	type file struct {
		Polygon config.Polygon `yaml:"polygon" lang:"required"`
	}
	var area config.ServiceArea
	area.Bounds.South.V, area.Bounds.West.V, area.Bounds.North.V, area.Bounds.East.V = 30.8, 121, 31.6, 122
	for text, want := range map[string]string{
		"[[121.4, 31.2], [121.5, 31.2], [121.5, 31.3]]":                               "",
		"[[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.2]]":                "", // closed
		"[[121.4, 31.2], [121.4, 31.2], [121.5, 31.2], [121.5, 31.3]]":                "",
		"[[121.4, 31.2], [121.45, 31.2], [121.5, 31.2], [121.5, 31.3]]":               "", // a corner within a side
		"[[121.4, 31.2], [121.5, 31.3]]":                                              "at least three",
		"[[121.4, 31.2], [121.5, 31.3], [121.4, 31.2]]":                               "at least three",
		"[[121.4, 31.2], [121.5, 31.2], [121.6, 31.2]]":                               "at least three",
		"[[121.4, 31.2], [121.5, 31.3], [121.5, 31.2], [121.4, 31.3]]":                "meets itself",
		"[[121.4, 31.2], [121.6, 31.2], [121.5, 31.2], [121.5, 31.3]]":                "meets itself", // back over its side
		"[[121.4, 31.2], [121.6, 31.2], [121.6, 31.4], [121.5, 31.2], [121.4, 31.4]]": "meets itself", // touches
		"[[121.4, 31.2], [121.5, 31.2, 4], [121.5, 31.3]]":                            "longitude first",
		"[[31.2, 121.4], [31.2, 121.5], [31.3, 121.5]]":                               "look swapped",
		"[[11.4, 48.2], [11.5, 48.2], [11.5, 48.3]]":                                  "no corner lies within",
		"[[121.4, 31.2], [121.5, 31.2], [131.5, 31.3]]":                               "", // part of it
	} {
		var f file
		var p lang.Problems
		doc := lang.Decode(&p, "x.yaml", []byte("polygon: "+text+"\n"), &f)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		corners := f.Polygon.Corners(&p, doc.Pos("polygon"), &area)
		got := ""
		if err := p.Err(); err != nil {
			got = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		if want == "" != (got == "") || !strings.Contains(got, want) || want == "" != (len(corners) >= 3) {
			t.Errorf("%s: %v, %q; want %q", text, corners, got, want)
		}
	}
}

package app

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tundish/adapters/geo"
	"tundish/adapters/mapping"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
	"tundish/wsdl/xml"
)

// gridded writes the shipped settings with a mapped system whose points are in the city's grid.
func gridded(t *testing.T, params string) string {
	t.Helper()
	path, err := config.WriteTree(filepath.Join(t.TempDir(), "config"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"secrets/city-grid": params,
		"references.yaml":   "references:\n  city-grid:\n    title: {en: Grid, zh: 坐标系}\n    ellipsoid: krassovsky\n    params_file: secrets/city-grid\n",
		"systems/old.yaml":  "id: old\nname: {en: Old, zh: 旧系统}\ncontract: mapping\nmapping: old\nmode: shadow\ncoordinates: city-grid\ncodes: {category: {table: hotline-categories}}\n",
		"mappings/old.yaml": `mapping: old
serve:
  Submit:
    does: submit
    order:
      ref: BH
      type: {value: leak}
      channel: {from: QD, table: channels}
      report.category: {parts: [DL, XL], table: hotline-categories}
      report.sub_category: {parts: [DL, XL], table: hotline-categories}
      place.point: {north: X, east: Y}
`,
		"codetables/channels.csv": "kind,channel\nunmapped,alert\ntheirs,ours\nDH,phone\n",
	} {
		file := filepath.Join(filepath.Dir(path), name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// From the files of an administrator to the order: codes by tables, the point out of the city's grid, and a
// refusal where it lies outside the service area.
func TestAMappedSystemSpeaksOfTablesAndOfTheCitysGrid(t *testing.T) {
	s, err := ReadSettings(gridded(t, "central_meridian: 121.4666666667\nfalse_north: -3457147.81\nshift_north: 100\nshift_east: -50\nrotation_seconds: 3600\nscale_ppm: 5\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := core.Point{Lat: 31.2304, Lon: 121.4737}
	grid, ok := s.References.Named("city-grid")
	if !ok {
		t.Fatal("the grid is not known")
	}
	north, east := grid.FromWGS84(want)
	in, _ := s.Mappings["old"].Serve("Submit")
	read := func(x, y string) mapping.Item {
		t.Helper()
		r := xml.NewReader(strings.NewReader("<Submit><BH>1</BH><QD>XX</QD><DL>02</DL><XL>0202</XL><X>"+x+"</X><Y>"+y+"</Y></Submit>"), xml.Limits{})
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		var got mapping.Item
		if err := in.Read(r, func(i mapping.Item) error { got = i; return nil }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	item := read(text(north), text(east))
	o := item.Order
	if item.Err != nil || o.Place.Point == nil || geo.Metres(*o.Place.Point, want) > 0.01 || o.Report.Category != "leak" || o.Report.SubCategory != "service_pipe" || o.Channel != "XX" {
		t.Errorf("got %+v, %v", o, item.Err)
	}
	if !strings.HasSuffix(o.Place.PointSent, "(city-grid)") {
		t.Errorf("what was sent is kept as %q", o.Place.PointSent)
	}
	if !s.lack("old").told[[2]string{"QD", "XX"}] {
		t.Error("nobody heard of the channel that no table leads to")
	}
	err2 := read(text(north+40000), text(east)).Err
	if err2 == nil || err2.Kind != core.Invalid || err2.Code != "outside_area" || err2.Field != "X" || !strings.Contains(err2.Message, text(north+40000)) || !strings.Contains(err2.Message, "lies outside the service area: Lat 31.1…31.36") || !strings.Contains(err2.Message, "mapping old, line 11") {
		t.Errorf("got %+v", err2)
	}
}

func text(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }

func TestAGridThatIsAnotherCitysIsAMistake(t *testing.T) {
	_, err := ReadSettings(gridded(t, "central_meridian: 77.31\nfalse_north: -3457147.81\n"))
	if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), "it does not reach service_area.centre") || strings.Contains(err.Error(), "77.31") || strings.Contains(err.Error(), "3457147") {
		t.Errorf("got %v", err)
	}
}

// What the settings allow is what there is.
func TestTheSettingsKnowTheReferenceSystems(t *testing.T) {
	path := gridded(t, "central_meridian: 121.5\n")
	root := filepath.Dir(path)
	system := filepath.Join(root, "systems", "gis.yaml")
	for _, name := range geo.Names() {
		if err := os.WriteFile(system, []byte("id: gis\nname: {en: GIS, zh: 地理信息系统}\ncontract: gis\nmode: live\nurl: http://127.0.0.1:9104/\ncoordinates: "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSettings(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range lang.Settings(config.Reference{}) {
		if s.Path == "ellipsoid" && !slices.Equal(slices.Sorted(slices.Values(s.Choices)), geo.Ellipsoids()) {
			t.Errorf("the settings know the ellipsoids %v, there are %v", s.Choices, geo.Ellipsoids())
		}
	}
}

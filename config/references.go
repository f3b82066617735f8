package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tundish/config/lang"
)

// References is config/references.yaml: local plane grids that coordinates may be written in.
type References struct {
	References lang.Map[Reference] `yaml:"references" lang:"required,keys='[a-z][a-z0-9-]{0,39}'" en:"Plane grids of the city, by the name that systems and mappings call them." zh:"本地平面坐标系，按系统和映射中所用名称。"`
}

// Reference is a local plane grid. What is confidential of it stands in a file of its own.
type Reference struct {
	At         lang.Pos
	Title      Name               `yaml:"title" lang:"required" en:"What people call it." zh:"名称。"`
	Ellipsoid  lang.Value[string] `yaml:"ellipsoid" lang:"required,oneof=cgcs2000|iag75|krassovsky|wgs84" en:"Its ellipsoid: krassovsky of Beijing 54, iag75 of Xi'an 80." zh:"椭球：北京 54 为 krassovsky，西安 80 为 iag75。"`
	Projection `yaml:",inline"`
	ParamsFile lang.Value[string] `yaml:"params_file" en:"File, relative to this one, with the parameters that are confidential: any of the keys central_meridian, false_north, false_east, scale, shift_north, shift_east, rotation_seconds, scale_ppm. What stands in it is never shown, logged or exported." zh:"存放保密参数的文件，相对于本文件，可含 central_meridian、false_north、false_east、scale、shift_north、shift_east、rotation_seconds、scale_ppm。内容不显示、不记日志、不导出。"`
}

// Projection are the parameters of a transverse Mercator (Gauss–Krüger) projection; each stands in
// the file of references or in the secret one.
type Projection struct {
	CentralMeridian *float64 `yaml:"central_meridian" lang:"min=-180,max=180" en:"Central meridian, degrees east." zh:"中央子午线，东经度数。"`
	FalseNorth      *float64 `yaml:"false_north" en:"Metres added to the northing (X); absent: 0." zh:"北坐标（X）加常数，米；不填为 0。"`
	FalseEast       *float64 `yaml:"false_east" en:"Metres added to the easting (Y), 500000 in the national grids; absent: 0." zh:"东坐标（Y）加常数，米，国家坐标系为 500000；不填为 0。"`
	Scale           *float64 `yaml:"scale" lang:"min=0.99,max=1.01" en:"Scale on the central meridian; absent: 1." zh:"中央子午线投影比例；不填为 1。"`
}

// secretParams is the file of confidential parameters.
type secretParams struct {
	Projection      `yaml:",inline"`
	ShiftNorth      float64 `yaml:"shift_north" en:"Metres added to X." zh:"X 平移，米。"`
	ShiftEast       float64 `yaml:"shift_east" en:"Metres added to Y." zh:"Y 平移，米。"`
	RotationSeconds float64 `yaml:"rotation_seconds" en:"Rotation in seconds of arc, from X towards Y." zh:"旋转角，秒，由 X 向 Y 为正。"`
	ScalePPM        float64 `yaml:"scale_ppm" en:"Scale in parts per million." zh:"尺度，百万分之一。"`
}

// Grid are the parameters of a reference system. They are confidential: however it is printed, it
// says nothing.
type Grid struct {
	Ellipsoid                                     string
	CentralMeridian, FalseNorth, FalseEast, Scale float64 // degrees; metres; metres; 0 means 1
	ShiftNorth, ShiftEast                         float64 // metres
	RotationSeconds, ScalePPM                     float64
}

// Format implements fmt.Formatter.
func (Grid) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(confidential)")) }

// MarshalJSON implements json.Marshaler.
func (Grid) MarshalJSON() ([]byte, error) { return []byte(`"(confidential)"`), nil }

// plainReferences are the reference systems that need no parameters.
var plainReferences = []string{"WGS84", "CGCS2000", "GCJ02", "BD09"}

var (
	badParams    = lang.NewMessage("reference", "the parameters of this reference system cannot be used: line %d of the file (%v)", "该坐标系的参数无法使用：文件第 %d 行（%v）")
	givenTwice   = lang.NewMessage("reference", "%s stands here and in params_file", "%s 在此处与 params_file 中重复")
	noMeridian   = lang.NewMessage("reference", "the central meridian stands neither here nor in params_file", "此处与 params_file 中均未给出 central_meridian")
	badGrid      = lang.NewMessage("reference", "this reference system cannot be used: %v", "该坐标系无法使用：%v")
	noReference  = lang.NewMessage("reference", "there is no reference system %q", "没有坐标系 %q")
	needsMapping = lang.NewMessage("reference", "the contract %s has its coordinates in degrees, %s in metres", "契约 %s 的坐标以度为单位，而 %s 以米为单位")
)

var (
	hintKeys    = lang.Text{En: "it takes the keys central_meridian, false_north, false_east, scale, shift_north, shift_east, rotation_seconds, scale_ppm, each with a number", Zh: "可用的键为 central_meridian、false_north、false_east、scale、shift_north、shift_east、rotation_seconds、scale_ppm，值均为数字"}
	hintMapping = lang.Text{En: "only a mapping can speak of a plane grid", Zh: "平面坐标系只能用于映射"}
)

// readReferences reads the plane grids, hands each to make, and holds what the systems name against them. An
// installation without the file has none.
func (t *Tree) readReferences(p *lang.Problems, make func(c *Config, name string, g Grid) lang.Text) {
	c := t.Config
	names := slices.Clone(plainReferences)
	if _, err := os.Stat(c.Dirs.References); !errors.Is(err, fs.ErrNotExist) {
		var f References
		lang.DecodeFile(p, c.Dirs.References, &f)
		for i := range f.References {
			e := &f.References[i]
			names = append(names, e.Key)
			if g, ok := e.V.grid(p, within(filepath.Dir(c.Dirs.References), e.V.ParamsFile.V)); ok && make != nil {
				if wrong := make(c, e.Key, g); wrong != (lang.Text{}) {
					p.At(e.At, badGrid, wrong)
				}
			}
		}
	}
	slices.Sort(names[len(plainReferences):])
	for i := range t.Systems {
		s := &t.Systems[i]
		switch {
		case s.Coordinates == "" || slices.Contains(plainReferences, s.Coordinates):
		case !slices.Contains(names, s.Coordinates):
			p.At(s.coordinatesAt, noReference, s.Coordinates).Expected(names...).Near(s.Coordinates, names)
		case s.Contract.V != "mapping":
			p.At(s.coordinatesAt, needsMapping, s.Contract.V, s.Coordinates).Hint(hintMapping)
		}
	}
}

// grid puts the parameters together; file is where the confidential ones stand.
func (r *Reference) grid(p *lang.Problems, file string) (Grid, bool) {
	if r.Ellipsoid.V == "" {
		return Grid{}, false // said already
	}
	var secret secretParams
	if r.ParamsFile.V != "" {
		// Its own mistakes would show its lines.
		var own lang.Problems
		lang.DecodeFile(&own, file, &secret)
		for _, f := range own.Findings(lang.English) {
			p.At(r.ParamsFile.At, badParams, f.Line, f.Code).Hint(hintKeys)
		}
		if own.Len() > 0 {
			return Grid{}, false
		}
	}
	ok := true
	one := func(name string, open, secret *float64) float64 {
		switch {
		case open != nil && secret != nil:
			p.At(r.ParamsFile.At, givenTwice, name)
			ok = false
		case open != nil:
			return *open
		case secret != nil:
			return *secret
		case name == "central_meridian":
			p.At(r.At, noMeridian)
			ok = false
		}
		return 0
	}
	return Grid{
		Ellipsoid:       r.Ellipsoid.V,
		CentralMeridian: one("central_meridian", r.CentralMeridian, secret.CentralMeridian),
		FalseNorth:      one("false_north", r.FalseNorth, secret.FalseNorth),
		FalseEast:       one("false_east", r.FalseEast, secret.FalseEast),
		Scale:           one("scale", r.Scale, secret.Scale),
		ShiftNorth:      secret.ShiftNorth, ShiftEast: secret.ShiftEast, RotationSeconds: secret.RotationSeconds, ScalePPM: secret.ScalePPM,
	}, ok
}

package app

import (
	"errors"

	"tundish/adapters/geo"
	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// makeReference makes a reference system of its parameters and says what is wrong with it, without
// repeating them.
func (s *Settings) makeReference(c *config.Config, name string, g config.Grid) lang.Text {
	r, err := geo.NewGrid(name, geo.Grid{
		Ellipsoid: g.Ellipsoid, CentralMeridian: g.CentralMeridian, FalseNorth: g.FalseNorth, FalseEast: g.FalseEast, Scale: g.Scale,
		Transform: geo.Transform{ShiftNorth: g.ShiftNorth, ShiftEast: g.ShiftEast, RotationSeconds: g.RotationSeconds, ScalePPM: g.ScalePPM},
	})
	if e := (*core.Error)(nil); errors.As(err, &e) {
		return lang.Text{En: e.Message, Zh: e.MessageZH}
	} else if err != nil {
		return lang.Text{En: err.Error(), Zh: err.Error()}
	}
	centre := c.ServiceArea.Centre
	if !r.Reaches(core.Point{Lat: centre.Lat.V, Lon: centre.Lon.V}) {
		return lang.Text{En: "it does not reach service_area.centre: see whether its parameters are the city's", Zh: "不覆盖 service_area.centre：请核对参数是否为本地参数"}
	}
	s.References[name] = r
	return lang.Text{}
}

package sim

import "tundish/core"

// Districts are those of config/districts.yaml; a test holds the two together.
var Districts = [...]District{
	{Code: "D1", Name: "梧桐区", Branch: "YG-NORTH", Depot: "ST-01", Centre: core.Point{Lat: 31.2480, Lon: 121.4300}},
	{Code: "D2", Name: "柳园区", Branch: "YG-NORTH", Depot: "ST-01", Centre: core.Point{Lat: 31.2710, Lon: 121.4850}},
	{Code: "D3", Name: "新村区", Branch: "YG-EAST", Depot: "ST-02", Centre: core.Point{Lat: 31.2350, Lon: 121.5330}},
	{Code: "D4", Name: "北辰区", Branch: "YG-EAST", Depot: "ST-02", Centre: core.Point{Lat: 31.1960, Lon: 121.5480}},
	{Code: "D5", Name: "渔港区", Branch: "YG-SOUTH", Depot: "ST-03", Centre: core.Point{Lat: 31.1680, Lon: 121.4800}},
	{Code: "D6", Name: "龙泉区", Branch: "YG-SOUTH", Depot: "ST-03", Centre: core.Point{Lat: 31.1990, Lon: 121.4080}},
}

// RoadAt is a road of a district by their places in the lists.
func RoadAt(district, road int) string { return roads[district%len(roads)][road%len(roads[0])] }

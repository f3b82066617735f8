// Package geo knows the reference systems in which legacy systems write coordinates, and brings
// each of them to WGS 84, in which the hub keeps them, and back.
//
//	shanghai, err := geo.NewGrid("city-grid", geo.Grid{Ellipsoid: "krassovsky", CentralMeridian: 121.46, FalseNorth: -3457147})
//	p, err := shanghai.ToWGS84(-2841.37, 10233.90) // north, east
//
// A position is always given as two numbers, the northern one first: latitude and longitude in
// degrees, or X (north) and Y (east) of a plane grid in metres, which is how surveyors in China
// name them.
//
// The parameters of a city's grid are confidential. They are kept in here and never come out: not in
// an error, not in a text of %v.
package geo

// Package gissim simulates a geographic information system: it finds addresses, service
// points and the network around a place, takes corrected positions, reports where the
// crews' vehicles are and what patrols found.
//
// It knows the whole city, but not everything: one service point in twenty was never
// surveyed, and addresses outside the city's roads are unknown to it. Its habits:
// SOAP 1.2 in UTF-8, CGCS2000, the house's codes.
package gissim

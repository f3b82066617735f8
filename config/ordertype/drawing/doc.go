// Package drawing shows the process of an order type as a picture: as SVG, laid out here, or as
// DOT for programs that lay out themselves.
//
// The steps stand below each other in the order of the file, phases are bands behind them. What
// leads to the next step goes straight down; what leads further down runs along the right side,
// what leads back along the left. Ways to the same step share a line.
package drawing

// Package format reads routing problems from the files of the trade and writes plans
// the way their benchmarks want them: Solomon and Gehring-Homberger text, VRPLIB,
// the technician set of Pillac et al. and utility days as JSON.
//
// A reader takes what is written as it is meant, with the format's rounding, or
// refuses the file with all its faults and their lines. It decides nothing about how
// the problem is solved.
package format

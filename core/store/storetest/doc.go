// Package storetest is the behaviour that every store must show, as one suite.
//
// A dialect's test calls Run with a function that opens one more handle on the same
// database: two handles are two hubs. The suite keeps its tests apart by names of
// their own, so that a dialect in which databases are dear may use one for all.
package storetest

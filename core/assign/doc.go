// Package assign gives orders to crews: at once for those that cannot wait, in a
// batch for the bulk, on a dispatcher's word for the rest.
//
// Who is best is the Planner's business (package dispatch); this package reads the
// board, asks, and makes the choice durable together with the crew-day it was made
// on, so that two hubs never fill a crew's last slot twice. An order without a
// coordinate is located first.
package assign

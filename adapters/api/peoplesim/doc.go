// Package peoplesim plays the people of a working day over the JSON API: the control
// room that accepts, dispatches, reviews and follows up, and the crews that go, work
// and complete. What somebody does about an order depends on the order's own number
// and not on chance, so that a day can be told again; how long it takes runs on the
// hub's clock.
package peoplesim

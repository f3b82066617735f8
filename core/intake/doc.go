// Package intake takes orders in: submitted, amended, cancelled, urged on and
// asked for by the systems they come from.
//
// The key of an order is its Ref. A message about a known Ref is recognised by the
// hash of its order: a hash that was accepted before, however long ago, is answered
// as known; a new one amends the order, or is refused once work has begun.
package intake

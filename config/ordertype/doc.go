// Package ordertype reads the order types of config/order-types/*.yaml into the values that core works with.
//
// A type says what people call a kind of work, who gives it to a crew and when, what a completion must hold, what the
// source is told and until when it should be done. The closed words behind it (families, urgencies, dispatch modes,
// statuses, the fields of a completion) are those of core; nothing here repeats them.
package ordertype

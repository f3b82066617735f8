// Package xsd holds the values of XML Schema that Go's own types would damage: [Decimal] keeps the digits as
// written, [DateTime] and [Date] keep whether a zone was written, [Binary] is base64.
//
// All of them read and write text and know nothing of elements. Values are read as XML Schema 1.0 has them after
// collapsing white space at both ends, with one leniency: none of the many other ways to write a date is guessed at,
// because a guess that is wrong is an appointment missed. Each error says what was read and what is allowed.
//
// The values are comparable only by their methods: == compares what was written, so that 1.0 and 1.00 differ.
package xsd

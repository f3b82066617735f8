// Package classify says what a report is about where its source does not: the house's ordered table of rules, from what
// callers say, where it is and who they are to a category, an order type, an urgency, a depot or a desk team.
//
// Each column is filled by the first rule that matches and says something about it. So one rule may tell what kind of
// work a word stands for, and another which depot serves an estate, without a rule for every pair. The table is a pure
// function of the order and the instant: the same report is always classified alike.
package classify

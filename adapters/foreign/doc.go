// Package foreign connects systems that keep their own contract: what is said to them, and
// what their answers mean, stands in a mapping (package mapping), not in code.
//
// A mapped system stands behind the same ports as one on a contract of ours; nothing behind
// them knows the difference. [Sink] is what results are written back through.
package foreign

// Package shape says what the messages of a contract look like: its
// operations, and for each the tree of elements that goes into the body of a
// request or an answer, in the order of the schema.
//
//	defs, err := contract.Load(os.DirFS("."), "HotlineService.wsdl")
//	svc, err := shape.New(defs, shape.Options{})
//	op, ok := svc.Operation("SubmitRepair")
//	node, err := op.Request.Find([]string{"SubmitRepair", "order", "@id"})
//	err = node.Simple.Check("4711")
//
// All styles come out as the same tree: document/literal wrapped and bare, rpc
// with its wrapper element, SOAP encoding with its arrays. What groups,
// extensions and references add is in its place already, base types first.
//
// A tree may be endless, because a type may contain itself. So children are
// made when they are asked for, and elements of one type share them: a Node is
// what the contract says, not one element of one message.
//
// An operation that cannot be used is listed like the others and says why
// (Operation.Err), so that one broken operation does not cost the other two
// hundred. Everything here may be used from several goroutines.
package shape

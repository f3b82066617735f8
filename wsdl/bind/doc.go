// Package bind is what the generated code of every contract shares: a Decoder
// and an Encoder for one element each, the occurrence rules and the facets.
//
// Generated code stays readable because all the strictness is here. A decoder
// of a type is a loop over its children by name:
//
//	func (v *Customer) DecodeXML(r *xml.Reader) error {
//		*v = Customer{}
//		d := bind.Read(r, &customerShape)
//		for d.Next() {
//			switch d.Name() {
//			case "AccountNo":
//				v.AccountNo = d.String(&accountNoFacets)
//			case "ClosedOn":
//				v.ClosedOn = new(d.Date())
//			}
//		}
//		return d.Close()
//	}
//
// and an encoder writes its fields in the contract's order:
//
//	func (v *Customer) EncodeXML(e *bind.Encoder) {
//		e.Element("AccountNo").String(v.AccountNo, &accountNoFacets)
//		if v.ClosedOn != nil {
//			e.Element("ClosedOn").Date(*v.ClosedOn)
//		}
//	}
//
// What a Decoder takes: children in any order, in the namespace of the element
// around them or in none; attributes of other namespaces (xsi:type and the
// like) unread. What it refuses, with an *xml.Error of kind Schema that has
// line, column and path: an unknown child or attribute (naming the nearest
// known one), a child too many, a required one missing, xsi:nil where the
// contract does not allow it, text that is no value of the type, and a value
// outside its facets. An Encoder holds what it writes to the same rules.
//
// Both stop at the first mistake and remember it, so that only the end of a
// decoder or encoder has an error to look at.
package bind

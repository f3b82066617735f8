// Package xml reads and writes XML 1.0 with namespaces, strictly and without building a tree.
//
// [Reader] is a pull parser. It refuses whatever is not a well-formed, namespace-well-formed document,
// and beyond that every document type declaration: SOAP forbids them and they are the root of entity
// attacks. A decoder can therefore trust what it is given: one root, unique attributes, declared prefixes,
// legal characters. What encoding/xml lets through (a second root, text outside the root, duplicate
// attributes, undeclared prefixes, DTDs, late XML declarations, lone surrogate references) ends in an
// [Error] that carries line, column and the path of the element.
//
// Nothing is allocated per token once a Reader has seen the names of a kind of document: names are
// interned, text and attribute values are views into the window. The window slides, so a document of any
// size is read in bounded memory; [Limits] bounds the rest.
//
// [Writer] builds a document in one buffer, escapes what must be escaped, and declares every prefix once.
//
// # Charsets
//
// Reader takes UTF-8 and does not look at the encoding that the XML declaration names, because the bytes
// may have been transcoded already. [DecodeBytes] and [Decode] stand in front. When declarations disagree,
// the first of these rules that fits decides:
//
//  1. a byte order mark (UTF-8, UTF-16 or GB18030);
//  2. the pattern of UTF-16 without a mark: '<' or white space beside a zero byte;
//  3. the encoding in the XML declaration, if it is known and the bytes are valid in it;
//  4. the charset parameter of Content-Type, likewise;
//  5. UTF-8, if the bytes are valid UTF-8;
//  6. GB18030, if the bytes are valid in it and do not look like UTF-8 that was damaged underway, that is,
//     they hold fewer well-formed UTF-8 characters of three or four bytes than bytes fitting nowhere;
//  7. otherwise the document is refused with the offset of the first byte that does not fit.
//
// GB2312 and GBK are read as GB18030, their superset. One habit overrides rules 3 and 4: where a charset
// of single or double bytes is declared (GB2312, GBK, GB18030, ISO-8859-1, windows-1252) but the bytes are valid UTF-8
// holding at least one character of three bytes or more, UTF-8 wins. Characters of two bytes are no
// evidence: the GBK bytes of 模 are also the UTF-8 bytes of ģ. [Charset] tells what was declared, what was
// used, and whether they differ. [Decode] judges by the first 64 KiB, [DecodeBytes] by the whole document.
//
// # What it leaves to others
//
// SOAP envelopes and faults are adapters/soap, typed values are wsdl/xsd, the contract is wsdl/contract.
package xml

package xsd

import (
	"encoding/base64"
	"fmt"
)

// Binary is an xs:base64Binary, decoded.
type Binary []byte

const binaryAllowed = "base64 (A–Z a–z 0–9 + /, padded with = to a multiple of four), such as /9j/4A=="

// ParseBinary reads base64. White space may stand anywhere; alphabet, padding and unused bits are checked, so
// that each Binary has one way to be written.
func ParseBinary[T text](s T) (Binary, error) {
	packed := make([]byte, 0, len(s))
	for i := range len(s) {
		if !isSpace(s[i]) {
			packed = append(packed, s[i])
		}
	}
	n, err := base64.StdEncoding.Strict().Decode(packed, packed)
	if err == nil {
		return Binary(packed[:n:n]), nil
	}
	problem := fmt.Sprintf("it has %d characters, which is no multiple of four", len(packed))
	if at, ok := err.(base64.CorruptInputError); ok && (len(packed)%4 == 0 || int(at) < len(packed)/4*4) {
		problem = fmt.Sprintf("character %d does not fit", int(at)+1)
	}
	return nil, bad("base64Binary", s, problem, binaryAllowed)
}

// AppendBase64 appends the base64 of b without line breaks.
func (b Binary) AppendBase64(dst []byte) []byte { return base64.StdEncoding.AppendEncode(dst, b) }

// String gives the base64.
func (b Binary) String() string { return base64.StdEncoding.EncodeToString(b) }

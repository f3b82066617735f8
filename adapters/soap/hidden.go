package soap

import (
	"bytes"
	"slices"
	"strings"

	"tundish/wsdl/xml"
)

// hidden are texts that must not be kept, and what they are replaced with, as they stand in a
// message: escaped, in its charset.
type hidden [][2][]byte

// newHidden prepares for messages in the charset, and for answers in UTF-8 or a Chinese one.
func newHidden(secrets []string, charset xml.Charset) hidden {
	chinese, _ := xml.ParseCharset("GB18030")
	utf8, _ := xml.ParseCharset(xml.UTF8)
	var h hidden
	for _, s := range secrets {
		if s == "" {
			continue
		}
		once := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
		twice := strings.ReplaceAll(once, "&", "&amp;")                                                         // in a document inside a string
		quoted := strings.NewReplacer(`"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;").Replace(once) // in an attribute
		for _, text := range []string{strings.ReplaceAll(quoted, "&", "&amp;"), twice, quoted, once, s} {
			for _, c := range []xml.Charset{charset, utf8, chinese} {
				b := encoded(text, c)
				if !slices.ContainsFunc(h, func(have [2][]byte) bool { return bytes.Equal(have[0], b) }) {
					h = append(h, [2][]byte{b, encoded(mask, c)})
				}
			}
		}
	}
	// A text that holds another goes first.
	slices.SortStableFunc(h, func(a, b [2][]byte) int { return len(b[0]) - len(a[0]) })
	return h
}

// encoded is a text within a message, so without a byte order mark.
func encoded(text string, c xml.Charset) []byte {
	if c.Label() == xml.UTF8 {
		return []byte(text)
	}
	b := xml.Encode(nil, []byte(text), c)
	for _, bom := range [][]byte{{0xff, 0xfe}, {0xfe, 0xff}} {
		b = bytes.TrimPrefix(b, bom)
	}
	return b
}

// hide gives back message itself where there is nothing to hide.
func (h hidden) hide(message []byte) []byte {
	for _, pair := range h {
		if bytes.Contains(message, pair[0]) {
			message = bytes.ReplaceAll(message, pair[0], pair[1])
		}
	}
	return message
}

// concealer hides secrets in texts that were made of messages.
func concealer(secrets []string) *strings.Replacer {
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			pairs = append(pairs, s, mask)
		}
	}
	return strings.NewReplacer(pairs...)
}

// Conceal cuts the client's secrets out of a text, such as what a target answered.
func (c *Client) Conceal(text string) string { return c.conceals.Replace(text) }

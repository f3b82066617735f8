package xml

import "strings"

// The canonical names of the charsets that are read and written.
const (
	UTF8        = "UTF-8"
	UTF16LE     = "UTF-16LE"
	UTF16BE     = "UTF-16BE"
	GB2312      = "GB2312" // read as GB18030
	GBK         = "GBK"    // read as GB18030
	GB18030     = "GB18030"
	ISO8859_1   = "ISO-8859-1"
	Windows1252 = "windows-1252"
	ASCII       = "US-ASCII" // read as UTF-8
	utf16Label  = "UTF-16"   // as a label: the bytes tell the order
)

// charsetNames maps what peers write, in lower case, to canonical names.
var charsetNames = map[string]string{
	"utf-8": UTF8, "utf8": UTF8, "unicode-1-1-utf-8": UTF8,
	"utf-16": utf16Label, "utf16": utf16Label, "iso-10646-ucs-2": utf16Label, "ucs-2": utf16Label, "unicode": utf16Label,
	"utf-16le": UTF16LE, "utf-16be": UTF16BE,
	"gb2312": GB2312, "gb_2312-80": GB2312, "gb2312-80": GB2312, "euc-cn": GB2312, "x-euc-cn": GB2312, "csgb2312": GB2312, "chinese": GB2312,
	"gbk": GBK, "x-gbk": GBK, "cp936": GBK, "ms936": GBK, "windows-936": GBK, "936": GBK,
	"gb18030": GB18030, "gb-18030": GB18030,
	"iso-8859-1": ISO8859_1, "iso8859-1": ISO8859_1, "iso_8859-1": ISO8859_1, "latin1": ISO8859_1, "latin-1": ISO8859_1,
	"windows-1252": Windows1252, "cp1252": Windows1252,
	"us-ascii": ASCII, "ascii": ASCII, "ansi_x3.4-1968": ASCII,
}

// canonical gives the canonical name of a charset label, "" if it is not known.
func canonical(label string) string {
	return charsetNames[strings.ToLower(strings.Trim(label, " \t\"'"))]
}

// Charset tells how a document was read, so that an answer can be written alike.
type Charset struct {
	Declared    string // encoding of the XML declaration as written, "" if there is none
	ContentType string // charset parameter of Content-Type as given
	Used        string // how the bytes were read: UTF-8, UTF-16LE, UTF-16BE, GB18030, ISO-8859-1 or windows-1252
	BOM         bool   // the bytes began with a byte order mark
	Mismatch    bool   // one of the declarations does not fit what was used
}

// ParseCharset makes the Charset for a configured name, such as "gbk"; false if it is not known.
func ParseCharset(name string) (Charset, bool) {
	label := canonical(name)
	if label == "" {
		return Charset{}, false
	}
	if label == utf16Label {
		return Charset{Declared: label, Used: UTF16LE, BOM: true}, true
	}
	return Charset{Declared: label, Used: family(label)}, true
}

// Label is the name to declare for bytes written by [Encode] with this Charset. A peer that spoke GB2312
// is answered in GB2312, although it was read as GB18030. The zero Charset is UTF-8.
func (c Charset) Label() string {
	for _, label := range []string{canonical(c.Declared), canonical(c.ContentType)} {
		switch {
		case label == "" || !fits(label, c.Used):
		case label == ASCII || label == UTF8:
			return UTF8
		default:
			return label
		}
	}
	switch c.Used {
	case "":
		return UTF8
	case UTF16LE, UTF16BE:
		return utf16Label
	}
	return c.Used
}

// family is the charset that a canonical label is read as.
func family(label string) string {
	switch label {
	case GB2312, GBK:
		return GB18030
	case ASCII:
		return UTF8
	}
	return label
}

// fits reports whether bytes read as used may be called by the canonical label.
func fits(label, used string) bool {
	if used == UTF16LE || used == UTF16BE {
		return label == utf16Label || label == used
	}
	return family(label) == used
}

// settle fills in what follows from the decision for a charset.
func (c Charset) settle(used string) Charset {
	c.Used = used
	for _, label := range []string{c.Declared, c.ContentType} {
		if label != "" && !fits(canonical(label), used) {
			c.Mismatch = true
		}
	}
	return c
}

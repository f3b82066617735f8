package xml

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const sniffed = 64 << 10 // bytes that Decode judges by

// DecodeBytes gives the UTF-8 of a whole document in whatever charset the package comment's rules find,
// without its byte order mark. A document that is in UTF-8 already is not copied.
func DecodeBytes(b []byte, contentTypeCharset string) ([]byte, Charset, error) {
	c, skip, err := choose(b, true, contentTypeCharset)
	if err != nil {
		return nil, c, err
	}
	if c.Used == UTF8 {
		if !c.BOM {
			return b, c, nil
		}
		if at, ok := validUTF8(b, true); !ok {
			return nil, c, charsetError(at, b[at], UTF8)
		}
		return b[skip:], c, nil
	}
	out := make([]byte, 0, len(b)+len(b)/2+16)
	out, n, err := decoders[c.Used](out, b[skip:])
	switch {
	case err != nil:
		return nil, c, placeError(err, skip+n)
	case skip+n < len(b):
		return nil, c, charsetError(skip+n, b[skip+n], c.Used)
	}
	return out, c, nil
}

// Decode is DecodeBytes for a stream. It judges by the first 64 KiB; a byte behind them that does not fit
// ends the stream with an [Error] of kind BadCharset. UTF-8 is handed through for the [Reader] to check.
func Decode(src io.Reader, contentTypeCharset string) (io.Reader, Charset, error) {
	head := make([]byte, sniffed)
	n, err := io.ReadFull(src, head)
	head = head[:n]
	whole := err == io.EOF || err == io.ErrUnexpectedEOF
	if err != nil && !whole {
		return nil, Charset{ContentType: contentTypeCharset}, &Error{Kind: Source, Msg: "reading the document: " + err.Error(), Err: err}
	}
	c, skip, err := choose(head, whole, contentTypeCharset)
	if err != nil {
		return nil, c, err
	}
	rest := bytes.NewReader(head[skip:])
	if whole {
		src = rest
	} else {
		src = io.MultiReader(rest, src)
	}
	if c.Used == UTF8 {
		return src, c, nil
	}
	return &decoder{src: src, decode: decoders[c.Used], charset: c.Used, offset: skip, in: make([]byte, 0, 16<<10)}, c, nil
}

// decoder turns a stream of one charset into UTF-8.
type decoder struct {
	src     io.Reader
	decode  decodeFunc
	charset string
	in      []byte // read and not decoded yet
	out     []byte // decoded
	read    int    // of out
	offset  int    // of in[0] in the source
	err     error
}

func (d *decoder) Read(p []byte) (int, error) {
	for d.read == len(d.out) {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.out[d.read:])
	d.read += n
	return n, nil
}

func (d *decoder) fill() {
	n, err := d.src.Read(d.in[len(d.in):cap(d.in)])
	d.in = d.in[:len(d.in)+n]
	var used int
	d.out, used, d.err = d.decode(d.out[:0], d.in)
	d.read = 0
	d.offset += used
	d.in = d.in[:copy(d.in, d.in[used:])]
	switch {
	case d.err != nil:
		d.err = placeError(d.err, d.offset)
	case err == io.EOF && len(d.in) > 0:
		d.err = charsetError(d.offset, d.in[0], d.charset)
	default:
		d.err = err
	}
}

// decodeFunc appends the UTF-8 of src to dst. It returns the number of bytes read: a character cut off by the end
// of src is left alone, one that does not fit is an error.
type decodeFunc func(dst, src []byte) ([]byte, int, error)

var decoders = map[string]decodeFunc{
	UTF16LE:     func(dst, src []byte) ([]byte, int, error) { return decodeUTF16(dst, src, 1) },
	UTF16BE:     func(dst, src []byte) ([]byte, int, error) { return decodeUTF16(dst, src, 0) },
	GB18030:     decodeGB18030,
	ISO8859_1:   decodeLatin1,
	Windows1252: decodeWindows1252,
}

// placeError completes the error of a decodeFunc with the offset in the document.
func placeError(err error, offset int) error {
	return &Error{Position: Position{Offset: int64(offset)}, Kind: BadCharset, Msg: err.Error(), Err: err}
}

// decodeUTF16 refuses lone surrogates, which x/text would replace. hi is the index of a unit's high byte.
func decodeUTF16(dst, src []byte, hi int) ([]byte, int, error) {
	unit := func(i int) rune { return rune(src[i+hi])<<8 | rune(src[i+1-hi]) }
	i := 0
	for i+2 <= len(src) {
		c := unit(i)
		n := 2
		if utf16.IsSurrogate(c) {
			if c < 0xDC00 && i+4 > len(src) {
				break
			}
			if c < 0xDC00 {
				c = utf16.DecodeRune(c, unit(i+2))
			} else {
				c = utf8.RuneError
			}
			if c == utf8.RuneError {
				return dst, i, fmt.Errorf("lone surrogate U+%04X in UTF-16", unit(i))
			}
			n = 4
		}
		dst = utf8.AppendRune(dst, c)
		i += n
	}
	return dst, i, nil
}

func decodeLatin1(dst, src []byte) ([]byte, int, error) {
	for _, c := range src {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst, len(src), nil
}

func decodeWindows1252(dst, src []byte) ([]byte, int, error) {
	for i, b := range src {
		c := charmap.Windows1252.DecodeByte(b)
		if c == utf8.RuneError {
			return dst, i, fmt.Errorf("byte 0x%02X stands for nothing in windows-1252", b)
		}
		dst = utf8.AppendRune(dst, c)
	}
	return dst, len(src), nil
}

// decodeGB18030 copies runs of ASCII and lets x/text decode what lies between. It goes through that character by
// character only where x/text replaced one.
func decodeGB18030(dst, src []byte) ([]byte, int, error) {
	dec := simplifiedchinese.GB18030.NewDecoder().Transformer
	for i := 0; i < len(src); {
		from := i
		i += asciiLen(src[i:])
		dst = append(dst, src[from:i]...)
		from = i
		n, err := wideGB18030(src[i:])
		i += n
		dst = slices.Grow(dst, n*2) // two bytes become three at most, four become four
		w, _, _ := dec.Transform(dst[len(dst):cap(dst)], src[from:i], true)
		if out := dst[len(dst) : len(dst)+w]; bytes.Contains(out, []byte("\uFFFD")) {
			dst = decodeOneByOne(dst, src[from:i])
		} else {
			dst = dst[:len(dst)+w]
		}
		if n == 0 || err != nil {
			return dst, i, err
		}
	}
	return dst, len(src), nil
}

// asciiLen is the length of the ASCII that b begins with.
func asciiLen(b []byte) int {
	i := 0
	for i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:])&high == 0 {
		i += 8
	}
	for i < len(b) && b[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// wideGB18030 is the length of the whole characters beyond ASCII that b begins with; err tells that the bytes
// behind them are no character.
func wideGB18030(b []byte) (int, error) {
	i := 0
	for i < len(b) && b[i] >= utf8.RuneSelf {
		n := gbLen(b[i:])
		if n < 0 {
			return i, fmt.Errorf("bytes % X are no character of GB18030", b[i:min(len(b), i+4)])
		}
		if n == 0 {
			break
		}
		i += n
	}
	return i, nil
}

// decodeOneByOne decodes whole characters, the user-defined ones that x/text does not know included.
func decodeOneByOne(dst, src []byte) []byte {
	dec := simplifiedchinese.GB18030.NewDecoder()
	var out [16]byte
	for i := 0; i < len(src); {
		n := gbLen(src[i:])
		w, _, _ := dec.Transform(out[:], src[i:i+n], true)
		if n == 2 && string(out[:w]) == "\uFFFD" {
			c, _ := userChar(src[i], src[i+1])
			dst = utf8.AppendRune(dst, c)
		} else {
			dst = append(dst, out[:w]...)
		}
		i += n
	}
	return dst
}

// gbLen is the length of the character that b begins with in GB18030, 0 if b is too short to tell, -1 if the bytes
// are no character. All codes of two bytes are assigned or user-defined; of those with four only two ranges are.
func gbLen(b []byte) int {
	switch {
	case b[0] < 0x80:
		return 1
	case b[0] == 0x80 || b[0] == 0xFF:
		return -1
	case len(b) == 1:
		return 0
	case b[1] >= 0x40 && b[1] <= 0xFE && b[1] != 0x7F:
		return 2
	case b[1] < '0' || b[1] > '9':
		return -1
	case len(b) > 2 && (b[2] < 0x81 || b[2] == 0xFF):
		return -1
	case len(b) > 3 && (b[3] < '0' || b[3] > '9'):
		return -1
	case len(b) < 4:
		return 0
	}
	n := ((int(b[0]-0x81)*10+int(b[1]-'0'))*126+int(b[2]-0x81))*10 + int(b[3]-'0')
	if n < gbBMP || n >= gbBeyond && n < gbBeyond+0x100000 {
		return 4
	}
	return -1
}

const (
	gbBMP    = 39420  // codes of four bytes up to 8431A439, characters of the BMP
	gbBeyond = 189000 // the code 90308130, character U+10000
)

// wholeGB18030 is the length of the whole characters that b begins with.
func wholeGB18030(b []byte) (int, error) {
	for i := 0; ; {
		i += asciiLen(b[i:])
		n, err := wideGB18030(b[i:])
		i += n
		if n == 0 || err != nil {
			return i, err
		}
	}
}

// validIn tests whether b is valid in a charset and returns the offset of what does not fit.
func validIn(charset string, b []byte, whole bool) (n int, ok bool) {
	var err error
	if charset == GB18030 {
		n, err = wholeGB18030(b)
	} else {
		_, n, err = decoders[charset](nil, b)
	}
	return min(n, max(0, len(b)-1)), err == nil && (n == len(b) || !whole)
}

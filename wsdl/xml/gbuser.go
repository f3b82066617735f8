package xml

// The two-byte codes of GBK and GB18030 that x/text leaves out. Systems that drew characters of their own for
// rare surnames send them as user-defined codes, which the standard maps to the private use area one by one;
// a few codes behind the drawn tables belong to characters that Unicode got later.

// userRow is a run of codes in one row, mapped to consecutive private characters.
type userRow struct {
	row, from, to byte
	first         rune
}

// userRows are the gaps between the assigned symbols. The large user-defined areas are reckoned.
var userRows = []userRow{
	{0xA2, 0xAB, 0xB0, 0xE766}, {0xA2, 0xE4, 0xE4, 0xE76D}, {0xA2, 0xEF, 0xF0, 0xE76E}, {0xA2, 0xFD, 0xFE, 0xE770},
	{0xA4, 0xF4, 0xFE, 0xE772}, {0xA5, 0xF7, 0xFE, 0xE77D}, {0xA6, 0xB9, 0xC0, 0xE785}, {0xA6, 0xF6, 0xFE, 0xE797},
	{0xA7, 0xC2, 0xD0, 0xE7A0}, {0xA7, 0xF2, 0xFE, 0xE7AF}, {0xA8, 0x96, 0xA0, 0xE7BC}, {0xA8, 0xC1, 0xC4, 0xE7C9},
	{0xA8, 0xEA, 0xFE, 0xE7CD}, {0xA9, 0x58, 0x58, 0xE7E2}, {0xA9, 0x5B, 0x5B, 0xE7E3}, {0xA9, 0x5D, 0x5F, 0xE7E4},
	{0xA9, 0x97, 0xA3, 0xE7F4}, {0xA9, 0xF0, 0xFE, 0xE801}, {0xD7, 0xFA, 0xFE, 0xE810},
}

// lateCodes are the codes whose characters came into Unicode after GB18030-2000, as GB18030-2022 and the
// Encoding Standard have them.
var lateCodes = map[[2]byte]rune{
	{0xA6, 0xD9}: 0xFE10, {0xA6, 0xDA}: 0xFE12, {0xA6, 0xDB}: 0xFE11, {0xA6, 0xDC}: 0xFE13, {0xA6, 0xDD}: 0xFE14,
	{0xA6, 0xDE}: 0xFE15, {0xA6, 0xDF}: 0xFE16, {0xA6, 0xEC}: 0xFE17, {0xA6, 0xED}: 0xFE18, {0xA6, 0xF3}: 0xFE19,
	{0xA8, 0xBC}: 0x1E3F, {0xFE, 0x51}: 0x20087, {0xFE, 0x52}: 0x20089, {0xFE, 0x53}: 0x200CC, {0xFE, 0x59}: 0x9FB4,
	{0xFE, 0x61}: 0x9FB5, {0xFE, 0x66}: 0x9FB6, {0xFE, 0x67}: 0x9FB7, {0xFE, 0x6C}: 0x215D7, {0xFE, 0x6D}: 0x9FB8,
	{0xFE, 0x76}: 0x2298F, {0xFE, 0x7E}: 0x9FB9, {0xFE, 0x90}: 0x9FBA, {0xFE, 0x91}: 0x241FE, {0xFE, 0xA0}: 0x9FBB,
}

const (
	userA    = 0xE000 // rows AA to AF, 94 characters each
	userB    = 0xE234 // rows F8 to FE, 94 characters each
	userC    = 0xE4C6 // rows A1 to A7, the 96 codes from 40 to A0 without 7F
	userRest = 0xE766 // userRows
	userEnd  = 0xE865 // from here on GB18030 has four bytes, which x/text knows
)

// userChar gives the character of a two-byte code that x/text does not know.
func userChar(hi, lo byte) (rune, bool) {
	if c, ok := lateCodes[[2]byte{hi, lo}]; ok {
		return c, true
	}
	switch {
	case hi >= 0xAA && hi <= 0xAF && lo >= 0xA1:
		return userA + rune(hi-0xAA)*94 + rune(lo-0xA1), true
	case hi >= 0xF8 && lo >= 0xA1:
		return userB + rune(hi-0xF8)*94 + rune(lo-0xA1), true
	case hi >= 0xA1 && hi <= 0xA7 && lo <= 0xA0:
		c := userC + rune(hi-0xA1)*96 + rune(lo-0x40)
		if lo > 0x7F {
			c--
		}
		return c, true
	}
	for _, r := range userRows {
		if r.row == hi && r.from <= lo && lo <= r.to {
			return r.first + rune(lo-r.from), true
		}
	}
	return 0, false
}

// isUser reports whether x/text, which would write something else, must be kept from encoding the character.
func isUser(c rune) bool { return c >= userA && c < userEnd }

// userCode gives the two-byte code of a private character.
func userCode(c rune) (hi, lo byte, ok bool) {
	switch {
	case !isUser(c) || c == 0xE5E5: // its code A3A0 is read as the ideographic space
		return 0, 0, false
	case c < userB:
		n := c - userA
		return 0xAA + byte(n/94), 0xA1 + byte(n%94), true
	case c < userC:
		n := c - userB
		return 0xF8 + byte(n/94), 0xA1 + byte(n%94), true
	case c < userRest:
		n := c - userC
		if lo = 0x40 + byte(n%96); lo >= 0x7F {
			lo++
		}
		return 0xA1 + byte(n/96), lo, true
	}
	for _, r := range userRows {
		if n := c - r.first; n >= 0 && n <= rune(r.to-r.from) {
			return r.row, r.from + byte(n), true
		}
	}
	return 0, 0, false
}

package find

import (
	"slices"
	"strings"
	"unicode"

	"tundish/core"
)

// Word is one word of a search with the ways in which an order may have it. Of each way all
// terms must be there.
type Word struct {
	folded string
	// Number exactly, or Prefix of one; empty where the word is none.
	Number, Prefix string
	// Customer and Address are the pairs of its characters.
	Customer, Address []string
}

// Short tells that the word has one character only: no index knows it.
func (w *Word) Short() bool { return len(w.Customer) == 0 }

const (
	// mostWords of a search and mostLetters of a word: more make no search better.
	mostWords   = 8
	mostLetters = 40
	// shortestPrefix is from how many characters on the beginning of a number is looked for:
	// shorter ones begin too many.
	shortestPrefix = 6
	// Candidates is how many of the newest orders that an index gives are held against the words.
	Candidates = 300
)

// Words takes a search apart.
func Words(text string) ([]Word, error) {
	if len(text) > 800 || core.UTF16Len(text) > 200 {
		return nil, core.Invalidf("too_long", "find", "a search has at most %d characters", "查找内容最多 %d 个字符", 200)
	}
	parts := strings.FieldsFunc(text, unicode.IsSpace)
	if len(parts) > 1 && number(text) != "" && strings.Trim(text, "0123456789-+ \t　") == "" {
		parts = []string{strings.Join(parts, "")} // a number with blanks in it
	}
	var words []Word
	for _, part := range parts {
		f := fold(part)
		if len(f) == 0 {
			continue
		}
		f = f[:min(len(f), mostLetters)]
		w := Word{folded: string(f)}
		if len(f) == 1 { // an address written with blanks; it narrows what the other words find
			words = append(words, w)
			continue
		}
		if w.Number = number(part); w.Number != "" {
			if rest, ok := strings.CutPrefix(w.Number, "86"); ok && len(rest) == 11 && strings.HasPrefix(strings.TrimSpace(part), "+") {
				w.Number = rest
			}
			if len(w.Number) >= shortestPrefix {
				w.Prefix = numbers + w.Number
			}
			w.Number = numbers + w.Number
		}
		pairs(f, func(p string) { w.Customer, w.Address = append(w.Customer, customer+p), append(w.Address, address+p) })
		w.Customer, w.Address = unique(w.Customer), unique(w.Address)
		words = append(words, w)
		if len(words) >= mostWords {
			break
		}
	}
	if !slices.ContainsFunc(words, func(w Word) bool { return !w.Short() }) {
		return nil, core.Fail(core.Invalid, "too_short", "find", "say what to look for, in two characters at least: a number, a name, a phone or a part of an address", "请输入至少两个字符：编号、姓名、电话或地址")
	}
	return words, nil
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// How well an order has a word; less is better.
const (
	exactNumber = iota
	wholeName
	inNumber
	inName
	inAddress
	nowhere
)

// Rank tells how well an order fits all words, less is better; not ok when it lacks one.
func Rank(o *core.WorkOrder, words []Word) (rank int, ok bool) {
	numbers, names, places := orderNumbers(o), names(o), places(o)
	for i := range words {
		r := words[i].rank(numbers, names, places)
		if r == nowhere {
			return r, false
		}
		rank = max(rank, r)
	}
	return rank, true
}

func (w *Word) rank(nos []string, names, places [][]rune) int {
	if n := strings.TrimPrefix(w.Number, numbers); n != "" {
		if slices.Contains(nos, n) {
			return exactNumber
		}
		if w.Prefix != "" && slices.ContainsFunc(nos, func(no string) bool { return strings.HasPrefix(no, n) }) {
			return inNumber
		}
	}
	best := nowhere
	for _, t := range names {
		if name := string(t); name == w.folded {
			return wholeName
		} else if strings.Contains(name, w.folded) {
			best = inName
		}
	}
	if best < nowhere {
		return best
	}
	if slices.ContainsFunc(places, func(t []rune) bool { return strings.Contains(string(t), w.folded) }) {
		return inAddress
	}
	return nowhere
}

// Best orders what was found, the newest of those that fit equally well first, and gives the
// first n. found comes in any order and may hold an order twice.
func Best(found []core.WorkOrder, words []Word, q *core.SearchQuery) []core.WorkOrder {
	type hit struct {
		order *core.WorkOrder
		rank  int
	}
	var hits []hit
	seen := map[core.OrderNo]bool{}
	for i := range found {
		o := &found[i]
		r, ok := Rank(o, words)
		if !ok || seen[o.No] || !InScope(o, q) {
			continue
		}
		if q.As != nil {
			shown := q.As(*o)
			r, ok = Rank(&shown, words)
		}
		if ok {
			seen[o.No] = true
			hits = append(hits, hit{o, r})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if a.rank != b.rank {
			return a.rank - b.rank
		}
		return strings.Compare(string(b.order.No), string(a.order.No))
	})
	n := min(q.Limit, 200)
	if n <= 0 {
		n = 20
	}
	out := make([]core.WorkOrder, 0, min(n, len(hits)))
	for _, h := range hits[:min(n, len(hits))] {
		out = append(out, *h.order)
	}
	return out
}

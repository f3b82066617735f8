package drawing

import "strings"

// Widths are those of common sans-serif faces, a little on the wide side: a box may be too wide
// for its text, never too narrow.
const (
	wide    = 1.0  // Chinese and full-width forms
	narrow  = 0.56 // most of Latin
	capital = 0.72
	thin    = 0.33 // i l . , ' | and blanks
)

// width of a text in a font of a size, in pixels.
func width(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case r >= 0x2E80:
			w += wide
		case strings.ContainsRune("ijl.,:;'|!()[] ", r):
			w += thin
		case r >= 'A' && r <= 'Z' || strings.ContainsRune("mw=<>+%→", r):
			w += capital
		default:
			w += narrow
		}
	}
	return w * size
}

// wrap breaks a text into lines of at most so many pixels: at blanks, and anywhere between
// Chinese characters.
func wrap(s string, size, most float64) (lines []string) {
	line := ""
	for _, word := range words(s) {
		if line != "" && width(line+strings.TrimRight(word, " "), size) > most {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		for width(word, size) > most { // a word that fits no line is cut
			head := []rune(word)
			n := len(head)
			for n > 1 && width(string(head[:n]), size) > most {
				n--
			}
			lines = append(lines, line+string(head[:n]))
			line, word = "", string(head[n:])
		}
		line += word
	}
	if line = strings.TrimRight(line, " "); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// words are what is not broken: Latin words with the blank behind them, single Chinese
// characters with the punctuation behind them.
func words(s string) (list []string) {
	word := ""
	for _, r := range s {
		switch {
		case strings.ContainsRune("，。；：、）！？", r):
			word += string(r)
		case r >= 0x2E80:
			if word != "" {
				list = append(list, word)
			}
			word = string(r)
		default:
			if word != "" && (strings.HasSuffix(word, " ") && r != ' ' || []rune(word)[0] >= 0x2E80) {
				list = append(list, word)
				word = ""
			}
			word += string(r)
		}
	}
	if word != "" {
		list = append(list, word)
	}
	return list
}

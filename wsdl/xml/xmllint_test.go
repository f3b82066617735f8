package xml

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// differences from libxml2 2.9, all by decision. A document that they disagree on must fit one of them.
var differences = []struct {
	why      string
	fits     func(doc []byte, ours error, theirs string) bool
	stricter bool // it is refused here and taken by libxml2; otherwise the other way round
}{
	{"DTDs are refused here", func(doc []byte, ours error, _ string) bool {
		return says(ours, "document type declaration")
	}, true},
	{"XML versions other than 1.0 are refused here, read with a warning there", func(_ []byte, ours error, _ string) bool {
		return says(ours, "version other than 1.0")
	}, true},
	{"references have at most 32 bytes here", func(_ []byte, ours error, _ string) bool {
		return says(ours, "does not begin a reference")
	}, true},
	{"libxml2 takes a zero byte for the end of the document", func(doc []byte, ours error, _ string) bool {
		return bytes.IndexByte(doc, 0) >= 0 && says(ours, "text behind the root")
	}, true},
	{"surrogate pairs of references are one character here (Axis 1.4)", func(doc []byte, _ error, theirs string) bool {
		return bytes.Contains(doc, []byte("&#")) && strings.Contains(theirs, "xmlParseCharRef: invalid xmlChar value")
	}, false},
	{"namespaces need not be URIs here", func(_ []byte, _ error, theirs string) bool {
		return strings.Contains(theirs, "is not a valid URI")
	}, false},
	{"the encoding that the XML declaration names is the business of Decode here", func(doc []byte, _ error, theirs string) bool {
		return bytes.Contains(doc, []byte("encoding"))
	}, false},
	{"the same, where it is another than the bytes are in", func(doc []byte, ours error, _ string) bool {
		return bytes.Contains(doc, []byte("encoding")) && IsKind(ours, BadCharset)
	}, true},
}

func says(err error, what string) bool { return err != nil && strings.Contains(err.Error(), what) }

func TestXmllintAgrees(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("SKIPPED: xmllint is missing; it is in the package libxml2-utils (apt-get install libxml2-utils)")
	}
	docs := corpus()
	verdicts := xmllint(t, lint, docs)
	used := make([]int, len(differences))
	both, neither := 0, 0
	for i, doc := range docs {
		_, ours := dump(NewReaderBytes(doc, Limits{}))
		theirs := verdicts[i]
		switch {
		case ours == nil && theirs == "":
			both++
			continue
		case ours != nil && theirs != "":
			neither++
			continue
		}
		known := false
		for j, d := range differences {
			if d.stricter == (ours != nil) && d.fits(doc, ours, theirs) {
				used[j]++
				known = true
				break
			}
		}
		if !known {
			t.Errorf("%q: here %v, xmllint says %q", doc, ours, theirs)
		}
	}
	t.Logf("%d documents: %d well-formed to both, %d to neither", len(docs), both, neither)
	for j, d := range differences {
		t.Logf("%4d × %s", used[j], d.why)
		if used[j] == 0 {
			t.Errorf("no document shows the difference %q; is it one?", d.why)
		}
	}
	if both < 100 || neither < 500 {
		t.Errorf("a corpus with %d good and %d bad documents tells nothing", both, neither)
	}
}

// corpus holds the tables and mutations of them, the same ones in every run.
func corpus() [][]byte {
	var docs [][]byte
	for _, c := range refused {
		docs = append(docs, []byte(c.doc))
	}
	for _, c := range accepted {
		docs = append(docs, []byte(c.doc))
	}
	docs = append(docs, []byte(order))
	seeds := len(docs)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		from := len(refused) // mostly mutations of good documents: those of bad ones stay bad
		if rnd.IntN(5) == 0 {
			from = 0
		}
		doc := bytes.Clone(docs[from+rnd.IntN(seeds-from)])
		for range 1 + rnd.IntN(3) {
			doc = mutate(rnd, doc)
		}
		docs = append(docs, doc)
	}
	return docs
}

// morsels are what mutations put in.
var morsels = []string{
	"<", ">", "/", "&", ";", "'", `"`, "=", " ", "\t", "\n", "\r", ":", "-", "--", "-->", "<!--", "]]>", "<![CDATA[", "?>", "<?", "<?x", "!",
	"<a>", "</a>", "<b/>", "&amp;", "&lt;", "&#65;", "&#xD83D;", "&#xDE00;", "&#0;", "xmlns='u'", " xmlns:p='u'", " xmlns:p='v'", "p:", " b='1'", " p:b=''",
	"中", "𠮷", "\u00B7", "\u0300", "\uFEFF", "\uFFFE", "\x00", "\x01", "\x7F", "\x80", "\xE4\xB8", "\xFF", "x", "1",
	"<!DOCTYPE a>", "<?xml version='1.0'?>",
}

func mutate(rnd *rand.Rand, doc []byte) []byte {
	at := rnd.IntN(len(doc) + 1)
	to := min(len(doc), at+rnd.IntN(4))
	piece := []byte(morsels[rnd.IntN(len(morsels))])
	switch rnd.IntN(5) {
	case 0: // cut
		return append(bytes.Clone(doc[:at]), doc[to:]...)
	case 1: // put in
		return append(append(bytes.Clone(doc[:at]), piece...), doc[at:]...)
	case 2: // replace
		return append(append(bytes.Clone(doc[:at]), piece...), doc[to:]...)
	case 3: // repeat
		to = min(len(doc), at+rnd.IntN(12))
		return append(bytes.Clone(doc[:to]), doc[at:]...)
	default: // swap
		if to == at || at == 0 {
			return doc
		}
		doc[at-1], doc[to-1] = doc[to-1], doc[at-1]
		return doc
	}
}

var lintError = regexp.MustCompile(`(?m)^(\d+)\.xml:\d+: (?:parser|namespace|I/O|encoding)? ?error : (.*)$`)

// xmllint runs the documents through xmllint and returns its first error for each, "" for none.
func xmllint(t *testing.T, lint string, docs [][]byte) []string {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i, doc := range docs {
		names = append(names, fmt.Sprintf("%d.xml", i))
		if err := os.WriteFile(filepath.Join(dir, names[i]), doc, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verdicts := make([]string, len(docs))
	for from := 0; from < len(names); from += 500 {
		cmd := exec.Command(lint, append([]string{"--noout", "--nonet"}, names[from:min(from+500, len(names))]...)...)
		cmd.Dir = dir
		var out bytes.Buffer
		cmd.Stderr = &out
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		for _, m := range lintError.FindAllSubmatch(out.Bytes(), -1) {
			var i int
			fmt.Sscan(string(m[1]), &i)
			if verdicts[i] == "" {
				verdicts[i] = string(m[2])
			}
		}
	}
	return verdicts
}

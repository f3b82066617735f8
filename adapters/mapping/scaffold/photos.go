package scaffold

import (
	"fmt"
	"strings"
)

// photos finds a list of attachments: a repeated element that is called like one, or stands in
// one that is, with an element that holds bytes.
func photos(fields []field, taken map[string]bool) {
	for i := range fields {
		f := &fields[i]
		folder, repeated := strings.CutSuffix(f.folder(), "[1]/")
		if f.simple == nil || !repeated || !f.bytes() || !listsPhotos(folder) {
			continue
		}
		line := "{each: " + quoted(strings.ReplaceAll(folder, "[1]", "")) + ", content: " + quoted(f.name)
		if f.simple.Builtin == "hexBinary" {
			line += ", encoding: hex"
		}
		named, timed := false, false
		for j := range fields {
			other := &fields[j]
			if other.folder() != f.folder() {
				continue
			}
			other.inList = true
			switch {
			case other == f || other.simple == nil:
			case !named && other.is(photoNames):
				line, named = line+", name: "+quoted(strings.TrimPrefix(other.path, other.folder())), true
			case !timed && other.is(photoTimes):
				line, timed = line+", taken_at: "+quoted(strings.TrimPrefix(other.path, other.folder())), true
				if other.simple.Builtin == "string" {
					line += fmt.Sprintf(", layout: %q", layoutsOr(other.texts, "yyyy-MM-dd HH:mm:ss"))
				}
			}
			if other != f {
				other.about += "; see report.attachments"
			}
		}
		f.ours, f.value = "report.attachments", line+"}"
		taken[f.ours] = true
		return
	}
}

// bytes tells a text that may hold a file.
func (f *field) bytes() bool {
	switch f.simple.Builtin {
	case "base64Binary", "hexBinary":
		return true
	case "string", "":
		return len(f.texts) == 0 && f.is(photoBytes)
	}
	return false
}

// listsPhotos tells whether one of the last two steps of a path is called like a list of photos.
func listsPhotos(path string) bool {
	steps := strings.Split(strings.ReplaceAll(path, "[1]", ""), "/")
	for _, step := range steps[max(0, len(steps)-2):] {
		f := field{leaf: leaf{name: step}}
		if f.is(photoLists) {
			return true
		}
	}
	return false
}

func layoutsOr(texts []string, otherwise string) string {
	if found := layoutsOf(texts); found != "" {
		return found
	}
	return otherwise
}

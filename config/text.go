package config

import (
	"errors"
	"io/fs"
	"strconv"

	"tundish/config/lang"
)

// bilingual is an error in both languages; lang asks it for the one it needs.
type bilingual lang.Text

func (b bilingual) Error() string         { return b.En }
func (b bilingual) In(l lang.Lang) string { return lang.Text(b).In(l) }

// Explain gives the words of an error in both languages.
func Explain(err error) lang.Text {
	var b bilingual
	if errors.As(err, &b) {
		return lang.Text(b)
	}
	return lang.Text{En: err.Error(), Zh: err.Error()}
}

// noFile says that a file could not be read, naming it once.
func noFile(path string, err error) bilingual {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return bilingual{
		En: "the file " + strconv.Quote(path) + " cannot be read: " + err.Error(),
		Zh: "无法读取文件 " + strconv.Quote(path) + "：" + err.Error(),
	}
}

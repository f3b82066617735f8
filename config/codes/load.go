package codes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tundish/config/lang"
)

var (
	noFolder   = lang.NewMessage("unusable", "the folder cannot be read: %v", "无法读取文件夹：%v")
	wrongFile  = lang.NewMessage("file-name", "this file is not read", "此文件不会被读取")
	sameTable  = lang.NewMessage("duplicate", "the table %q is given twice, first in %s", "代码表 %q 重复，第一次在 %s")
	unreadable = lang.NewMessage("unreadable", "cannot be read: %v", "无法读取：%v")
)

var hintFile = lang.Text{En: "tables end in .yaml or .csv; rename it to %s.yaml, or move it out of the folder", Zh: "代码表以 .yaml 或 .csv 结尾；请改名为 %s.yaml，或移出此文件夹"}

// ReadTables reads every table of a folder, by the names of the files without their endings. A
// folder that does not exist holds none. words, if any, decide which codes of the house there are.
func ReadTables(p *lang.Problems, dir string, words *Vocabulary) Tables {
	tables := Tables{}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return tables
	}
	if err != nil {
		p.At(lang.Place(dir), noFolder, bare(err))
		return tables
	}
	files := map[string]string{}
	for _, e := range entries {
		file, ext := e.Name(), filepath.Ext(e.Name())
		name := strings.TrimSuffix(file, ext)
		path := filepath.Join(dir, file)
		switch {
		case e.IsDir() || strings.HasPrefix(file, ".") || strings.HasPrefix(file, "~$"): // the latter are Excel's own
			continue
		case strings.EqualFold(ext, ".yml") || ext != ".yaml" && ext != ".csv" && (strings.EqualFold(ext, ".yaml") || strings.EqualFold(ext, ".csv")) || strings.EqualFold(ext, ".xlsx") || strings.EqualFold(ext, ".xls"):
			p.At(lang.Place(path), wrongFile).Hint(hintFile, name)
			continue
		case ext != ".yaml" && ext != ".csv":
			continue
		case files[name] != "":
			p.At(lang.Place(path), sameTable, name, files[name])
			continue
		}
		files[name] = path
		data, err := os.ReadFile(path)
		if err != nil {
			p.At(lang.Place(path), unreadable, bare(err))
			continue
		}
		tables[name] = Parse(p, path, name, data, words)
	}
	return tables
}

// bare takes the path, which the place names already, out of an error of package os.
func bare(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

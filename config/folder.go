package config

import (
	"os"
	"path/filepath"
	"strings"

	"tundish/config/lang"
)

var (
	noFolder  = lang.NewMessage("unusable", "the folder cannot be read: %v", "无法读取文件夹：%v")
	wrongName = lang.NewMessage("file-name", "this file is not read", "此文件不会被读取")
)

var hintYAML = lang.Text{En: "rename it to %s, or move it out of the folder", Zh: "请改名为 %s，或移出此文件夹"}

// yamlFile is a file of a folder; stem is its name without .yaml.
type yamlFile struct{ path, stem string }

// folder lists the YAML files of a folder by name. Hidden files and those of other kinds are nobody's business here,
// but a file that was meant to be read is not silently left out.
func folder(p *lang.Problems, dir string) []yamlFile {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if pathErr, ok := err.(*os.PathError); ok {
			err = pathErr.Err
		}
		p.At(lang.Place(dir), noFolder, err)
		return nil
	}
	var files []yamlFile
	for _, e := range entries {
		name := e.Name()
		stem, ext := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
		switch {
		case e.IsDir() || strings.HasPrefix(name, "."):
		case ext == ".yaml":
			files = append(files, yamlFile{filepath.Join(dir, name), stem})
		case strings.EqualFold(ext, ".yml") || strings.EqualFold(ext, ".yaml"):
			p.At(lang.Place(filepath.Join(dir, name)), wrongName).Hint(hintYAML, stem+".yaml")
		}
	}
	return files
}

func (c *Config) dir() string { return filepath.Dir(c.File) }

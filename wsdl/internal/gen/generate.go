package main

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"tundish/wsdl/contract"
)

// file is a file to be written, by its name below the root.
type file struct {
	name string
	data []byte
}

// vocabularyNamespace stands in for the namespace that a vocabulary has not.
const vocabularyNamespace = "urn:tundish:vocabulary"

// generate makes the files of every contract below a root, the folder of the
// module that is given.
func generate(root fs.FS, module, folder string) ([]file, error) {
	vocabularies, err := sources(root, "*/*.xsd")
	if err != nil {
		return nil, err
	}
	contracts, err := sources(root, "*/*.wsdl")
	if err != nil {
		return nil, err
	}
	packages := map[string]*pkg{}
	var files []file
	for _, name := range append(vocabularies, contracts...) {
		dir := path.Dir(name)
		if packages[dir] != nil {
			if strings.HasSuffix(name, ".wsdl") {
				return nil, fmt.Errorf("%s: a second document in %s; a folder holds one contract", name, dir)
			}
			continue
		}
		p := &pkg{dir: dir, name: path.Base(dir), module: module, path: path.Join(module, folder, dir), source: path.Base(name)}
		if err := read(root, name, p, packages); err != nil {
			return nil, err
		}
		packages[dir] = p
		out, err := emit(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, out...)
	}
	sort.Slice(files, func(i, j int) bool { return files[i].name < files[j].name })
	return files, nil
}

// sources lists documents by pattern; a schema beside a WSDL is a part of it.
func sources(root fs.FS, pattern string) ([]string, error) {
	names, err := fs.Glob(root, pattern)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range names {
		if strings.HasSuffix(name, ".xsd") {
			if beside, err := fs.Glob(root, path.Dir(name)+"/*.wsdl"); err != nil || len(beside) > 0 {
				continue
			}
		}
		out = append(out, name)
	}
	return out, nil
}

// read brings a document through contract, gowsdl and the pass.
func read(root fs.FS, name string, p *pkg, packages map[string]*pkg) error {
	var defs *contract.Definitions
	var services []string
	var err error
	if strings.HasSuffix(name, ".xsd") {
		defs, err = contract.LoadSchema(root, name, vocabularyNamespace)
	} else if defs, err = contract.Load(root, name); err == nil {
		p.namespace = defs.TargetNamespace
		for _, s := range defs.Services {
			services = append(services, s.Name.Local)
		}
		if len(services) == 0 {
			return fmt.Errorf("%s: the contract has no service", defs.Pos)
		}
	}
	if err != nil {
		return err
	}
	if err := defs.Check(); err != nil {
		return err
	}
	flat, err := defs.Flatten(services...)
	if err != nil {
		return err
	}
	p.doc = flat.Docs.In("en")
	if p.doc == "" {
		p.doc = flat.Schemas[0].Docs.In("en")
	}
	wsdl, err := flat.WSDL(contract.WriteOptions{Lang: "en"})
	if err != nil {
		return err
	}
	plain, err := runGowsdl(p.name, wsdl)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return build(p, flat, plain, packages)
}

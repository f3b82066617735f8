package lang

import (
	"crypto/sha256"
	"encoding/hex"

	"go.yaml.in/yaml/v3"
)

// Document is a YAML file that was read, with the places of everything in it.
type Document struct {
	src    *Source
	root   *yaml.Node
	digest string
}

// Digest names the content of the file: equal bytes have equal digests.
func (d *Document) Digest() string { return d.digest }

// Digest is [Document.Digest] of a file's bytes.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// Name is what the file is called in messages.
func (d *Document) Name() string { return d.src.name }

// Has tells whether the file itself gives a value at the path, as opposed to a default.
func (d *Document) Has(path ...any) bool {
	_, _, rest := d.walk(path)
	return d.root != nil && rest == 0
}

// Pos is the place of the value at a path of keys (string) and indexes (int): Pos("steps", 2, "name"). Where the file has
// no such value, it is the place of the nearest thing around it that it does have.
func (d *Document) Pos(path ...any) Pos {
	_, at, _ := d.walk(path)
	return at
}

// KeyPos is the place of the key at a path, rather than of its value.
func (d *Document) KeyPos(path ...any) Pos {
	key, _, _ := d.walk(path)
	return key
}

func (d *Document) walk(path []any) (key, at Pos, rest int) {
	at = d.src.At(1, 1, 0)
	n := d.root
	reader := decoder{src: d.src}
	if n != nil {
		at = reader.at(n, nil)
	}
	key = at
	for i, step := range path {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		next, keyNode := child(n, step)
		if next == nil {
			return key, at, len(path) - i
		}
		switch step := step.(type) {
		case string:
			key = reader.at(keyNode, at.trail.to(step))
			at = reader.valueAt(next, key)
		case int:
			at = reader.at(next, at.trail.item(step))
			key = at
		}
		n = next
	}
	return key, at, 0
}

// child finds the value under a key or index, and the key.
func child(n *yaml.Node, step any) (value, key *yaml.Node) {
	switch step := step.(type) {
	case string:
		if n == nil || n.Kind != yaml.MappingNode {
			return nil, nil
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i+1], n.Content[i]
			}
		}
	case int:
		if n != nil && n.Kind == yaml.SequenceNode && step >= 0 && step < len(n.Content) {
			return n.Content[step], nil
		}
	default:
		panic("lang: a path is made of string and int")
	}
	return nil, nil
}

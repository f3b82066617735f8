package xml

import "math"

// Limits bounds what a [Reader] takes from a document. A zero field stands for its default,
// a negative one for no bound.
type Limits struct {
	Depth      int // elements open at once; default 64
	Attributes int // attributes and namespace declarations of one element; default 256
	Namespaces int // namespace declarations in scope at once; default 256
	NameBytes  int // bytes of one name with its prefix; default 4 KiB
	TagBytes   int // bytes of one tag, attribute values included; default 1 MiB
	TextBytes  int // bytes of text between two tags; default 32 MiB
	Bytes      int // bytes of the whole document; default 64 MiB
}

// The defaults of [Limits]. Orders with several photos stay far below them.
const (
	defaultDepth      = 64
	defaultAttributes = 256
	defaultNamespaces = 256
	defaultNameBytes  = 4 << 10
	defaultTagBytes   = 1 << 20
	defaultTextBytes  = 32 << 20
	defaultBytes      = 64 << 20
)

func (l Limits) withDefaults() Limits {
	set := func(v *int, def int) {
		switch {
		case *v == 0:
			*v = def
		case *v < 0:
			*v = math.MaxInt
		}
	}
	set(&l.Depth, defaultDepth)
	set(&l.Attributes, defaultAttributes)
	set(&l.Namespaces, defaultNamespaces)
	set(&l.NameBytes, defaultNameBytes)
	set(&l.TagBytes, defaultTagBytes)
	set(&l.TextBytes, defaultTextBytes)
	set(&l.Bytes, defaultBytes)
	return l
}

package core

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Scope is what goes live as one: a system with everything its file leads to
// ("system/<id>"), all order types, the calendar, the lists that people work by, or the channels that reach them.
type Scope string

const (
	OrderTypesScope Scope = "order-types"
	CalendarScope   Scope = "calendar"
	ViewsScope      Scope = "views"
	ChannelsScope   Scope = "channels"
	systemScope           = "system/"
)

// HouseScopes are those that are no system's.
func HouseScopes() []Scope { return []Scope{OrderTypesScope, CalendarScope, ViewsScope, ChannelsScope} }

// SystemScope is the scope of one system.
func SystemScope(id SystemID) Scope { return Scope(systemScope + string(id)) }

// System is the system whose scope it is; not ok for the others.
func (s Scope) System() (id SystemID, ok bool) {
	rest, ok := strings.CutPrefix(string(s), systemScope)
	return SystemID(rest), ok
}

// BundleFile is one file of a bundle; Path is relative to the folder of the settings and
// has slashes: "systems/hotline.yaml".
type BundleFile struct {
	Path  string
	Bytes []byte
}

// Bundle is one version of a scope, never changed once it is stored.
type Bundle struct {
	// ID is a digest of scope and files: the same content is the same bundle.
	ID    string       `json:"id"`
	Scope Scope        `json:"scope"`
	Files []BundleFile `json:"-"` // by path
	// Parent is what was live when it was published first, Diff how it differs from that.
	Parent string `json:"parent,omitempty"`
	Diff   string `json:"diff,omitempty"`
	// Author, At and Note are those of its first publication.
	Author string    `json:"author"`
	At     time.Time `json:"at"`
	Note   string    `json:"note,omitempty"`
}

// Bounds of a bundle.
const (
	MaxBundleBytes = 32 << 20 // of all files together
	MaxBundleFiles = 1000
	MaxBundlePath  = 300 // UTF-16 units
)

// NewBundle sorts the files and gives the bundle its id. Check tells whether it is one.
func NewBundle(scope Scope, files []BundleFile) Bundle {
	b := Bundle{Scope: scope, Files: slices.SortedFunc(slices.Values(files), func(a, b BundleFile) int { return cmp.Compare(a.Path, b.Path) })}
	h := sha256.New()
	part := func(data []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(data)))) // so that no two lists of parts read alike
		h.Write(data)
	}
	part([]byte(scope))
	for _, f := range b.Files {
		part([]byte(f.Path))
		part(f.Bytes)
	}
	b.ID = hex.EncodeToString(h.Sum(nil)[:16])
	return b
}

// Check refuses what no store could hold or no folder could: a scope that is none, no
// files, too many or too large ones, paths that lead out of the folder.
func (b *Bundle) Check() error {
	if err := b.Scope.Check(); err != nil {
		return err
	}
	if len(b.Files) == 0 {
		return Fail(Invalid, "empty_bundle", string(b.Scope), "there are no files to publish", "没有可发布的文件")
	}
	if len(b.Files) > MaxBundleFiles {
		return Invalidf("bundle_too_big", string(b.Scope), "has %d files, at most %d are allowed", "有 %d 个文件，最多允许 %d 个", len(b.Files), MaxBundleFiles)
	}
	total, last := 0, ""
	for _, f := range b.Files {
		switch {
		case !fs.ValidPath(f.Path) || f.Path == "." || strings.ContainsAny(f.Path, "\\:\x00") || strings.TrimSpace(f.Path) != f.Path || UTF16Len(f.Path) > MaxBundlePath:
			return Invalidf("bundle_path", f.Path, "a path in a bundle is relative, with slashes, without .. \\ : or outer blanks, and at most %d characters long",
				"包内路径须为相对路径，用 / 分隔，不含 ..、\\、: 及首尾空格，最长 %d 个字符", MaxBundlePath)
		case f.Path == last:
			return Fail(Invalid, "bundle_path", f.Path, "stands in the bundle twice", "在包中重复")
		}
		last = f.Path
		total += len(f.Bytes)
	}
	if total > MaxBundleBytes {
		return Invalidf("bundle_too_big", string(b.Scope), "its files have %d bytes, at most %d are allowed", "文件共 %d 字节，最多允许 %d", total, MaxBundleBytes)
	}
	var c checker
	c.key("bundle.author", b.Author, MaxExternal)
	c.text("bundle.note", b.Note, MaxText)
	return c.error()
}

// Check refuses a scope that is none.
func (s Scope) Check() error {
	id, system := s.System()
	if slices.Contains(HouseScopes(), s) || system && id != "" && !strings.ContainsAny(string(id), "/\\ ") && UTF16Len(string(id)) <= MaxSystem {
		return nil
	}
	return Invalidf("scope", "scope", "%q is not published as one; write system/<id>, order-types, calendar, views or channels", "%q 不是可发布的范围；请写 system/<标识>、order-types、calendar、views 或 channels", s)
}

// BundlePointer says what is live in a scope. Revision counts its moves; 0: nothing was
// ever published.
type BundlePointer struct {
	Scope    Scope  `json:"scope"`
	Bundle   string `json:"bundle"`
	Revision int64  `json:"revision"`
}

// MoveKind says why a pointer moved.
type MoveKind string

const (
	MovePublish  MoveKind = "publish"
	MoveRollback MoveKind = "rollback"
)

// BundleMove is one entry of a scope's history.
type BundleMove struct {
	Scope    Scope     `json:"scope"`
	Revision int64     `json:"revision"` // of the pointer after the move
	Kind     MoveKind  `json:"kind"`
	Bundle   string    `json:"bundle"`
	From     string    `json:"from,omitempty"` // what was live before; "" for the first
	Author   string    `json:"author"`
	At       time.Time `json:"at"`
	Note     string    `json:"note,omitempty"`
}

// CheckMove refuses a move, and the bundle it publishes, that no store could hold. Stores
// ask it before they write anything, so that all refuse the same.
func CheckMove(m *BundleMove, b *Bundle) error {
	if b != nil {
		if err := b.Check(); err != nil {
			return err
		}
		if b.Scope != m.Scope || b.ID != m.Bundle {
			return Fail(Invalid, "bundle", string(m.Scope), "the move is to another bundle than the one given", "指针所指并非所给的包")
		}
	}
	if err := m.Scope.Check(); err != nil {
		return err
	}
	var c checker
	c.key("move.bundle", m.Bundle, MaxID)
	c.key("move.author", m.Author, MaxExternal)
	c.text("move.note", m.Note, MaxText)
	if m.At.IsZero() || b != nil && b.At.IsZero() {
		c.fail("move.at", "must say when", "须注明时间")
	}
	if m.Revision < 1 || m.Kind != MovePublish && m.Kind != MoveRollback {
		c.fail("move", "must be a publish or a rollback with a revision", "须为发布或回退，并带修订号")
	}
	return c.error()
}

// StaleBundle is the refusal of a move that was decided on another state of the pointer.
func StaleBundle(s Scope) error {
	return Fail(Conflict, "stale", string(s), "somebody else published meanwhile; look at the history and try again", "其间已有他人发布；请查看历史后重试")
}

// NoBundle is the refusal of a bundle that the scope does not have.
func NoBundle(s Scope, id string) error {
	return Fail(NotFound, "no_bundle", string(s), "there is no version "+id, "没有版本 "+id)
}

// BundleStore keeps bundles and what is live.
type BundleStore interface {
	// MoveBundle moves a scope's pointer from m.Revision−1 to m.Revision: the bundle, when
	// one is given and not stored yet, the pointer and the history entry are one
	// transaction. Conflict, code "stale", when the pointer is not at m.Revision−1; then
	// nothing was written. Without b the bundle must be stored; NotFound if it is not.
	MoveBundle(ctx context.Context, m BundleMove, b *Bundle) error
	// BundlePointers reads what is live in every scope, by scope.
	BundlePointers(ctx context.Context) ([]BundlePointer, error)
	// Bundle reads a bundle of the scope with its files; NotFound.
	Bundle(ctx context.Context, s Scope, id string) (Bundle, error)
	// BundleMoves reads the scope's history, newest first; limit 0 means 100.
	BundleMoves(ctx context.Context, s Scope, limit int) ([]BundleMove, error)
}

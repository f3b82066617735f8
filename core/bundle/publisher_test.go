package bundle_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tundish/core"
	"tundish/core/bundle"
	"tundish/core/store/memstore"
)

const scope = core.Scope("system/hotline")

func files(content string) []core.BundleFile {
	return []core.BundleFile{{Path: "systems/hotline.yaml", Bytes: []byte(content)}, {Path: "mappings/hotline.yaml", Bytes: []byte("mapping: hotline\n")}}
}

// publish makes content live, whatever was.
func publish(t *testing.T, p *bundle.Publisher, content string) core.BundlePointer {
	t.Helper()
	live, err := p.Live(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	now, _, err := p.Publish(t.Context(), live, files(content), "li", content)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// rollback makes an earlier version live, or says why not.
func rollback(t *testing.T, p *bundle.Publisher, live core.BundlePointer, to, author, note string) (core.BundlePointer, error) {
	t.Helper()
	b, err := p.Earlier(t.Context(), live, to)
	if err != nil {
		return live, err
	}
	return p.Rollback(t.Context(), live, b, author, note)
}

func TestOneRollbackAfterTheOtherGoesFurtherBack(t *testing.T) {
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	var ids []string
	for _, content := range []string{"a\n", "b\n", "c\n"} {
		ids = append(ids, publish(t, p, content).Bundle)
	}
	live, _ := p.Live(t.Context(), scope)
	for _, want := range []string{ids[1], ids[0]} {
		var err error
		if live, err = rollback(t, p, live, "", "wang", "wrong codes"); err != nil || live.Bundle != want {
			t.Fatalf("rolled back to %+v, %v; want %s", live, err, want)
		}
	}
	if _, err := rollback(t, p, live, "", "wang", ""); core.CodeOf(err) != "no_bundle" {
		t.Fatalf("behind the first version: %v", err)
	}
	for to, want := range map[string]string{"3": ids[2], ids[1][:8]: ids[1], ids[2]: ids[2]} {
		now, err := rollback(t, p, live, to, "wang", "")
		if err != nil || now.Bundle != want {
			t.Fatalf("back to %s: %+v, %v", to, now, err)
		}
		if live, err = rollback(t, p, now, "1", "wang", ""); err != nil {
			t.Fatal(err)
		}
	}
	for to, code := range map[string]string{"99": "no_bundle", "abc": "no_bundle", "1": "live", ids[0]: "live"} {
		if _, err := rollback(t, p, live, to, "wang", ""); core.CodeOf(err) != code {
			t.Errorf("back to %q: %v, want %s", to, err, code)
		}
	}
	moves, err := st.BundleMoves(t.Context(), scope, 0)
	if err != nil || len(moves) != 11 || moves[5].Kind != core.MoveRollback || moves[5].Note != "" || moves[6].Note != "wrong codes" || moves[6].Author != "wang" {
		t.Fatalf("history: %+v, %v", moves, err)
	}
}

func TestWhatIsLiveAlreadyIsNotPublishedAgain(t *testing.T) {
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	live := publish(t, p, "a\n")
	now, moved, err := p.Publish(t.Context(), live, files("a\n"), "wang", "")
	if err != nil || moved || now != live {
		t.Fatalf("%+v, %v, %v", now, moved, err)
	}
}

func TestAVersionTellsHowItDiffersFromTheOneBefore(t *testing.T) {
	st := memstore.New(memstore.Options{})
	p := bundle.NewPublisher(st, core.SystemClock{})
	first := publish(t, p, "a\n")
	second := publish(t, p, "b\n")
	b, err := st.Bundle(t.Context(), scope, second.Bundle)
	if want := "--- a/systems/hotline.yaml\n+++ b/systems/hotline.yaml\n@@ -1 +1 @@\n-a\n+b\n"; err != nil || b.Parent != first.Bundle || b.Diff != want {
		t.Fatalf("parent %s, diff\n%s, %v", b.Parent, b.Diff, err)
	}
}

// TestAPointerMovesOnlyFromWhereItIs plays people who act on what they saw some time ago:
// a move goes through exactly when nothing moved since, and the history is one chain.
func TestAPointerMovesOnlyFromWhereItIs(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		st := memstore.New(memstore.Options{})
		p := bundle.NewPublisher(st, core.SystemClock{})
		saw := make([]core.BundlePointer, 4) // what each person saw last
		now := core.BundlePointer{Scope: scope}
		for i := range saw {
			saw[i] = now
		}
		for step := range 60 {
			who := rnd.IntN(len(saw))
			var got core.BundlePointer
			var err error
			moved := true
			switch rnd.IntN(4) {
			case 0:
				saw[who], err = p.Live(t.Context(), scope)
				if err != nil || saw[who] != now {
					t.Fatalf("seed %d, step %d: live is %+v (%v), want %+v", seed, step, saw[who], err, now)
				}
				continue
			case 1:
				got, err = rollback(t, p, saw[who], "", fmt.Sprint(who), "")
				if c := core.CodeOf(err); c == "no_bundle" || c == "live" {
					continue
				}
			default:
				got, moved, err = p.Publish(t.Context(), saw[who], files(fmt.Sprint(rnd.IntN(5))), fmt.Sprint(who), "")
				if !moved && err == nil {
					continue
				}
			}
			fresh := saw[who] == now
			switch {
			case fresh && (err != nil || got.Revision != now.Revision+1):
				t.Fatalf("seed %d, step %d: a move from what is live gave %+v, %v", seed, step, got, err)
			case !fresh && core.CodeOf(err) != "stale":
				t.Fatalf("seed %d, step %d: a move from what was live once gave %+v, %v", seed, step, got, err)
			}
			if fresh {
				now, saw[who] = got, got
			}
		}
		moves, err := st.BundleMoves(t.Context(), scope, 1000)
		if err != nil || int64(len(moves)) != now.Revision {
			t.Fatalf("seed %d: %d moves, pointer %+v, %v", seed, len(moves), now, err)
		}
		for i, m := range moves {
			if m.Revision != now.Revision-int64(i) || i+1 < len(moves) && m.From != moves[i+1].Bundle {
				t.Fatalf("seed %d: the history is no chain at %+v", seed, m)
			}
		}
	}
}

func TestDiff(t *testing.T) {
	many := func(n int, f func(int) string) (s string) {
		for i := range n {
			s += f(i) + "\n"
		}
		return s
	}
	number := func(i int) string { return fmt.Sprint(i + 1) }
	for _, x := range []struct{ name, a, b, want string }{
		{"two hunks", many(30, number), many(30, func(i int) string {
			if i == 4 || i == 24 {
				return "x"
			}
			return number(i)
		}), "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n@@ -22,7 +22,7 @@\n 22\n 23\n 24\n-25\n+x\n 26\n 27\n 28\n"},
		{"one hunk", many(9, number), "0\n" + many(8, number), "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -6,4 +7,3 @@\n 6\n 7\n 8\n-9\n"},
		{"without a last newline", "a\nb", "a\nc", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"},
		{"from nothing", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
	} {
		got := bundle.Diff([]core.BundleFile{{Path: "f", Bytes: []byte(x.a)}}, []core.BundleFile{{Path: "f", Bytes: []byte(x.b)}})
		if want := "--- a/f\n+++ b/f\n" + x.want; got != want {
			t.Errorf("%s:\n%s\nwant\n%s", x.name, got, want)
		}
	}
	got := bundle.Diff([]core.BundleFile{{Path: "a", Bytes: []byte{0xb0, 0xa1}}, {Path: "b"}, {Path: "c", Bytes: []byte("x\n")}}, []core.BundleFile{{Path: "a", Bytes: []byte{0xb0}}, {Path: "b"}})
	if want := "Binary files a/a and b/a differ\n--- a/c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

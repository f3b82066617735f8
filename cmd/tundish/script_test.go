package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tundish/config"
)

type worldKey struct{}

// TestCommands runs the stories of testdata/script: each command as people type it, with
// what it prints and its exit status. Beside testscript's own words they know
//
//	configure [FILE:KEY=TEXT…]   write the settings into $WORK/config
//	overlay EXAMPLE              lay a foreign system of config/examples over the settings
//	simulate NAME [FLAG…]        start a simulator, before configure; $NAME is its URL
//	serve [FLAG…]                start the hub; $HUB is its URL, $ADDR its address
//	crash | shutdown            end the hub as a power cut does, or as people do
//	submit REF…                  hand leaks to the hub as the hotline does; $NO is the last one's number
//	post SYSTEM FILE             send a file to the hub and print what comes back
//	get PATH                     ask the hub, print what comes back
//	call METHOD PATH [JSON]      call the hub's JSON API, print what comes back
//	capture NAME PATTERN         set $NAME to what the pattern's group finds in standard output
//	exits STATUS COMMAND…        run a command, which must end with that status
//	eventually PATTERN COMMAND…  run a command until it prints that
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			w := newWorld(e.WorkDir, e.Vars)
			e.Vars = append(e.Vars, "TUNDISH_CONFIG="+w.settings())
			e.Values[worldKey{}] = w
			e.Defer(w.end)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"configure": scriptConfigure,
			"overlay":   scriptOverlay,
			"simulate":  scriptSimulate,
			"serve":     scriptServe,
			"crash":     func(ts *testscript.TestScript, _ bool, _ []string) { ts.Value(worldKey{}).(*world).hub.kill() },
			"shutdown": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Check(ts.Value(worldKey{}).(*world).hub.stop())
			},
			"submit":     scriptSubmit,
			"post":       scriptPost,
			"get":        scriptGet,
			"call":       scriptCall,
			"capture":    scriptCapture,
			"exits":      scriptExits,
			"eventually": scriptEventually,
		},
		RequireExplicitExec: true,
		ContinueOnError:     true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

func scriptConfigure(ts *testscript.TestScript, neg bool, args []string) {
	var changes []config.Change
	for _, a := range args {
		where, text, ok := strings.Cut(a, "=")
		file, key, ok2 := strings.Cut(where, ":")
		if neg || !ok || !ok2 {
			ts.Fatalf("usage: configure [FILE:KEY=TEXT…]")
		}
		changes = append(changes, config.Change{File: file, Key: key, Text: text})
	}
	ts.Check(ts.Value(worldKey{}).(*world).configure(changes...))
}

func scriptOverlay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: overlay EXAMPLE")
	}
	ts.Check(ts.Value(worldKey{}).(*world).overlay(args[0]))
}

func scriptSimulate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: simulate NAME [FLAG…]")
	}
	w := ts.Value(worldKey{}).(*world)
	ts.Check(w.simulate(args[0], args[1:]...))
	ts.Setenv(strings.ToUpper(args[0]), w.simURL[args[0]])
}

func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	w := ts.Value(worldKey{}).(*world)
	if neg {
		ts.Fatalf("unsupported: ! serve")
	}
	ts.Check(w.serve(args...))
	ts.Setenv("HUB", w.hubURL)
	ts.Setenv("ADDR", strings.TrimPrefix(w.hubURL, "http://"))
}

func scriptSubmit(ts *testscript.TestScript, neg bool, refs []string) {
	w := ts.Value(worldKey{}).(*world)
	for _, ref := range refs {
		a, err := w.soap("hotline", leak(ref))
		ts.Check(err)
		if taken := a.status == http.StatusOK; taken == neg {
			ts.Fatalf("%s: %d %s", ref, a.status, a.body)
		}
		ts.Setenv("NO", a.text("OrderNo"))
	}
}

func scriptPost(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: post SYSTEM FILE")
	}
	w := ts.Value(worldKey{}).(*world)
	a, err := send("POST", w.hubURL+"/soap/"+args[0], ts.ReadFile(args[1]), http.Header{"Content-Type": {"text/xml; charset=utf-8"}})
	print(ts, neg, a, err)
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	a, err := send("GET", ts.Value(worldKey{}).(*world).hubURL+args[0], "", nil)
	print(ts, neg, a, err)
}

func scriptCall(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: call METHOD PATH [JSON]")
	}
	w := ts.Value(worldKey{}).(*world)
	a, err := send(args[0], w.hubURL+"/api/v1"+args[1], strings.Join(args[2:], ""), http.Header{"Content-Type": {"application/json"}})
	print(ts, neg, a, err)
}

// print prints an answer, which must be 200, or with neg must not.
func print(ts *testscript.TestScript, neg bool, a answer, err error) {
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d\n%s\n", a.status, a.body)
	if (a.status == http.StatusOK) == neg {
		ts.Fatalf("status %d: %s", a.status, a.body)
	}
}

func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) < 2 {
		ts.Fatalf("no %s in standard output", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND…")
	}
	status := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		status = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if status != args[0] {
		ts.Fatalf("exit status %s, want %s\n%s", status, args[0], ts.ReadFile("stderr"))
	}
}

func scriptEventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND…")
	}
	want := regexp.MustCompile("(?m)" + args[0])
	if err := soon(func() bool {
		ts.Check(ts.Exec(args[1], args[2:]...))
		return want.MatchString(ts.ReadFile("stdout"))
	}); err != nil {
		ts.Fatalf("%v: %s", err, args[0])
	}
}

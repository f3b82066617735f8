// Command tundish is the hub between the systems that work orders come from and the
// crews that do them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the hub's zones, also on machines without a zone database

	"tundish/cmd/tundish/app"
	"tundish/config/lang"
	"tundish/core"
)

func main() {
	app.TuneRuntime()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process as it stands
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// exitError ends the process with a code of its own; what it says was printed already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run is the whole program but for the process: 0 well, 1 the answer is no, 2 wrong usage
// or settings.
func run(ctx context.Context, args []string) int {
	c := &cli{out: os.Stdout, err: os.Stderr, lang: language()}
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var exit exitError
	if errors.As(err, &exit) {
		return int(exit)
	}
	var problems *lang.Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(c.err, problems.In(c.lang))
		return 2
	}
	fmt.Fprintln(c.err, "tundish: "+c.say(err))
	switch core.KindOf(err) {
	case core.Invalid, core.Internal:
		return 2
	}
	return 1
}

// say is an error in the language of whoever typed the command.
func (c *cli) say(err error) string {
	var e *core.Error
	if c.lang == lang.Chinese && errors.As(err, &e) && e.MessageZH != "" {
		if e.Field != "" {
			return e.Field + "：" + e.MessageZH
		}
		return e.MessageZH
	}
	if c.lang == lang.Chinese && e == nil {
		return mistake(err.Error())
	}
	return err.Error()
}

// language follows the environment as other programs do: TUNDISH_LANG, LC_ALL, LC_MESSAGES, LANG.
func language() lang.Lang {
	for _, name := range []string{"TUNDISH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if len(v) >= 2 && v[:2] == "zh" {
				return lang.Chinese
			}
			return lang.English
		}
	}
	return lang.English
}

package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tutorialBlock is what a reader types, and what the page says that it prints.
var tutorialBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?")

// expected makes a pattern of what the page says: a line of … alone is any number of lines,
// … within a line any text.
func expected(said string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`\A`)
	for line := range strings.Lines(said) {
		if line == "…\n" {
			b.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", `[^\n]*`))
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

// Whoever types the tutorial word for word sees what it says: an order of mono's ASMX service
// flows both ways, a code is changed while the hub runs, looked at beforehand and taken back.
func TestTheTutorialIsTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	needs(t, "apt install mono-mcs mono-runtime libmono-system-web-services4.0-cil mono-devel curl", "mono", "mcs", "wsdl", "curl", "bash")
	page, err := os.ReadFile("../../config/TUTORIAL.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := tutorialBlock.FindAllStringSubmatch(string(page), -1)
	if all := strings.Count(string(page), "\n```sh\n"); len(blocks) != all || all < 15 {
		t.Fatalf("%d of %d blocks are read", len(blocks), all)
	}
	dir := t.TempDir()
	peer := filepath.Join("config", "examples", "asmx-hotline", "peer")
	if err := os.CopyFS(filepath.Join(dir, peer), os.DirFS(filepath.Join("../..", peer))); err != nil {
		t.Fatal(err)
	}
	const end = "== that was block "
	script := "set -e\nexec 2>&1\n"
	for i, b := range blocks {
		script += b[1] + "echo '" + end + strconv.Itoa(i) + "'\n"
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TUNDISH_LANG=en", "TMPDIR="+dir, "HUB_PORT="+freePort(t), "THEIR_PORT="+freePort(t))
	// What the page starts ends with it, even when it breaks off half way.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.Output()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	printed := string(out)
	for i, b := range blocks {
		got, rest, ended := strings.Cut(printed, end+strconv.Itoa(i)+"\n")
		if !ended {
			t.Fatalf("block %d breaks off: %v\n%s\nit printed\n%s", i, err, b[1], got)
		}
		printed = rest
		if want := b[2]; !expected(want).MatchString(got) {
			t.Errorf("block %d\n%s\nprints\n%s\nand the tutorial says\n%s", i, b[1], got, want)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

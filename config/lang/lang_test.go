package lang

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files under testdata")

// system is the file that the tests read: one field of every kind and every rule.
type system struct {
	At Pos

	Contract string                `yaml:"contract" lang:"required,oneof=hotline|billing|gis" en:"The contract it speaks." zh:"所用的接口契约。"`
	Zone     Value[string]         `yaml:"zone" lang:"default=Asia/Shanghai" en:"Time zone in which it writes its times." zh:"其时间所用的时区。"`
	Mode     mode                  `yaml:"mode" lang:"default=shadow" en:"Whether results are written back." zh:"是否回写结果。"`
	Enabled  bool                  `yaml:"enabled" lang:"default=true"`
	Timeout  time.Duration         `yaml:"timeout" lang:"default=30s,min=1s,max=5m" en:"How long a call may take." zh:"单次调用的最长时间。"`
	Keep     *time.Duration        `yaml:"keep"`
	Retries  int                   `yaml:"retries" lang:"default=3,min=0,max=10"`
	Port     uint16                `yaml:"port"`
	Detour   float64               `yaml:"detour" lang:"default=1.3,min=1"`
	Listen   netip.Addr            `yaml:"listen"`
	Password string                `yaml:"password" lang:"secret,min=8,pattern='[a-z0-9]{1,40}'"`
	Charsets []string              `yaml:"charsets" lang:"default=UTF-8|GBK,oneof=UTF-8|GBK|GB18030,min=1,max=2"`
	Codes    Map[string]           `yaml:"codes" lang:"keys='[A-Z][0-9]*'"`
	Limits   map[mode]int          `yaml:"limits"`
	Steps    []step                `yaml:"steps"`
	Fields   Map[rule]             `yaml:"fields"`
	TLS      tlsOptions            `yaml:"tls" en:"How it is reached over TLS." zh:"TLS 设置。"`
	Extra    any                   `yaml:"extra"`
	Groups   map[string]tlsOptions `yaml:"groups"`
}

type mode string

func (mode) Choices() []string { return []string{"shadow", "live"} }

type step struct {
	Pos
	named   `yaml:",inline"`
	Next    []Value[string] `yaml:"next"`
	Inner   []step          `yaml:"inner"`
	private int             //lint:ignore U1000 unexported fields are no keys: the test would see one
}

type named struct {
	Name string `yaml:"name" lang:"required,max=6"`
}

// rule can be written short: just its path.
type rule struct {
	Path     string `yaml:"path" lang:"required,shorthand"`
	Default  any    `yaml:"default"`
	Required bool   `yaml:"required"`
}

type tlsOptions struct {
	Certificate string `yaml:"certificate" lang:"required"`
	Version     string `yaml:"version" lang:"default=1.2,oneof=1.2|1.3"`
}

// TestEachMistakeIsShownWhole compares what is said about each file of testdata/mistakes, in both languages, with the
// golden text beside it.
func TestEachMistakeIsShownWhole(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var p Problems
			Decode(&p, filepath.Base(file), data, new(system))
			if p.Err() == nil {
				t.Fatal("no mistake was found")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", p.In(English)+"\n=== 中文\n"+p.In(Chinese))
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err, "(run with -update)")
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

const good = `# a comment
contract: billing
zone: Asia/Urumqi
mode: live
enabled: false
timeout: 1m30s
keep: 2d12h
retries: 0
port: 8_080
detour: 1.25
listen: 127.0.0.1
password: 0123abcd
charsets: [GB18030]
codes: {B2: 01, A1: "x", C3: yes}
limits: {live: 5}
steps:
  - name: first
    next: [second, third]
  - &s
    name: second
    inner:
      - name: 里面
  - *s
fields:
  ref: Order/orderNo
  when: { path: Order/date, required: true, default: [1, 2.5, true, ~, 1_000, { a: "b" }] }
tls:
  certificate: a.pem
groups:
`

func TestAGoodFileIsReadWhole(t *testing.T) {
	var p Problems
	var s system
	doc := Decode(&p, "good.yaml", []byte(good), &s)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]any{
		"contract": {s.Contract, "billing"}, "zone": {s.Zone.V, "Asia/Urumqi"}, "zone at": {s.Zone.At.String(), "good.yaml:3:7"},
		"mode": {s.Mode, mode("live")}, "enabled": {s.Enabled, false}, "timeout": {s.Timeout, 90 * time.Second}, "keep": {*s.Keep, 60 * time.Hour},
		"retries": {s.Retries, 0}, "port": {s.Port, uint16(8080)}, "detour": {s.Detour, 1.25}, "listen": {s.Listen, netip.MustParseAddr("127.0.0.1")},
		"password": {s.Password, "0123abcd"}, "charsets": {fmt.Sprint(s.Charsets), "[GB18030]"}, "codes": {fmt.Sprint(s.Codes.Keys()), "[B2 A1 C3]"},
		"code at": {s.Codes[1].At.String(), "good.yaml:14:17"}, "limits": {s.Limits["live"], 5}, "steps": {len(s.Steps), 3},
		"step at": {s.Steps[0].Pos.String(), "good.yaml:17:5"}, "next at": {s.Steps[0].Next[1].At.Path(), "steps[0].next[1]"},
		"alias": {s.Steps[2].Inner[0].Name, "里面"}, "short": {s.Fields[0].V.Path, "Order/orderNo"}, "long": {s.Fields[1].V.Required, true},
		"any": {fmt.Sprint(s.Fields[1].V.Default), "[1 2.5 true <nil> 1000 map[a:b]]"}, "nested default": {s.TLS.Version, "1.2"},
		"has": {doc.Has("steps", 1, "inner", 0, "name"), true}, "has not": {doc.Has("steps", 1, "next"), false}, "has default": {doc.Has("tls", "version"), false},
		"pos": {doc.Pos("steps", 1, "inner", 0, "name").String(), "good.yaml:22:15"}, "near": {doc.Pos("tls", "version").String(), "good.yaml:27:1"},
		"key": {doc.KeyPos("tls", "certificate").String(), "good.yaml:28:3"}, "root": {s.At.String(), "good.yaml:2:1"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %v, want %v", what, pair[0], pair[1])
		}
	}
	if code, _ := s.Codes.Get("B2"); code != "01" {
		t.Errorf("code B2 is %q: a text should be taken as it is written", code)
	}
	if code, _ := s.Codes.Get("C3"); code != "yes" {
		t.Errorf("code C3 is %q", code)
	}
}

func TestAbsentKeysGetTheirDefaults(t *testing.T) {
	var p Problems
	s := system{Retries: 7}
	Decode(&p, "short.yaml", []byte("contract: gis\n"), &s)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	if s.Zone.V != "Asia/Shanghai" || s.Mode != "shadow" || !s.Enabled || s.Timeout != 30*time.Second || s.Detour != 1.3 || s.TLS.Version != "1.2" ||
		len(s.Charsets) != 2 || s.Keep != nil {
		t.Errorf("defaults are missing: %+v", s)
	}
	if s.Retries != 7 {
		t.Errorf("a default replaced what the caller had set: %d", s.Retries)
	}
	if got := s.Zone.At.String(); got != "short.yaml:1:1" {
		t.Errorf("the place of a default is %s", got)
	}
}

func TestAMistakeDoesNotHideTheRest(t *testing.T) {
	var p Problems
	var s system
	Decode(&p, "x.yaml", []byte("contract: nope\nretries: many\nport: 80\n"), &s)
	if p.Len() != 2 || s.Port != 80 {
		t.Errorf("%d mistakes, port %d:\n%v", p.Len(), s.Port, p.Err())
	}
}

func TestAMissingFileIsAMistakeToo(t *testing.T) {
	var p Problems
	DecodeFile(&p, filepath.Join("testdata", "none.yaml"), new(system))
	if got := p.Error(); !strings.HasPrefix(got, "testdata/none.yaml: cannot be read: no such file or directory") {
		t.Errorf("got %s", got)
	}
}

func TestBytesThatAreNoUTF8AreShownWhereTheyAre(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"gbk":     {"contract: gis\n# \xd6\xd0\xce\xc4\n", "x.yaml:2:3: this is not UTF-8 text  [encoding]"},
		"utf-16":  {"\xff\xfea\x00:\x00", "x.yaml: this is not UTF-8 text  [encoding]\n  hint: it is UTF-16"},
		"control": {"contract: gis\nzone: a\u0000b\n", "x.yaml:2:8: the invisible character U+0000 cannot stand here"},
		"bom":     {"zone: x\ufeff\n", "x.yaml:1:8: the invisible character U+FEFF"},
	} {
		var p Problems
		Decode(&p, "x.yaml", []byte(c.text), new(system))
		if got := p.Error(); !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
	var p Problems
	Decode(&p, "x.yaml", []byte("\ufeffcontract: gis\r\nzone: x\r\n"), new(system))
	if p.Err() != nil {
		t.Errorf("a byte order mark and DOS line ends are harmless: %v", p.Err())
	}
}

func TestAliasesCannotMultiplyWithoutEnd(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("contract: gis\nextra:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&bomb, "  a%d: &a%[1]d [%s*a%d]\n", i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 8), i-1)
	}
	start := time.Now()
	var p Problems
	Decode(&p, "bomb.yaml", []byte(bomb.String()), new(system))
	if p.Len() != 1 || !strings.Contains(p.Error(), "[alias]") {
		t.Errorf("got %v", p.Err())
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestManyMistakesAreCountedNotKept(t *testing.T) {
	var p Problems
	Decode(&p, "x.yaml", []byte("contract: gis\n"+strings.Repeat("? [a]\n: b\n", 1000)), new(system))
	if p.Len() != 1000 || len(p.Findings(English)) != mostProblems || !strings.HasSuffix(p.Error(), "… and 800 more mistakes") {
		t.Errorf("%d mistakes, %d kept", p.Len(), len(p.list))
	}
}

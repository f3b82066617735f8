package lang_test

import (
	"fmt"
	"testing"
	"time"

	"tundish/config/lang"
)

// A file is described once, as a struct.
type job struct {
	System  string             `yaml:"system" lang:"required" en:"The system to pull from." zh:"从哪个系统拉取。"`
	Cron    lang.Value[string] `yaml:"cron" lang:"required" en:"When it runs." zh:"运行时间。"`
	Missed  string             `yaml:"missed" lang:"default=last,oneof=none|last|all" en:"What to do about missed runs." zh:"错过的运行如何处理。"`
	Overlap time.Duration      `yaml:"overlap" lang:"default=10m,max=1d" en:"How far to look back." zh:"向前重叠的时长。"`
}

// A kind of mistake that only the owner of the struct can find is declared in both languages.
var neverFires = lang.NewMessage("never-fires", "the schedule %q never fires", "计划 %q 永远不会触发")

func Example() {
	var problems lang.Problems
	var j job
	lang.Decode(&problems, "config/jobs/replacements.yaml", []byte(`
system: billing
cron: 0 0 30 2 *
mised: all
`), &j)
	if j.Cron.V == "0 0 30 2 *" { // stands for a real check
		problems.At(j.Cron.At.Within(j.Cron.V, 4, 4), neverFires, j.Cron.V)
	}
	fmt.Println(problems.Err())
	// Output:
	// config/jobs/replacements.yaml:3:11: cron: the schedule "0 0 30 2 *" never fires  [never-fires]
	//   |
	// 3 | cron: 0 0 30 2 *
	//   |           ^~~~
	//
	// config/jobs/replacements.yaml:4:1: unexpected key "mised"; expected one of "cron", "missed", "overlap",
	// "system"  [unknown-key]
	//   |
	// 4 | mised: all
	//   | ^~~~~
	//   hint: did you mean "missed"?
}

func BenchmarkDecode(b *testing.B) {
	table := []byte("codes:\n")
	for i := range 10_000 {
		table = fmt.Appendf(table, "  C%d: {code: K%d, 中文: 更换水表, English: replacement}\n", i, i)
	}
	type file struct {
		Codes lang.Map[struct {
			Code string `yaml:"code"`
			Zh   string `yaml:"中文"`
			En   string `yaml:"English"`
		}] `yaml:"codes"`
	}
	b.SetBytes(int64(len(table)))
	for b.Loop() {
		var p lang.Problems
		lang.Decode(&p, "codes.yaml", table, new(file))
		if p.Err() != nil {
			b.Fatal(p.Err())
		}
	}
}

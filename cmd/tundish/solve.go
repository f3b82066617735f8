package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tundish/core"
	"tundish/dispatch/format"
	"tundish/dispatch/route"
)

// solving is what `dispatch solve` was asked.
type solving struct {
	format, objective, out string
	seconds, bks           float64
	options                route.Options
}

func (c *cli) solve() *cobra.Command {
	var ask solving
	cmd := &cobra.Command{
		Use:   "solve FILE --format solomon|vrplib|trsp|day",
		Short: c.t("Plans the routes of a file and prints what they cost", "为文件中的问题规划路线并给出成本"),
		Example: "  tundish dispatch solve day.json --format day --seconds 60 --out plan.json\n" +
			"  tundish dispatch solve R104.txt --format solomon --iterations 200000 --seed 1 --bks 971.5",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.runSolve(cmd, args[0], &ask) },
	}
	f := cmd.Flags()
	f.StringVar(&ask.format, "format", "", c.t("format of the file: ", "文件格式：")+strings.Join(format.Names, ", "))
	f.Float64Var(&ask.seconds, "seconds", 0, c.t("stop after so many seconds; 10 if there is no --iterations either", "运行秒数上限；未给 --iterations 时默认 10"))
	f.Int64Var(&ask.options.Iterations, "iterations", 0, c.t("stop after so many steps; the same seed, threads and iterations give the same plan", "迭代次数上限；种子、线程数和迭代次数相同则方案相同"))
	f.IntVar(&ask.options.Threads, "threads", 1, c.t("threads to search with", "搜索线程数"))
	f.Uint64Var(&ask.options.Seed, "seed", 0, c.t("seed of every random choice", "随机种子"))
	f.Int64Var(&ask.options.Balance, "balance", 0, c.t("what a second of work costs for a crew whose day is full, in hundredths of a second of driving; 0: even workload is worth nothing", "满负荷班组每多一秒工作的代价，以行驶秒的百分之一计；0 表示不考虑均衡"))
	f.StringVar(&ask.objective, "objective", "distance", c.t("what is to be small: distance, vehicles (then distance), or duration from leaving to coming back", "目标：distance 距离，vehicles 车辆数（其次距离），duration 外出总时长"))
	f.Float64Var(&ask.bks, "bks", 0, c.t("best known cost, to print the gap to it in percent", "已知最优成本，用于输出差距（百分比）"))
	f.StringVar(&ask.out, "out", "", c.t("file to write the plan to; - is standard output", "方案输出文件；- 表示标准输出"))
	_ = cmd.MarkFlagRequired("format")
	return cmd
}

// outcome is the last line that solve prints.
type outcome struct {
	Cost       float64  `json:"cost"`
	Routes     int      `json:"routes"`
	Unserved   int      `json:"unserved"`
	Seconds    float64  `json:"seconds"`
	Iterations int64    `json:"iterations"`
	Travel     float64  `json:"travel"`
	CV         float64  `json:"cv"`            // of the crews' work, as shares of their full days
	Gap        *float64 `json:"gap,omitempty"` // percent
}

func (c *cli) runSolve(cmd *cobra.Command, file string, ask *solving) error {
	begun := time.Now()
	in, err := c.readProblem(file, ask)
	if err != nil {
		return err
	}
	o := &ask.options
	if ask.seconds == 0 && o.Iterations == 0 {
		ask.seconds = 10
	}
	if ask.seconds > 0 {
		o.Budget = max(1, time.Duration(ask.seconds*float64(time.Second))-time.Since(begun))
	}
	s, err := route.Solve(cmd.Context(), in.Problem, *o)
	if err != nil {
		return c.refuse(file, err)
	}
	out := outcome{
		Cost: in.Cost(s), Routes: s.Used, Unserved: len(s.Unserved), Iterations: s.Steps,
		Travel: float64(s.Travel) / in.Unit, Seconds: math.Round(time.Since(begun).Seconds()*1000) / 1000,
	}
	if o.Duration {
		out.Cost = in.Away(s)
	}
	out.CV = math.Round(s.Spread*1e4) / 1e4
	if ask.bks > 0 {
		gap := math.Round(1e5*(out.Cost/ask.bks-1)) / 1e3
		out.Gap = &gap
	}
	if err := c.writePlan(in, s, ask.out); err != nil {
		return err
	}
	return json.NewEncoder(c.out).Encode(out)
}

// readProblem reads the file and sets what the objective asks.
func (c *cli) readProblem(file string, ask *solving) (*format.Instance, error) {
	if !slices.Contains(format.Names, ask.format) {
		return nil, core.Invalidf("format", "--format", "format %q is not known; give one of %v", "没有格式 %q；可用 %v", ask.format, format.Names)
	}
	if !(ask.seconds >= 0) || ask.seconds > 1e9 || ask.options.Iterations < 0 {
		return nil, core.Invalidf("budget", "--seconds", "seconds %v and iterations %d cannot be negative", "秒数 %v 和迭代次数 %d 不能为负", ask.seconds, ask.options.Iterations)
	}
	if ask.options.Threads < 1 {
		return nil, core.Invalidf("threads", "--threads", "threads is %d; give 1 or more", "线程数为 %d；至少为 1", ask.options.Threads)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	in, err := format.Read(ask.format, data)
	if err != nil {
		return nil, c.refuse(file, err)
	}
	switch ask.objective {
	case "distance":
	case "vehicles":
		in.FewCrews()
	case "duration":
		ask.options.Duration = true
	default:
		return nil, core.Invalidf("objective", "--objective", "objective %q is not known; give distance, vehicles or duration", "没有目标 %q；可用 distance、vehicles、duration", ask.objective)
	}
	return in, nil
}

// refuse prints all faults of a file with their places; the answer is no.
func (c *cli) refuse(file string, err error) error {
	var inFile *format.FaultError
	var inProblem *route.FaultError
	switch {
	case errors.As(err, &inFile):
		for _, f := range inFile.Faults {
			if f.Line > 0 {
				fmt.Fprintf(c.err, "%s:%d: %s\n", file, f.Line, f.Text)
			} else {
				fmt.Fprintf(c.err, "%s: %s\n", file, f.Text)
			}
		}
	case errors.As(err, &inProblem):
		for _, f := range inProblem.Faults {
			fmt.Fprintf(c.err, "%s: %s\n", file, f)
		}
	default:
		return core.Invalidf("solve", "", "%s: %v", "%s：%v", file, err)
	}
	return exitError(1)
}

func (c *cli) writePlan(in *format.Instance, s route.Solution, out string) error {
	if out == "" {
		return nil
	}
	var b bytes.Buffer
	if err := in.Write(&b, s); err != nil {
		return err
	}
	if out == "-" {
		_, err := io.Copy(c.out, &b)
		return err
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}

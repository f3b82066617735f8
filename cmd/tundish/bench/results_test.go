package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	resultsFile = "RESULTS.md"
	readmeFile  = "../../../README.md"
	begin       = "<!-- figures: written by make bench -->"
	end         = "<!-- end of figures -->"
)

const tableHead = "| Work | Hub | p50 / p99 | Beside it | reaches | Ratio | Must | CPU per call, hub / other | Also | Taken |\n|---|---|---|---|---|---|---|---|---|---|\n"

// line is the row as it stands in the table.
func (r row) line(taken string) string {
	return "| " + strings.Join([]string{r.work, r.hub, r.times, r.beside, r.other, r.ratio, r.must, r.cost, r.also, taken}, " | ") + " |"
}

// key is what makes a line of the table the same line in another run.
func key(line string) string {
	f := strings.Split(line, "|")
	if len(f) < 5 {
		return line
	}
	return f[1] + "|" + f[4]
}

// tell prints what was found, and writes it down where that was asked for.
func (f *findings) tell(write bool) error {
	if len(f.rows) == 0 && len(f.notes) == 0 {
		return nil
	}
	taken := time.Now().UTC().Format(time.DateOnly)
	if c := commit(); c != "" {
		taken += " " + c
	}
	var lines []string
	for _, r := range f.rows {
		lines = append(lines, r.line(taken))
	}
	if len(lines) > 0 {
		fmt.Println("\nMedians of interleaved rounds; a ratio is the hub's median over the other's.\n\n" + tableHead + strings.Join(lines, "\n"))
	}
	for _, n := range f.notes {
		fmt.Println("NOTE: " + n)
	}
	if !write || len(lines) == 0 {
		return nil
	}
	if err := writeResults(lines); err != nil {
		return err
	}
	return writeReadme()
}

// writeResults puts the lines into the file. Lines of works that this run did not do stay,
// with the day they were taken, unless the machine is another one.
func writeResults(lines []string) error {
	machine := "Taken on " + machine() + ".\n"
	old, err := os.ReadFile(resultsFile)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	var all []string
	if strings.Contains(string(old), machine) {
		all = tableLines(string(old))
	}
	for _, l := range lines {
		if i := slices.IndexFunc(all, func(o string) bool { return key(o) == key(l) }); i >= 0 {
			all[i] = l
		} else {
			all = append(all, l)
		}
	}
	text := "# What the benchmarks found\n\n" +
		"Written by `make bench`; [doc.go](doc.go) tells how each figure is taken. Medians of interleaved rounds; a ratio is the hub's\n" +
		"median over the other's, of the same run. " + machine + "\n" + tableHead + strings.Join(all, "\n") + "\n"
	return os.WriteFile(resultsFile, []byte(text), 0o644)
}

func tableLines(text string) (lines []string) {
	_, rows, _ := strings.Cut(text, tableHead)
	for l := range strings.Lines(rows) {
		if !strings.HasPrefix(l, "|") {
			break
		}
		lines = append(lines, strings.TrimSuffix(l, "\n"))
	}
	return lines
}

// quoted is what the README shows of the results: less of each line.
func quoted(results string) string {
	var t strings.Builder
	t.WriteString("| Work | Hub | p50 / p99 | Beside it | Ratio | Must |\n|---|---|---|---|---|---|\n")
	for _, l := range tableLines(results) {
		f := strings.Split(l, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		t.WriteString("| " + strings.Join([]string{f[1], f[2], f[3], strings.TrimSpace(f[4] + " " + f[5]), f[6], f[7]}, " | ") + " |\n")
	}
	return t.String()
}

func writeReadme() error {
	results, err := os.ReadFile(resultsFile)
	if err != nil {
		return err
	}
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		return err
	}
	before, after, err := aroundFigures(string(readme))
	if err != nil {
		return err
	}
	return os.WriteFile(readmeFile, []byte(before+quoted(string(results))+after), 0o644)
}

// aroundFigures is what stands before and after the table in the README.
func aroundFigures(readme string) (before, after string, err error) {
	i, j := strings.Index(readme, begin), strings.Index(readme, end)
	if i < 0 || j < i {
		return "", "", fmt.Errorf("%s has no place for the figures between %q and %q", readmeFile, begin, end)
	}
	return readme[:i+len(begin)] + "\n", readme[j:], nil
}

func TestTheReadmeQuotesTheResults(t *testing.T) {
	results, err := os.ReadFile(resultsFile)
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	before, after, err := aroundFigures(string(readme))
	if err != nil {
		t.Fatal(err)
	}
	if len(tableLines(string(results))) == 0 {
		t.Fatalf("%s has no table", resultsFile)
	}
	if want := before + quoted(string(results)) + after; want != string(readme) {
		t.Errorf("the table in README.md is not that of %s; make bench writes both", resultsFile)
	}
}

// machine is where figures were taken: they are the same only there.
func machine() string {
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "a processor unknown"
	}
	defer func() { _ = f.Close() }()
	name := regexp.MustCompile(`^model name\s*:\s*(.+)$`)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if m := name.FindStringSubmatch(lines.Text()); m != nil {
			return m[1]
		}
	}
	return "a processor unknown"
}

// commit is what was measured; a star tells that it was not yet committed.
func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return ""
	}
	c := strings.TrimSpace(string(out))
	changed, err := exec.Command("git", "status", "--porcelain", "--untracked-files=no", ":/", ":(top,exclude)README.md", ":(exclude)"+resultsFile).Output()
	if err == nil && len(changed) > 0 {
		c += "*"
	}
	return c
}

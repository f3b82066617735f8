package main

import (
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// captured writes what the example hotline and its callers send each other into a folder: the
// message that registers a repair and the golden ones.
func captured(t *testing.T, folder string) {
	t.Helper()
	example := filepath.Join(examples, "asmx-hotline")
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(example, "wire"))); err != nil {
		t.Fatal(err)
	}
	repair, err := os.ReadFile(filepath.Join(example, "mappings", "asmx-hotline", "repair.xml"))
	if err != nil {
		t.Fatal(err)
	}
	message := envelope(`<SubmitRepair xmlns="http://tempuri.org/"><xmlData>` + html.EscapeString(string(repair)) + `</xmlData></SubmitRepair>`)
	if err := os.WriteFile(filepath.Join(folder, "submit.xml"), []byte(message), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The ASMX hotline's WSDL knows nothing but strings. Its messages, with the WSDL or alone, tell what is in
// them; what is written lints, and takes and answers the message that it was made from.
func TestTheHotlinesOwnMessagesMakeItsMapping(t *testing.T) {
	w := inWorld(t)
	captured(t, filepath.Join(w.dir, "captured"))
	wsdl := filepath.Join(examples, "asmx-hotline", "mappings", "asmx-hotline", "HotlineService.wsdl")
	for name, from := range map[string][]string{
		"both":  {"--wsdl", wsdl, "--sample", "captured"},
		"alone": {"--sample", "captured/submit.xml", "--sample", "captured"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"mapping", "scaffold", "--name", name, "--out", "maps"}, from...)
			if _, errs, code := w.run(t, args...); code != 0 || !strings.Contains(errs, "guessed: 1 that they call, 1 to tell them") {
				t.Fatalf("%d %s", code, errs)
			}
			file := filepath.Join("maps", name+".yaml")
			if out, errs, code := w.run(t, "mapping", "lint", file); code != 0 || !strings.Contains(out, "1 operations served, 1 called") {
				t.Fatalf("%d %s%s", code, out, errs)
			}
			text, err := os.ReadFile(filepath.Join(w.dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				"document: {at: SubmitRepair/xmlData, root: REPAIR}", "ref: S_BH # guess", `type: S_LX # guess; string; seen: LS`, "customer.phone: {from: S_DH, fold: true", "place.point: {north: F_WD, east: F_JD",
				"root: RESULT", `CODE: {value: "1"} # guess`, "ORDERNO: order.no # guess", "root: WRITEBACK", "D_WC: {from: order.completion.finished_at",
			} {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			out, errs, _ := w.run(t, "mapping", "explain", file, "--sample", "captured/submit.xml")
			for _, want := range []string{"RX20260511001", "13801234567", "门前路面冒水"} {
				if !strings.Contains(out, want) {
					t.Errorf("no %s in\n%s%s", want, out, errs)
				}
			}
		})
	}
	for says, args := range map[string][]string{
		"--name hotline":                       {"--sample", "captured"},
		"there is no file in it":               {"--sample", "maps/both", "--name", "x"},
		"a mapping is made of a WSDL (--wsdl)": {"--name", "x"},
		"<REPAIR> of a sample is no element":   {"--wsdl", wsdl, "--sample", filepath.Join(filepath.Dir(wsdl), "repair.xml")},
	} {
		if _, errs, _ := w.run(t, append([]string{"mapping", "scaffold"}, args...)...); !strings.Contains(errs, says) {
			t.Errorf("%v: no %q in %s", args, says, errs)
		}
	}
}

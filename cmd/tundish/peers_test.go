package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/core"
)

const nodeSOAPVersion = "1.13.0"

// nodeSOAP is a directory with the npm package soap, put there once per machine and
// shared with the tests of adapters/soap.
var nodeSOAP = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "tundish-test", "node-soap-"+nodeSOAPVersion)
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "soap", "package.json")); err == nil {
		return modules, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "soap@"+nodeSOAPVersion)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install soap@%s: %w: %s", nodeSOAPVersion, err, out)
	}
	return modules, nil
})

// stack is a foreign SOAP stack: how it is called here, and what it needs.
type stack struct {
	name    string
	command []string
	// missing says what to install when the stack is not here, "" when it is.
	missing func(env *[]string) string
}

var stacks = []stack{
	{"zeep", []string{"/usr/bin/python3", "submit.py"}, func(*[]string) string {
		if exec.Command("/usr/bin/python3", "-c", "import zeep").Run() != nil {
			return "zeep: apt install python3-zeep"
		}
		return ""
	}},
	{"PHP", []string{"php", "submit.php"}, func(*[]string) string {
		if out, err := exec.Command("php", "-m").Output(); err != nil || !strings.Contains(string(out), "soap") {
			return "PHP's SoapClient: apt install php-cli php-soap"
		}
		return ""
	}},
	{"node", []string{"node", "submit.js"}, func(env *[]string) string {
		if _, err := exec.LookPath("npm"); err != nil {
			return "node: apt install nodejs npm"
		}
		modules, err := nodeSOAP()
		if err != nil {
			return "the npm package soap: " + err.Error()
		}
		*env = append(*env, "NODE_PATH="+modules)
		return ""
	}},
}

// refusal is a typed fault as a foreign stack reads it.
type refusal struct{ Code, Field, Message, CorrelationID string }

func TestForeignStacksWorkFromTheServedContract(t *testing.T) {
	w := inWorld(t)
	w.begin(t)
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			env := os.Environ()
			if what := s.missing(&env); what != "" {
				t.Skipf("SKIPPED, because something is missing here: %s", what)
			}
			ref := "RX-" + s.name
			cmd := exec.CommandContext(t.Context(), s.command[0], s.command[1], w.hubURL+"/soap/hotline?wsdl", ref)
			cmd.Dir, cmd.Env = filepath.Join("testdata", "peers"), env
			raw, err := cmd.Output()
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				t.Fatalf("%v\n%s%s", err, raw, exit.Stderr)
			} else if err != nil {
				t.Fatal(err)
			}
			var got struct {
				First, Again struct {
					No, Status string
					Known      bool
				}
				Query struct {
					No, Ref, Type string
					Hold          bool
					Events        int
				}
				Missing, Type *refusal
			}
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatalf("%v: %s", err, raw)
			}
			if got.First.No == "" || got.First.Known || got.First.Status != "A" {
				t.Errorf("submitted: %+v", got.First)
			}
			if got.Again.No != got.First.No || !got.Again.Known {
				t.Errorf("again: %+v, first %+v", got.Again, got.First)
			}
			if q := got.Query; q.No != got.First.No || q.Ref != ref || q.Type != "LS" || q.Hold || q.Events == 0 {
				t.Errorf("asked: %+v", q)
			}
			for what, c := range map[string]struct {
				got                *refusal
				code, field, names string
			}{
				"without an address": {got.Missing, "required", "Order/Place/Address", "Address"},
				"of an unknown type": {got.Type, "unknown_type", "Order/Type", "LEEK"},
			} {
				if r := c.got; r == nil || r.Code != c.code || r.Field != c.field || !strings.Contains(r.Message, c.names) || r.CorrelationID == "" {
					t.Errorf("an order %s: %+v", what, r)
				}
			}
			// What arrived is what was sent, and there is one of it.
			var list []core.WorkOrder
			w.list(t, &list, "order", "list", "--find", ref)
			if len(list) != 1 {
				t.Fatalf("%d orders", len(list))
			}
			o := list[0]
			if string(o.No) != got.First.No || o.Type != "leak" || o.Urgency != core.Urgent || o.Channel != "phone" || o.Customer.Name != "𠮷田物业" ||
				o.Place.Address != "梧桐区张杨路1234弄5号 <西门> & 地库" || o.Place.Point == nil || *o.Place.Point != (core.Point{Lat: 31.248, Lon: 121.43}) ||
				o.Report.Content != "5 号门前路面冒水，“水量较大”" || len(o.Report.Attachments) != 1 || o.Report.Attachments[0].Size != 12 {
				t.Errorf("stored as %+v", o)
			}
		})
	}
}

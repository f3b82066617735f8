package core_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// The rooms of the house: who may import whom, and why not. A package belongs to the
// most specific room that matches it. This table is the one to change when the house
// is rebuilt; the picture in README.md shows the same.
var rooms = []room{
	{at: "tundish/cmd/...", may: "...", why: "the wiring may see everything"},
	{at: "tundish/core", may: "", why: "the nouns know nothing but the standard library, so that every room can use them"},
	{at: "tundish/core/...", may: "tundish/core tundish/core/... go.uber.org/zap", not: "tundish/core/store/...", why: "a use case decides; it must run without any database, wire format or schedule"},
	{at: "tundish/core/people/password", may: "tundish/core golang.org/x/crypto/argon2", why: "hashing is arithmetic"},
	{at: "tundish/core/access", may: "tundish/core", why: "what people may do is a pure table: it must be the same for whoever asks"},
	{at: "tundish/core/store/sqlite", may: "tundish/core tundish/schema tundish/core/store/... modernc.org/sqlite modernc.org/sqlite/... modernc.org/libc modernc.org/libc/...", not: "tundish/core/store/sqlserver", why: "a store knows one SQL dialect and the nouns it keeps"},
	{at: "tundish/core/store/sqlserver", may: "tundish/core tundish/schema tundish/core/store/... github.com/microsoft/go-mssqldb github.com/microsoft/go-mssqldb/... github.com/golang-sql/...", not: "tundish/core/store/sqlite", why: "a store knows one SQL dialect and the nouns it keeps"},
	{at: "tundish/core/store/...", may: "tundish/core tundish/core/store/... tundish/schema", why: "what stores share knows no dialect"},
	{at: "tundish/dispatch", may: "tundish/core tundish/dispatch/route tundish/dispatch/online tundish/dispatch/horizon", why: "dispatch turns orders and crews into a problem and a solution into a plan; where they come from is not its business"},
	{at: "tundish/dispatch/route", may: "", why: "the search is pure: plain values in and out"},
	{at: "tundish/dispatch/online", may: "tundish/dispatch/route", why: "the live day is pure, too; it speaks the engine's language of orders, crews and ways"},
	{at: "tundish/dispatch/horizon", may: "tundish/dispatch/route", why: "days are the engine's days; it is pure, too"},
	{at: "tundish/dispatch/format", may: "tundish/dispatch/route", why: "files of the trade become the engine's problems; who reads them decides what for"},
	{at: "tundish/dispatch/internal/city", may: "tundish/dispatch/online tundish/dispatch/route", why: "it makes days to measure the engines on"},
	{at: "tundish/dispatch/internal/bench", may: "tundish/dispatch/format tundish/dispatch/route tundish/dispatch/online tundish/dispatch/internal/city", why: "it measures the engine on files"},
	{at: "tundish/adapters/soap", may: "tundish/core tundish/wsdl/xml tundish/wsdl/xsd tundish/wsdl/contract go.uber.org/zap golang.org/x/text/...", why: "the envelope knows no contract"},
	{at: "tundish/adapters/geo", may: "tundish/core", why: "reference systems are arithmetic"},
	{at: "tundish/adapters/schedule", may: "github.com/robfig/cron/v3", why: "slots are arithmetic"},
	{at: "tundish/adapters/api", may: "tundish/core tundish/core/... go.uber.org/zap", not: "tundish/core/store/...", why: "handlers call use cases"},
	{at: "tundish/adapters/staging", may: "tundish/core tundish/core/pull tundish/core/outbox tundish/adapters/mapping tundish/wsdl/xml go.uber.org/zap golang.org/x/text/...", why: "files and tables are read by a mapping's rules; which database it is says the DSN, and the drivers are the stores'"},
	{at: "tundish/adapters/spreadsheet", may: "tundish/core github.com/xuri/excelize/v2 golang.org/x/text/...", why: "tables are texts in rows; what they mean is the settings' business"},
	{at: "tundish/adapters/...", may: "tundish/core tundish/core/... tundish/adapters/... tundish/wsdl/... tundish/config/lang tundish/config/codes go.uber.org/zap github.com/beevik/etree", not: "tundish/core/store/... tundish/config tundish/dispatch tundish/dispatch/...", why: "an adapter speaks one contract's ways and meets the others in core; contracts do not know each other"},
	{at: "tundish/wsdl", may: "", why: "the folder of the contracts holds their tests only"},
	{at: "tundish/wsdl/internal/...", may: "...", why: "the generator runs on a developer's machine only"},
	{at: "tundish/wsdl/...", may: "tundish/wsdl/... golang.org/x/text/...", not: "tundish/wsdl/internal/...", why: "contracts and XML are leaves: everything else stands on them"},
	{at: "tundish/schema", may: "", why: "files only"},
	{at: "tundish/schema/...", may: "", why: "files only"},
	{at: "tundish/config", may: "tundish/config/lang tundish/config/codes github.com/spf13/viper go.yaml.in/yaml/v3", why: "settings know no room that uses them"},
	{at: "tundish/config/lang", may: "go.yaml.in/yaml/v3 github.com/expr-lang/expr github.com/expr-lang/expr/...", why: "what every YAML file shares is a leaf"},
	{at: "tundish/config/codes", may: "tundish/core tundish/config/lang golang.org/x/text/...", why: "the words of the house and the tables that lead to them are read by settings and mappings alike"},
	{at: "tundish/config/ordertype", may: "tundish/core tundish/config/lang", why: "order types become core values"},
	{at: "tundish/config/roles", may: "tundish/core tundish/core/access tundish/config/lang", why: "the table of roles becomes a core value"},
	{at: "tundish/config/views", may: "tundish/core tundish/core/lists tundish/config/lang", why: "saved lists become the core's"},
	{at: "tundish/config/reactions", may: "tundish/core tundish/core/classify tundish/config tundish/config/lang tundish/config/ordertype", why: "what the house does by itself becomes core values"},
	{at: "tundish/config/internal/schema", may: "tundish/config tundish/config/... tundish/adapters/mapping", why: "it writes the schemas of every kind of file, whoever owns it"},
	{at: "tundish/config/...", may: "tundish/core tundish/config tundish/config/...", why: "configuration knows no room that uses it"},
}

// Each of these has one home; elsewhere it is a leak.
var homes = map[string][]string{
	"github.com/hooklift/gowsdl":      {"tundish/wsdl/internal/..."},
	"github.com/beevik/etree":         {"tundish/adapters/mapping", "tundish/adapters/foreign"},
	"github.com/robfig/cron/v3":       {"tundish/adapters/schedule"},
	"github.com/spf13/viper":          {"tundish/config"},
	"github.com/expr-lang/expr":       {"tundish/config/lang"},
	"modernc.org/sqlite":              {"tundish/core/store/sqlite"},
	"modernc.org/libc":                {"tundish/core/store/sqlite"},
	"golang.org/x/crypto":             {"tundish/core/people/password"},
	"github.com/microsoft/go-mssqldb": {"tundish/core/store/sqlserver"},
}

// contracts must not know each other.
var contracts = []string{"hotline", "billing", "newconnection", "gis"}

type room struct{ at, may, not, why string }

func match(pattern, pkg string) bool {
	if pattern == "..." {
		return true
	}
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(pkg, prefix+"/")
	}
	return pattern == pkg
}

func matchAny(patterns, pkg string) bool {
	for _, p := range strings.Fields(patterns) {
		if match(p, pkg) {
			return true
		}
	}
	return false
}

func roomOf(pkg string) (room, bool) {
	var best room
	found := false
	for _, r := range rooms {
		if match(r.at, pkg) && (!found || len(strings.TrimSuffix(r.at, "/...")) > len(strings.TrimSuffix(best.at, "/...")) || r.at == pkg) {
			best, found = r, true
		}
	}
	return best, found
}

type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Imports"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var pkgs []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// standard tells imports of the standard library from others: those have no dot in
// their first element, and ours begin with the module's name.
func standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") && first != "tundish"
}

func TestEveryImportIsAllowedInItsRoom(t *testing.T) {
	for _, p := range list(t, "./...") {
		r, ok := roomOf(p.ImportPath)
		if !ok {
			t.Errorf("%s belongs to no room: add it to the table in core/deps_test.go with its reason", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if standard(imp) {
				continue
			}
			if !matchAny(r.may, imp) || matchAny(r.not, imp) {
				t.Errorf("%s imports %s: not in the room %s, because %s", p.ImportPath, imp, r.at, r.why)
			}
			for home, where := range homes {
				if (imp == home || strings.HasPrefix(imp, home+"/")) && !matchAny(strings.Join(where, " "), p.ImportPath) && !strings.HasPrefix(p.ImportPath, where[0]) {
					t.Errorf("%s imports %s: its one home is %v", p.ImportPath, imp, where)
				}
			}
			for _, c := range contracts {
				mine, other := "tundish/adapters/"+c, ""
				for _, d := range contracts {
					if d != c && (imp == "tundish/adapters/"+d || strings.HasPrefix(imp, "tundish/adapters/"+d+"/") || imp == "tundish/wsdl/"+d) {
						other = d
					}
				}
				if (p.ImportPath == mine || strings.HasPrefix(p.ImportPath, mine+"/")) && other != "" {
					t.Errorf("%s imports %s: contracts do not know each other; they meet in core", p.ImportPath, imp)
				}
			}
		}
	}
}

// workbooks is the one package that may read XML otherwise: the parts of a workbook that an administrator imports, never a message.
const workbooks = "github.com/xuri/excelize/v2"

func TestTheBinaryParsesXMLOnlyStrictly(t *testing.T) {
	for _, p := range list(t, "-deps", "./cmd/tundish") {
		switch {
		case p.ImportPath == "tundish/core/store/memstore" || p.ImportPath == "tundish/core/sim":
			t.Errorf("%s is linked into the binary: it can be told to break the store's promises, which is for tests", p.ImportPath)
		case p.ImportPath != workbooks && slices.Contains(p.Imports, "encoding/xml"):
			t.Errorf("%s brings encoding/xml into the binary: it accepts two roots, duplicate attributes and undeclared prefixes; read with tundish/wsdl/xml", p.ImportPath)
		case p.ImportPath == "github.com/hooklift/gowsdl":
			t.Error("gowsdl's root package is linked into the binary: its init ends the process when TMPDIR cannot be written, and its clients lose zeros; it belongs to the generator")
		}
		if p.Standard || !strings.HasPrefix(p.ImportPath, "tundish/") {
			continue
		}
		for _, imp := range p.Imports {
			if path.Base(imp) == "etree" {
				t.Logf("%s uses etree; see that no ReadFrom* is called on foreign input", p.ImportPath)
			}
		}
	}
}

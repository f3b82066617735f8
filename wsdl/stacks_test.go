package wsdl_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tundish/wsdl/contract"
)

// served writes each service's flat document and returns its file.
func served(t *testing.T, dir, name, service string, soap12 bool) string {
	t.Helper()
	flat, err := load(t, name).Flatten(service)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := flat.WSDL(contract.WriteOptions{SOAP12: soap12})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, service+map[bool]string{true: "12"}[soap12]+".wsdl")
	if err := os.WriteFile(file, doc, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// list runs a foreign stack on a document; it prints one operation per line.
func list(t *testing.T, command ...string) []string {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	found := strings.Fields(string(out))
	slices.Sort(found)
	return slices.Compact(found)
}

func want(names string) []string {
	all := strings.Fields(names)
	slices.Sort(all)
	return all
}

const zeepList = `
import sys, zeep
for service in zeep.Client(sys.argv[1]).wsdl.services.values():
    for port in service.ports.values():
        for operation in port.binding._operations.values():
            assert operation.output is not None and len(operation.faults) == 1, operation.name
            print(operation.name)
`

func TestZeepReadsEveryService(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import zeep").Run(); err != nil {
		t.Skip("zeep is not there: apt install python3-zeep")
	}
	dir := t.TempDir()
	for _, c := range operations {
		for _, soap12 := range []bool{false, true} {
			file := served(t, dir, c.contract, c.service, soap12)
			if have := list(t, python, "-c", zeepList, file); !slices.Equal(have, want(c.names)) {
				t.Errorf("zeep finds %v in %s, there are %s", have, c.service, c.names)
			}
		}
	}
}

// PHP prints "SubmitOrderResponse SubmitOrder(SubmitOrder $parameters)": wrapped,
// each operation once.
const phpList = `
$client = new SoapClient($argv[1], ['cache_wsdl' => WSDL_CACHE_NONE]);
foreach ($client->__getFunctions() as $function) {
    if (!preg_match('/^(\w+)Response (\w+)\((\w+) \$parameters\)$/', $function, $m) || $m[1] !== $m[2] || $m[2] !== $m[3]) {
        fwrite(STDERR, $function); exit(1);
    }
    echo $m[2], "\n";
}
`

func TestPHPReadsEveryService(t *testing.T) {
	if err := exec.Command("php", "-r", "exit(class_exists('SoapClient') ? 0 : 1);").Run(); err != nil {
		t.Skip("PHP's SoapClient is not there: apt install php-cli php-soap")
	}
	dir := t.TempDir()
	for _, c := range operations {
		file := served(t, dir, c.contract, c.service, false)
		if have := list(t, "php", "-r", phpList, "--", file); !slices.Equal(have, want(c.names)) {
			t.Errorf("PHP finds %v in %s, there are %s", have, c.service, c.names)
		}
	}
}

package soap

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tundish/core"
	"tundish/wsdl/xml"
)

// nodeSOAP is the directory that holds the npm package soap, put there once per machine.
var nodeSOAP = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "tundish-test", "node-soap-1.13.0")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "soap", "package.json")); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "soap@1.13.0")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install soap@1.13.0: %w: %s", err, out)
	}
	return dir, nil
})

// peer is a foreign stack.
type peer struct {
	name, script, apt string
	find              func(t *testing.T) []string // its command; skips the test when it is missing
}

var peers = []peer{
	{"zeep", "zeep_call.py", "python3-zeep", func(t *testing.T) []string {
		if err := exec.Command("/usr/bin/python3", "-c", "import zeep").Run(); err != nil {
			t.Skip("SKIPPED: zeep is missing; apt install python3-zeep")
		}
		return []string{"/usr/bin/python3"}
	}},
	{"PHP", "php_call.php", "php-soap", phpCommand},
	{"node", "node_call.js", "npm soap", nodeCommand},
}

func phpCommand(t *testing.T) []string {
	out, err := exec.Command("php", "-m").Output()
	if err != nil || !strings.Contains(string(out), "soap") {
		t.Skip("SKIPPED: PHP's SOAP extension is missing; apt install php-cli php-soap")
	}
	return []string{"php"}
}

func nodeCommand(t *testing.T) []string {
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("SKIPPED: npm is missing; apt install nodejs npm")
	}
	dir, err := nodeSOAP()
	if err != nil {
		t.Skipf("SKIPPED: the npm package soap is missing and cannot be installed: %v", err)
	}
	t.Setenv("NODE_PATH", filepath.Join(dir, "node_modules"))
	return []string{"node"}
}

func TestForeignStacksCallUs(t *testing.T) {
	if testing.Short() {
		t.Skip("starts interpreters")
	}
	for _, p := range peers {
		t.Run(p.name, func(t *testing.T) {
			command := p.find(t)
			for version, schemes := range map[string][]string{"1.1": {"none", "text", "digest"}, "1.2": {"basic"}} {
				for _, scheme := range schemes {
					if p.name == "PHP" && (scheme == "text" || scheme == "digest") {
						continue // ext/soap knows no WS-Security
					}
					t.Run(version+" "+scheme, func(t *testing.T) {
						f := serve(t, func(o *EndpointOptions) {
							o.Language = Chinese
							if scheme != "none" {
								o.Credentials = &Credentials{Basic: scheme == "basic", Text: scheme == "text", Digest: scheme == "digest", Password: users}
							}
						})
						f.h.do = func(_ context.Context, in *echo) (xml.Marshaler, error) {
							if in.Text == "refuse" {
								return nil, core.Fail(core.Conflict, "known", "Text", "no", "重复回写")
							}
							return &echo{Local: "EchoResponse", Text: in.Text, Times: in.Times}, nil
						}
						args := append(command[1:], filepath.Join("testdata", "peers", p.script), f.url, version, scheme)
						cmd := exec.CommandContext(t.Context(), command[0], args...)
						var errs strings.Builder
						cmd.Stderr = &errs
						raw, err := cmd.Output()
						if err != nil {
							t.Fatalf("%v\n%s%s", err, raw, errs.String())
						}
						var got struct {
							Text        string
							Times       any
							Fault, Code string
						}
						if err := json.Unmarshal(raw, &got); err != nil {
							t.Fatalf("%v: %s", err, raw)
						}
						if got.Text != "燃气表 𠮷 <&>" || fmt.Sprint(got.Times) != "0" {
							t.Errorf("%s reads the answer as %+v", p.name, got)
						}
						if !strings.HasPrefix(got.Fault, "Text：重复回写（关联号") || got.Code != "known" {
							t.Errorf("%s reads the fault as %+v", p.name, got)
						}
						f.log.last(t, 2)
						for i, e := range f.log.kept {
							if e.Version.String() != version || strings.Contains(string(f.log.in[i]), "secret") {
								t.Errorf("came as %s: %s", e.Version, f.log.in[i])
							}
						}
					})
				}
			}
		})
	}
}

// start runs a foreign server until the test ends.
func start(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	wsdl, err := filepath.Abs(filepath.Join("testdata", "echo.wsdl"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "ECHO_WSDL="+wsdl)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return bufio.NewReader(out)
}

func phpServer(t *testing.T) string {
	command := phpCommand(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cmd := exec.Command(command[0], "-d", "display_errors=0", "-S", address, filepath.Join("testdata", "peers", "php_server.php"))
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	// It says on stderr when it listens.
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "started") {
			go func() {
				for lines.Scan() {
				}
			}()
			return "http://" + address + "/x"
		}
	}
	t.Fatal("php -S did not start")
	return ""
}

func nodeServer(t *testing.T) string {
	command := nodeCommand(t)
	port, err := start(t, exec.Command(command[0], filepath.Join("testdata", "peers", "node_server.js"))).ReadString('\n')
	if err != nil {
		t.Fatalf("node did not start: %v", err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port) + "/x"
}

func TestWeCallForeignStacks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts interpreters")
	}
	for name, run := range map[string]func(*testing.T) string{"PHP": phpServer, "node": nodeServer} {
		t.Run(name, func(t *testing.T) {
			url := run(t)
			for _, charset := range []string{"UTF-8", "GBK", "UTF-16"} {
				if charset != "UTF-8" && name == "node" {
					continue // it reads UTF-8 only
				}
				c := client(t, url, func(o *ClientOptions) { o.Charset = charset })
				if out, err := c.echo(t.Context(), "燃气表 <&> 𠮷"); err != nil || out.Text != "燃气表 <&> 𠮷" || out.Times != 0 {
					t.Errorf("%s: %+v, %v", charset, out, err)
				}
			}
			c := client(t, url, nil)
			for text, want := range map[string]core.Kind{"refuse": core.Invalid, "own": core.Unavailable} {
				_, err := c.echo(t.Context(), text)
				f, ok := err.(*Fault)
				if !ok || core.KindOf(err) != want {
					t.Fatalf("%s: %v", text, err)
				}
				if text == "refuse" {
					if d, ok := f.Detail.(*orderFault); f.String != "重复回写" || !ok && name == "PHP" || ok && d.Code != "known" {
						t.Errorf("%+v, detail %s", f, f.RawDetail)
					}
				}
			}
			if _, err := c.echo(t.Context(), "die"); err == nil || core.KindOf(err) == core.Invalid {
				t.Errorf("an internal error: %v", err)
			}
		})
	}
}

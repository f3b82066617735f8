package config

import (
	cryptotls "crypto/tls"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/viper"

	"tundish/config/lang"
)

// EnvPrefix is what the environment variables of settings begin with: listen.address is TUNDISH_LISTEN_ADDRESS.
const EnvPrefix = "TUNDISH_"

// otherVariables begin with EnvPrefix and are no settings.
var otherVariables = []string{"TUNDISH_CONFIG", "TUNDISH_TEST_"}

// Override is a setting given on the command line. It goes before the environment, which goes before the file.
type Override struct {
	Key  string // listen.address
	Text string
	From string // what the person typed, for messages: "--listen"
}

var (
	unknownSetting = lang.NewMessage("unknown-setting", "there is no such setting", "没有对应的设置项")
	unknownZone    = lang.NewMessage("unknown-zone", "the time zone %q is not known", "时区 %q 不存在")
	hoursOrder     = lang.NewMessage("working-hours", "it begins before the span above it ends", "起点早于上一段的终点")
	badAddress     = lang.NewMessage("address", "%q is no address to listen on", "%q 不是有效的监听地址")
	halfTLS        = lang.NewMessage("tls", "%s is set without %s; TLS needs both", "设置了 %s 而未设置 %s；TLS 须两者齐备")
	badPair        = lang.NewMessage("tls", "the certificate or its key cannot be used: %v", "证书或私钥无法使用：%v")
	twoDSNs        = lang.NewMessage("dsn", "both dsn and dsn_file are given; keep one", "dsn 与 dsn_file 只能填一个")
	unknownDSN     = lang.NewMessage("dsn", "the store is neither sqlite:// nor sqlserver://", "数据库连接串须以 sqlite:// 或 sqlserver:// 开头")
	brokenDSN      = lang.NewMessage("dsn", "the DSN cannot be read: it needs a host and a database, and special characters of the password are written as %%XX", "数据库连接串有误：须有主机和库名，密码中的特殊字符须写成 %%XX")
	badBounds      = lang.NewMessage("bounds", "%s %v is not less than %s %v", "%s %v 不小于 %s %v")
	centreOutside  = lang.NewMessage("bounds", "the centre %v, %v lies outside the bounds", "中心点 %v, %v 不在范围之内")
	unusable       = lang.NewMessage("unusable", "%v", "%v")
	clockWithout   = lang.NewMessage("clock", "a speed other than 1 needs clock.origin", "倍速不为 1 时须设置 clock.origin")
)

var (
	hintZone    = lang.Text{En: "write a name of the tz database, such as Asia/Shanghai", Zh: "请写时区数据库中的名称，例如 Asia/Shanghai"}
	hintAddress = lang.Text{En: "write host:port, such as 127.0.0.1:8080", Zh: "请写 主机:端口，例如 127.0.0.1:8080"}
	hintDSN     = lang.Text{En: "write sqlite://var/tundish.db or sqlserver://user:password@host:1433?database=tundish", Zh: "请写 sqlite://var/tundish.db 或 sqlserver://用户:密码@主机:1433?database=tundish"}
	hintSwapped = lang.Text{En: "latitude and longitude look swapped", Zh: "经纬度似乎写反了"}
)

// Load reads the settings at path, merged with the environment (as [os.Environ] gives it) and with what was given on
// the command line. The error, if any, is a *[lang.Problems] with every mistake; the Config is never nil, so that a
// caller knows at least the language to complain in.
func Load(path string, env []string, overrides ...Override) (*Config, error) {
	var p lang.Problems
	c := load(&p, path, env, overrides)
	return c, p.Err()
}

func load(p *lang.Problems, path string, env []string, overrides []Override) *Config {
	c := &Config{File: path}
	before := p.Len()
	doc := lang.DecodeFile(p, path, c)
	if !doc.Has() && p.Len() > before {
		c.unread = true // what is wrong with the file is said; what follows from it need not be
		return c
	}
	if doc.Has("store", "dsn") && doc.Has("store", "dsn_file") {
		p.At(c.Store.DSNFile.At, twoDSNs)
	}
	c.merge(p, env, overrides)
	c.resolve(filepath.Dir(path))
	c.check(p)
	return c
}

// merge lets viper decide between the environment and the command line, and sets what it decided in c: only c knows the
// settings' types and the places of mistakes. What neither gives stays as the file has it, and so does what an empty
// variable would give.
func (c *Config) merge(p *lang.Problems, env []string, overrides []Override) {
	v := viper.New()
	settings := lang.Settings(c)
	keys := make(map[string]string, len(settings)) // by variable
	for _, s := range settings {
		keys[Variable(s.Path)] = s.Path
	}
	from := map[string]string{}
	given := map[string]any{}
	for _, entry := range env {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, EnvPrefix) || isOther(name) || text == "" {
			continue
		}
		key, known := keys[name]
		if !known {
			p.At(lang.Place(name), unknownSetting).Near(name, slices.Sorted(maps.Keys(keys)))
			continue
		}
		nest(given, strings.Split(key, "."), text)
		from[key] = name
	}
	if err := v.MergeConfigMap(given); err != nil {
		p.At(lang.Place(EnvPrefix+"*"), unusable, err)
	}
	for _, o := range overrides {
		if _, known := keys[Variable(o.Key)]; !known {
			p.At(lang.Place(o.From), unknownSetting).Near(o.Key, slices.Sorted(maps.Values(keys)))
			continue
		}
		if err := v.BindFlagValue(o.Key, flag{o}); err != nil {
			p.At(lang.Place(o.From), unusable, err)
		}
		from[o.Key] = o.From
	}
	for _, s := range settings {
		if source, ok := from[s.Path]; ok {
			lang.Set(p, lang.Place(source), c, s.Path, v.GetString(s.Path))
		}
	}
	if from["store.dsn"] != "" && from["store.dsn_file"] == "" { // what is nearer to the person counts
		c.Store.DSNFile.V = ""
	}
}

// nest puts a value under a path of keys.
func nest(into map[string]any, path []string, value string) {
	if len(path) == 1 {
		into[path[0]] = value
		return
	}
	inner, ok := into[path[0]].(map[string]any)
	if !ok {
		inner = map[string]any{}
		into[path[0]] = inner
	}
	nest(inner, path[1:], value)
}

// flag shows an Override to viper.
type flag struct{ o Override }

func (f flag) HasChanged() bool    { return true }
func (f flag) Name() string        { return f.o.From }
func (f flag) ValueString() string { return f.o.Text }
func (f flag) ValueType() string   { return "string" }

// Variable is the environment variable of a setting.
func Variable(key string) string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func isOther(name string) bool {
	for _, o := range otherVariables {
		if name == o || strings.HasSuffix(o, "_") && strings.HasPrefix(name, o) {
			return true
		}
	}
	return false
}

// resolve joins relative paths with the folder of the settings file.
func (c *Config) resolve(dir string) {
	d := &c.Dirs
	for _, path := range []*string{
		&d.Systems, &d.OrderTypes, &d.Jobs, &d.Calendar, &d.Mappings, &d.CodeTables, &d.Vocabulary, &d.References, &d.Channels, &d.Triggers, &d.Classification, &d.Roles, &d.Views, &d.Crews, &d.Districts,
		&c.Listen.TLS.CertFile.V, &c.Listen.TLS.KeyFile.V, &c.Store.DSNFile.V,
	} {
		if *path != "" {
			*path = within(dir, *path)
		}
	}
}

func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// check finds what the tags cannot say.
func (c *Config) check(p *lang.Problems) {
	c.Location = loadZone(p, c.Zone)
	if host, port, err := net.SplitHostPort(c.Listen.Address.V); err != nil || !isPort(port) || strings.ContainsAny(host, "/ ") {
		p.At(c.Listen.Address.At, badAddress, c.Listen.Address.V).Hint(hintAddress)
	}
	switch tls := &c.Listen.TLS; {
	case tls.CertFile.V != "" && tls.KeyFile.V == "":
		p.At(tls.CertFile.At, halfTLS, "cert_file", "key_file")
	case tls.CertFile.V == "" && tls.KeyFile.V != "":
		p.At(tls.KeyFile.At, halfTLS, "key_file", "cert_file")
	case tls.CertFile.V != "":
		if _, err := cryptotls.LoadX509KeyPair(tls.CertFile.V, tls.KeyFile.V); err != nil {
			p.At(tls.CertFile.At, badPair, err)
		}
	}
	for i, h := range c.Hours {
		if i > 0 && h.V.Start < c.Hours[i-1].V.End && h.V != (Span{}) {
			p.At(h.At, hoursOrder)
		}
	}
	if c.Attachments.Size.V > mostAttached {
		p.At(c.Attachments.Size.At, tooLarge, c.Attachments.Size.V, mostAttached)
	}
	c.Dispatch.Travel.check(p)
	c.Store.check(p)
	c.ServiceArea.check(p)
	if c.Clock.Speed.V != 1 && c.Clock.Origin.IsZero() {
		p.At(c.Clock.Speed.At, clockWithout)
	}
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 0 && n <= 65535
}

func loadZone(p *lang.Problems, zone lang.Value[string]) *time.Location {
	l, err := time.LoadLocation(zone.V)
	if err != nil || zone.V == "" || zone.V == "Local" { // Local would change with the machine
		p.At(zone.At, unknownZone, zone.V).Hint(hintZone)
		return time.UTC
	}
	return l
}

func (s *Store) check(p *lang.Problems) {
	if s.DSNFile.V != "" {
		text, err := ReadSecret(s.DSNFile.V)
		if err != nil {
			p.At(s.DSNFile.At, unusable, Explain(err))
			return
		}
		s.DSN = lang.Value[string]{V: text, At: s.DSNFile.At}
	}
	switch {
	case strings.HasPrefix(s.DSN.V, "sqlite://"):
	case strings.HasPrefix(s.DSN.V, "sqlserver://"):
		// The reason is not repeated: it would quote the password.
		if u, err := url.Parse(s.DSN.V); err != nil || u.Hostname() == "" || u.Query().Get("database") == "" {
			p.At(s.DSN.At, brokenDSN).Hint(hintDSN)
		}
	default:
		p.At(s.DSN.At, unknownDSN).Hint(hintDSN)
	}
}

func (a *ServiceArea) check(p *lang.Problems) {
	b := &a.Bounds
	ok := true
	for _, pair := range []struct {
		low, high         *lang.Value[float64]
		lowName, highName string
	}{{&b.South, &b.North, "south", "north"}, {&b.West, &b.East, "west", "east"}} {
		if pair.low.V >= pair.high.V {
			p.At(pair.low.At, badBounds, pair.lowName, pair.low.V, pair.highName, pair.high.V)
			ok = false
		}
	}
	if !ok { // everything would lie outside
		b.South.V, b.West.V, b.North.V, b.East.V = -90, -180, 90, 180
	}
	if lat, lon := a.Centre.Lat, a.Centre.Lon; !b.Contains(lat.V, lon.V) {
		one := p.At(lat.At, centreOutside, lat.V, lon.V)
		if b.Contains(lon.V, lat.V) {
			one.Hint(hintSwapped)
		}
	}
}

// ReadSecret reads a file that holds one secret: its content without the line end.
func ReadSecret(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", noFile(path, err)
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", bilingual{
			"the file " + strconv.Quote(path) + " should hold one line with the secret",
			"文件 " + strconv.Quote(path) + " 应只有一行，即该机密内容",
		}
	}
	return text, nil
}

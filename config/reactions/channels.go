package reactions

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tundish/config"
	"tundish/config/lang"
	"tundish/core"
)

// ChannelsSchema is the name of the JSON Schema of channels.yaml.
const ChannelsSchema = "channels.json"

// ChannelsFile is config/channels.yaml.
type ChannelsFile struct {
	TellCrews bool      `yaml:"tell_crews" lang:"default=true" en:"Whether a crew is told at once of work that it gets or that is taken from it." zh:"班组得到或被撤回工单时是否立即告知。"`
	Channels  []Channel `yaml:"channels" en:"How people and programs are reached; the event stream of consoles and phones is always there." zh:"通知人员和程序的渠道；控制台和手机的事件流始终可用。"`
}

// Channel is one way to reach people, or a program.
type Channel struct {
	Name    lang.Value[string]   `yaml:"name" lang:"required,pattern='[a-z][a-z0-9-]{0,27}'" en:"Its name, by which order types call it." zh:"名称，供工单类型引用。"`
	Kind    string               `yaml:"kind" lang:"required,oneof=webhook|wecom|dingtalk|sms" en:"webhook: a program's address, JSON; wecom, dingtalk: a robot of a group; sms: a provider's HTTP gateway." zh:"webhook 程序地址（JSON）；wecom、dingtalk 群机器人；sms 短信网关（HTTP）。"`
	URL     lang.Value[string]   `yaml:"url" en:"Its address." zh:"地址。"`
	URLFile lang.Value[string]   `yaml:"url_file" en:"File that holds the address in one line, relative to the settings file: that of a robot is a secret." zh:"存放地址的文件（一行），相对于设置文件；机器人地址属于机密。"`
	Secret  Secret               `yaml:"secret" en:"What proves that a call is the hub's: the key of a webhook's signature, the secret of a DingTalk robot 加签, or {secret} of an SMS form." zh:"证明调用来自本系统：webhook 的签名密钥、钉钉机器人的加签密钥，或短信表单中的 {secret}。"`
	Header  string               `yaml:"header" lang:"pattern='[A-Za-z][A-Za-z0-9-]{0,63}'" en:"Webhook: header that carries the secret itself instead of a signature." zh:"webhook：用该请求头直接携带密钥，代替签名。"`
	Hears   []lang.Value[string] `yaml:"hears" en:"Roles whose notices it carries; crew: what crews are told; trouble: what is wrong in the house itself. Absent: it is called by its name only." zh:"传送哪些角色的通知；crew：告知班组的内容；trouble：系统自身的异常。不填则只按名称调用。"`
	Depots  []lang.Value[string] `yaml:"depots" en:"Only of orders of these depots; absent: of all." zh:"仅这些站点的工单；不填为全部。"`
	Urgency []lang.Value[string] `yaml:"urgency" lang:"oneof=emergency|urgent|normal" en:"Only of orders of these urgencies; absent: of all." zh:"仅这些紧急程度的工单；不填为全部。"`
	Phones  lang.Map[Phones]     `yaml:"phones" en:"SMS, or people that a robot mentions: role: [numbers]. Of crews it is the crew's own number." zh:"短信号码或机器人 @ 的人员，角色: [号码]；班组用其自身号码。"`
	Lang    lang.Lang            `yaml:"lang" en:"Language of what it says; absent: that of the settings." zh:"所用语言；不填则与设置相同。"`
	Gap     *time.Duration       `yaml:"gap" lang:"max=10m" en:"Least time between two messages; what comes meanwhile goes together. Absent: 3s for robots, which take some twenty a minute, else 0." zh:"两条消息的最短间隔，其间的内容合并发送；不填：机器人 3s（约每分钟 20 条），其他为 0。"`
	Repeat  time.Duration        `yaml:"repeat" lang:"default=10m,max=1d" en:"How long the same alert is not said again." zh:"相同告警在多久内不重复发送。"`
	Timeout time.Duration        `yaml:"timeout" lang:"default=10s,min=100ms,max=2m" en:"How long one call may take." zh:"一次调用的最长时间。"`
	Backoff time.Duration        `yaml:"backoff" lang:"default=2s,min=10ms,max=1h" en:"Delay before the second try; it doubles with each, up to ten minutes." zh:"首次重试前的等待，之后逐次加倍，至多十分钟。"`
	CAFile  lang.Value[string]   `yaml:"ca_file" en:"Further certificates to trust, PEM, relative to the settings file." zh:"另外信任的证书（PEM），相对于设置文件。"`
	SMS     *SMS                 `yaml:"sms" en:"Form of an SMS gateway." zh:"短信网关的表单。"`

	address string
}

// Phones are numbers.
type Phones []lang.Value[string]

// Secret stands in a file of its own or in the environment.
type Secret struct {
	File lang.Value[string] `yaml:"file" lang:"shorthand" en:"File that holds it in one line, relative to the settings file." zh:"存放密钥的文件（一行），相对于设置文件。"`
	Env  lang.Value[string] `yaml:"env" lang:"pattern='[A-Za-z_][A-Za-z0-9_]*'" en:"Environment variable that holds it." zh:"存放密钥的环境变量。"`

	text string
}

// SMS says how a provider's gateway wants to be called.
type SMS struct {
	Method    string           `yaml:"method" lang:"default=POST,oneof=POST|GET" en:"HTTP method." zh:"HTTP 方法。"`
	Form      string           `yaml:"form" lang:"default=form,oneof=form|json|query" en:"How the fields are sent: as a form, as JSON, or in the address." zh:"字段的发送方式：表单、JSON 或地址参数。"`
	Fields    lang.Map[string] `yaml:"fields" lang:"required,min=1" en:"Fields and their texts, which may hold {phones}, {text}, {order}, {type}, {urgency}, {address}, {id}, {secret}." zh:"字段及其内容，可含 {phones}、{text}、{order}、{type}、{urgency}、{address}、{id}、{secret}。"`
	Separator string           `yaml:"separator" lang:"default=','" en:"What stands between several numbers." zh:"多个号码之间的分隔符。"`
	OK        string           `yaml:"ok" en:"What an answer holds that says yes; absent: any HTTP 2xx." zh:"成功应答中应含的文字；不填：任何 HTTP 2xx。"`
	Text      string           `yaml:"text" lang:"max=500" en:"The message: {notice}, {order}, {type}, {urgency}, {address}, {id}; absent: all of it in one line." zh:"短信内容：{notice}、{order}、{type}、{urgency}、{address}、{id}；不填为一行完整内容。"`
}

// Trouble in hears means what is wrong in the house itself.
const Trouble = "trouble"

var (
	twice       = lang.NewMessage("duplicate", "%q is given twice, first at %v", "%q 重复，首次在 %v")
	oneAddress  = lang.NewMessage("url", "a channel needs url or url_file, and not both", "渠道须填写 url 或 url_file 之一")
	badAddress  = lang.NewMessage("url", "%q is no address of http or https", "%q 不是有效的 http 或 https 地址")
	badFile     = lang.NewMessage("url", "the file %q holds no address of http or https", "文件 %q 中没有有效的 http 或 https 地址")
	unusable    = lang.NewMessage("unusable", "%v", "%v")
	unset       = lang.NewMessage("unusable", "the environment variable %s is not set", "未设置环境变量 %s")
	secretTwice = lang.NewMessage("credentials", "both file and env are given; keep one", "file 与 env 只能填一个")
	noUse       = lang.NewMessage("channel", "a channel of kind %s has no use for %q", "%s 类渠道不应填写 %q")
	needs       = lang.NewMessage("channel", "a channel of kind %s needs %q", "%s 类渠道须填写 %q")
	unknownRole = lang.NewMessage("unknown-role", "there is no role %q", "没有角色 %q")
	noNumber    = lang.NewMessage("channel", "%q is no telephone number", "%q 不是电话号码")
)

// ReadChannels reads the file at path and adds its mistakes to p. roles are those of the house; secrets are looked
// for beside the settings file and in env.
func ReadChannels(p *lang.Problems, path, settings string, env []string, roles []string) *ChannelsFile {
	f := &ChannelsFile{TellCrews: true}
	if absent(path) {
		return f
	}
	lang.DecodeFile(p, path, f)
	seen := map[string]lang.Pos{}
	hears := append(slices.Clone(roles), string(core.RoleCrew), Trouble)
	slices.Sort(hears)
	hears = slices.Compact(hears)
	for i := range f.Channels {
		c := &f.Channels[i]
		if first, there := seen[c.Name.V]; there && c.Name.V != "" {
			p.At(c.Name.At, twice, c.Name.V, first)
		} else {
			seen[c.Name.V] = c.Name.At
		}
		c.check(p, hears, filepath.Dir(settings), env)
	}
	return f
}

func absent(path string) bool {
	_, err := os.Stat(path)
	return os.IsNotExist(err)
}

func (c *Channel) check(p *lang.Problems, hears []string, dir string, env []string) {
	c.resolve(p, dir, env)
	role := func(v lang.Value[string]) {
		if !slices.Contains(hears, v.V) {
			p.At(v.At, unknownRole, v.V).Expected(hears...).Near(v.V, hears)
		}
	}
	for _, h := range c.Hears {
		role(h)
	}
	for _, e := range c.Phones {
		role(lang.Value[string]{V: e.Key, At: e.At})
		for _, n := range e.V {
			if strings.Trim(n.V, "+0123456789-") != "" || len(n.V) < 3 {
				p.At(n.At, noNumber, n.V)
			}
		}
	}
	for _, x := range []struct {
		key          string
		said, needed bool
		kinds        string
	}{
		{"sms", c.SMS != nil, c.Kind == "sms", "sms"},
		{"header", c.Header != "", false, "webhook"},
		{"secret", c.Secret.text != "", c.Header != "" && c.Kind == "webhook", "webhook dingtalk sms"},
		{"phones", len(c.Phones) > 0, false, "wecom dingtalk sms"},
	} {
		switch of := slices.Contains(strings.Fields(x.kinds), c.Kind); {
		case c.Kind == "": // said already
		case x.said && !of:
			p.At(c.Name.At, noUse, c.Kind, x.key)
		case x.needed && !x.said && c.Secret.File.V == "" && c.Secret.Env.V == "":
			p.At(c.Name.At, needs, c.Kind, x.key)
		}
	}
}

// resolve fetches address and secret. Neither is repeated in a message.
func (c *Channel) resolve(p *lang.Problems, dir string, env []string) {
	c.CAFile.V = beside(dir, c.CAFile.V)
	switch {
	case (c.URL.V == "") == (c.URLFile.V == ""):
		p.At(c.Name.At, oneAddress)
	case c.URL.V != "":
		if c.address = c.URL.V; !isAddress(c.URL.V) {
			p.At(c.URL.At, badAddress, c.URL.V)
		}
	default:
		text, err := config.ReadSecret(beside(dir, c.URLFile.V))
		switch {
		case err != nil:
			p.At(c.URLFile.At, unusable, config.Explain(err))
		case !isAddress(text):
			p.At(c.URLFile.At, badFile, c.URLFile.V)
		}
		c.address = text
	}
	switch s := &c.Secret; {
	case s.File.V != "" && s.Env.V != "":
		p.At(s.Env.At, secretTwice)
	case s.File.V != "":
		text, err := config.ReadSecret(beside(dir, s.File.V))
		if err != nil {
			p.At(s.File.At, unusable, config.Explain(err))
		}
		s.text = text
	case s.Env.V != "":
		for _, entry := range env {
			if name, text, _ := strings.Cut(entry, "="); name == s.Env.V {
				s.text = text
			}
		}
		if s.text == "" {
			p.At(s.Env.At, unset, s.Env.V)
		}
	}
}

func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// Address is where its messages go; it may hold a key.
func (c *Channel) Address() string { return c.address }

// Password is its secret; empty where it has none.
func (c *Channel) Password() string { return c.Secret.text }

// Least is the time between two messages.
func (c *Channel) Least() time.Duration {
	switch {
	case c.Gap != nil:
		return *c.Gap
	case c.Kind == "wecom" || c.Kind == "dingtalk":
		return 3 * time.Second
	}
	return 0
}

// Carries tells whether a notice about the order goes by this channel.
func (c *Channel) Carries(o *core.WorkOrder, what *core.Reaction) bool {
	has := func(list []lang.Value[string], s string) bool {
		return slices.ContainsFunc(list, func(v lang.Value[string]) bool { return v.V == s })
	}
	if len(c.Urgency) > 0 && !has(c.Urgency, string(o.Urgency)) || len(c.Depots) > 0 && !has(c.Depots, o.Place.Depot) {
		return false
	}
	return what.Trouble && has(c.Hears, Trouble) || slices.ContainsFunc(what.To, func(to string) bool { return has(c.Hears, to) })
}

// Of finds the channels of a notice by their names.
func (f *ChannelsFile) Of(o *core.WorkOrder, what *core.Reaction) []string {
	var names []string
	for i := range f.Channels {
		if c := &f.Channels[i]; c.Carries(o, what) {
			names = append(names, c.Name.V)
		}
	}
	return names
}

// Hear tells whether the channel carries what is told to a role.
func (c *Channel) Hear(role string) bool {
	return slices.ContainsFunc(c.Hears, func(v lang.Value[string]) bool { return v.V == role })
}

// Names lists the channels.
func (f *ChannelsFile) Names() []string {
	names := make([]string, len(f.Channels))
	for i := range f.Channels {
		names[i] = f.Channels[i].Name.V
	}
	return names
}

// SchemaOfChannels is the file's JSON Schema.
func SchemaOfChannels() []byte {
	return lang.Schema(ChannelsFile{}, ChannelsSchema, lang.Text{En: "How people and programs are reached.", Zh: "通知渠道。"})
}

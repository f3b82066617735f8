package config

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"tundish/config/codes"
	"tundish/config/lang"
)

// System is config/systems/<id>.yaml: one connected system.
type System struct {
	ID          lang.Value[string]   `yaml:"id" lang:"required,pattern='[a-z][a-z0-9_-]{0,39}'" en:"Its id, the same as the file's name; it is served at /soap/<id>." zh:"系统标识，与文件名相同；接口地址为 /soap/<标识>。"`
	Name        Name                 `yaml:"name" lang:"required" en:"What people call it." zh:"系统名称。"`
	Contract    lang.Value[string]   `yaml:"contract" lang:"required,oneof=hotline|billing|newconnection|gis|mapping" en:"The contract it speaks; mapping: its own, as a mapping says." zh:"所用的接口契约；mapping：使用对方自己的接口，由映射说明。"`
	Mapping     lang.Value[string]   `yaml:"mapping" lang:"pattern='[a-z][a-z0-9-]*'" en:"Name of the mapping that says what its own contract means, with contract: mapping." zh:"contract: mapping 时，说明对方接口含义的映射名称。"`
	Path        []lang.Value[string] `yaml:"path" lang:"pattern='/[^\\s?#]+'" en:"Further paths that it is served at, such as /WebService/Hotline.asmx: the address that it has always called." zh:"另外提供服务的路径，如 /WebService/Hotline.asmx，即对方一直调用的地址。"`
	Mode        string               `yaml:"mode" lang:"required,oneof=live|shadow" en:"live: orders are written back. shadow: received and worked on, never written back." zh:"live：正常回写；shadow：只接收，不回写。"`
	URL         lang.Value[string]   `yaml:"url" en:"Address of its own SOAP endpoint, which the hub calls. Only a mapped system that is never called goes without." zh:"该系统自己的 SOAP 地址，由本系统调用；只有从不被调用的映射系统可不填。"`
	SOAP        string               `yaml:"soap" lang:"default=1.1,oneof=1.1|1.2" en:"SOAP version of the hub's calls; callers may use either." zh:"本系统调用时的 SOAP 版本；对方调用时两种均可。"`
	Charset     Charset              `yaml:"charset" en:"Encodings of messages; one name alone is that of the hub's calls." zh:"报文编码；只写一个名称时为本系统调用所用编码。"`
	Zone        lang.Value[string]   `yaml:"zone" en:"Time zone of times without one; absent: the hub's." zh:"不带时区的时间所属时区；不填则同本系统。"`
	Lang        lang.Lang            `yaml:"lang" en:"Language of faults; absent: the hub's." zh:"错误信息的语言；不填则同本系统。"`
	Coordinates string               `yaml:"coordinates" lang:"default=WGS84" en:"Reference system of coordinates that name none, and of those written back: WGS84, CGCS2000, GCJ02, BD09; a mapped system may name one of references.yaml." zh:"未注明坐标系的坐标所属坐标系，也用于回写：WGS84、CGCS2000、GCJ02、BD09；使用映射的系统可用 references.yaml 中的坐标系。"`
	Channel     string               `yaml:"channel" lang:"max=60" en:"Channel of orders that name none: phone, web, app, counter, email, 12345, crew, patrol, batch." zh:"未注明渠道的工单所用渠道：phone、web、app、counter、email、12345、crew、patrol、batch。"`
	RefPeriod   string               `yaml:"ref_period" lang:"default=none,oneof=none|year" en:"year: order numbers begin anew every year, so an order without RefPeriod is of the year it was registered in." zh:"year：编号每年重编，未带 RefPeriod 的工单按登记年份区分。"`
	ResultsOnly bool                 `yaml:"results_only" lang:"default=false" en:"Only results and returns are written back, no statuses." zh:"只回写结果和退单，不回写状态。"`
	Classify    lang.Value[string]   `yaml:"classify" lang:"default=never,oneof=never|missing|always" en:"What classification.yaml does to its orders. missing: category, type, urgency, depot and team that they leave out are filled in; always: the table goes before what they say." zh:"是否按 classification.yaml 分类。missing：补全未填的类别、类型、紧急程度、站点和坐席组；always：以分类表为准。"`
	Credentials Credentials          `yaml:"credentials" en:"Who it proves to be, and who the hub proves to be." zh:"双方的身份验证。"`
	Secrets     lang.Map[Secret]     `yaml:"secrets" en:"Secrets that its mapping sends in elements of the system's own, by the names that the mapping calls them." zh:"映射在对方自有元素中发送的机密，按映射中的名称。"`
	Codes       Codes                `yaml:"codes" en:"Its codes and the house's, a table per kind of code." zh:"该系统代码与本系统代码的对照，每类一张表。"`
	WriteBack   WriteBack            `yaml:"write_back" en:"How results are written back to it." zh:"回写方式。"`
	Limits      Limits               `yaml:"limits" en:"Bounds of its messages; what is absent is as in intake of the settings." zh:"报文限制；未填者同设置中的 intake。"`

	channelAt, coordinatesAt lang.Pos
	// Reference is Coordinates where the file says so itself, else empty.
	Reference string `yaml:"-"`

	// Location is Zone, or the hub's where that is empty, loaded.
	Location *time.Location `yaml:"-"`
	// File it was read from.
	File string `yaml:"-"`
}

// Name is a name in both languages.
type Name struct {
	EN string `yaml:"en" lang:"required,min=1,max=200" en:"In English." zh:"英文。"`
	ZH string `yaml:"zh" lang:"required,min=1,max=200" en:"In Chinese." zh:"中文。"`
}

// In chooses the language.
func (n Name) In(l lang.Lang) string { return lang.Text{En: n.EN, Zh: n.ZH}.In(l) }

// Charset names encodings as IANA does.
type Charset struct {
	Out    string `yaml:"out" lang:"default=UTF-8,oneof=UTF-8|GBK|GB2312|GB18030|UTF-16,shorthand" en:"Of the hub's calls." zh:"本系统调用时的编码。"`
	Assume string `yaml:"assume" lang:"oneof=UTF-8|GBK|GB2312|GB18030|UTF-16" en:"Of messages whose Content-Type names none; absent: found by the message itself." zh:"来报文 Content-Type 未注明时的编码；不填则由报文自身判定。"`
	Answer string `yaml:"answer" lang:"oneof=UTF-8|GBK|GB2312|GB18030|UTF-16" en:"Of answers; absent: the caller's own." zh:"应答的编码；不填则与来报文相同。"`
}

// Credentials of both directions.
type Credentials struct {
	In  CredentialsIn  `yaml:"in" en:"What its callers must show." zh:"对方调用时须出示的凭据。"`
	Out CredentialsOut `yaml:"out" en:"What the hub shows when it calls." zh:"本系统调用时出示的凭据。"`
}

// CredentialsIn says what callers must show. An empty Accept asks for nothing and is only allowed while the hub
// listens on loopback; none says the same in so many words and is allowed anywhere.
type CredentialsIn struct {
	Accept     []lang.Value[string] `yaml:"accept" lang:"oneof=none|basic|text|digest" en:"Ways to prove it: HTTP basic, WS-Security UsernameToken as text or digest; none must be written unless the hub listens on loopback." zh:"验证方式：HTTP basic、WS-Security UsernameToken 明文 text 或摘要 digest；除本机监听外，不验证须写 none。"`
	User       lang.Value[string]   `yaml:"user" en:"User name." zh:"用户名。"`
	Secret     `yaml:",inline"`
	BareDigest bool          `yaml:"bare_digest" lang:"default=false" en:"Take digests without Nonce or Created, as old stacks send them; they can be replayed." zh:"接受没有 Nonce 或 Created 的摘要（旧系统）；存在重放风险。"`
	Freshness  time.Duration `yaml:"freshness" lang:"default=5m,min=1s,max=1d" en:"How far the Created of a digest may lie from the hub's clock." zh:"摘要中 Created 与本系统时钟允许的偏差。"`
}

// CredentialsOut says what the hub shows when it calls.
type CredentialsOut struct {
	Send   string             `yaml:"send" lang:"default=none,oneof=none|basic|text|digest" en:"Way to prove it." zh:"验证方式。"`
	User   lang.Value[string] `yaml:"user" en:"User name." zh:"用户名。"`
	Secret `yaml:",inline"`
}

// Secret is a password that stands in a file of its own or in the environment, never in the YAML.
type Secret struct {
	PasswordFile lang.Value[string] `yaml:"password_file" en:"File that holds the password in one line, relative to the settings file." zh:"存放密码的文件（一行），相对于设置文件。"`
	PasswordEnv  lang.Value[string] `yaml:"password_env" lang:"pattern='[A-Za-z_][A-Za-z0-9_]*'" en:"Environment variable that holds the password." zh:"存放密码的环境变量。"`
	Plain        lang.Value[string] `yaml:"password" lang:"secret" en:"Refused: a password does not stand in this file." zh:"不接受：密码不得写在本文件中。"`

	// Password is what was found there.
	Password string `yaml:"-"`
}

// Codes are the code tables of a system. The keys of a table are the system's codes, the values the house's.
type Codes struct {
	Type        CodeTable `yaml:"type" en:"Order types." zh:"工单类型。"`
	Category    CodeTable `yaml:"category" en:"Categories of reports." zh:"反映类别。"`
	SubCategory CodeTable `yaml:"sub_category" en:"Sub-categories of reports." zh:"反映子类。"`
	Urgency     CodeTable `yaml:"urgency" en:"Urgency: emergency, urgent, normal." zh:"紧急程度：emergency、urgent、normal。"`
	Channel     CodeTable `yaml:"channel" en:"Channels." zh:"渠道。"`
	Status      CodeTable `yaml:"status" en:"Statuses that are written back." zh:"回写的状态。"`
	Tariff      CodeTable `yaml:"tariff" en:"Tariff classes." zh:"用水性质。"`
	MeterState  CodeTable `yaml:"meter_state" en:"States in which a meter is found." zh:"抄表状态。"`
	Reason      CodeTable `yaml:"reason" en:"Reasons, written back, why work could not be done." zh:"回写的无法完成原因。"`
}

// CodeTable relates the codes of a system to those of the house. Codes are compared character by character.
type CodeTable struct {
	Table    lang.Value[string]           `yaml:"table" en:"Name of a file in dirs.codetables that holds the table, instead of the keys below. A table of categories whose codes have two levels may stand for category and sub_category alike." zh:"存放代码表的文件（在 dirs.codetables 中）名称，替代以下各键。两级的反映类别代码表可同时用于 category 与 sub_category。"`
	Unmapped lang.Value[string]           `yaml:"unmapped" lang:"default=keep,oneof=refuse|default|keep" en:"What becomes of a code that is not in the table: refuse the message, use default, or keep the code as it is." zh:"表中没有的代码：refuse 拒收、default 用默认值、keep 原样保留。"`
	Default  lang.Value[string]           `yaml:"default" en:"The house's code for those that are not in the table." zh:"表中没有的代码所用的本系统代码。"`
	Map      lang.Map[lang.Value[string]] `yaml:"map" en:"Its code: the house's code. Written back is the first of several." zh:"该系统代码: 本系统代码。回写时用最先列出的。"`

	// Shared is what Table names, once everything is read.
	Shared *codes.Table `yaml:"-"`
}

// WriteBack says how results reach a system. Durations are real time.
type WriteBack struct {
	Concurrency int           `yaml:"concurrency" lang:"default=8,min=1,max=256" en:"How many calls write back at once, at most. Fewer while the system is overloaded or much slower than lately." zh:"同时回写的最大调用数；对方过载或明显变慢时自动减少。"`
	Timeout     time.Duration `yaml:"timeout" lang:"default=30s,min=100ms,max=10m" en:"How long one call may take." zh:"一次调用的最长时间。"`
	Backoff     time.Duration `yaml:"backoff" lang:"default=2s,min=10ms,max=1h" en:"Delay before the second try; it doubles with each." zh:"首次重试前的等待，之后逐次加倍。"`
	BackoffMax  time.Duration `yaml:"backoff_max" lang:"default=10m,min=10ms,max=1d" en:"The longest delay between tries." zh:"重试间隔上限。"`
	OnUnknown   string        `yaml:"on_unknown" lang:"default=ask,oneof=ask|resend|park" en:"After a time-out: ask GetWriteBackStatus, send again (the target must know repeats by MessageId), or leave it to a person." zh:"超时后：ask 先查询回写状态；resend 重发（对方须按 MessageId 识别重复）；park 留给人工。"`
	BreakAfter  int           `yaml:"break_after" lang:"default=5,min=1,max=1000" en:"After so many failures in a row it is left alone for a while." zh:"连续失败多少次后暂停。"`
	BreakFor    time.Duration `yaml:"break_for" lang:"default=15s,min=10ms,max=1d" en:"How long it is left alone." zh:"暂停多久。"`
	Quiet       Quiet         `yaml:"quiet" en:"When nothing is written back, without alarm: month-end closing." zh:"静默时段：期间不回写，也不告警，例如月末结账。"`
}

// Limits bound the messages of one system. After [Open] no field is zero.
type Limits struct {
	Body     Size          `yaml:"body" en:"The largest message, counted after decompression." zh:"报文最大长度，按解压后计。"`
	ReadTime time.Duration `yaml:"read_time" lang:"max=10m" en:"How long receiving one message may take." zh:"接收一条报文的最长时间。"`
	CallTime time.Duration `yaml:"call_time" lang:"max=10m" en:"How long working on one message may take." zh:"处理一条报文的最长时间。"`
	// Answer and AnswerTime bound what it answers when the hub pulls from it.
	Answer     Size          `yaml:"answer" lang:"default=256MiB" en:"The longest answer to a pull of a mapped system, counted after decompression; a document inside a string has at most 32 MiB." zh:"映射系统拉取应答的最大长度，按解压后计；字符串中的内嵌文档最多 32 MiB。"`
	AnswerTime time.Duration `yaml:"answer_time" lang:"default=10m,min=1s,max=1h" en:"How long answering a pull of a mapped system may take, to the last byte." zh:"映射系统拉取应答的最长时间，计至最后一个字节。"`
}

var (
	wrongID       = lang.NewMessage("file-name", "the id %q is not the file's name %q", "标识 %q 与文件名 %q 不一致")
	needMapping   = lang.NewMessage("mapping", "contract: mapping needs the name of a mapping", "contract: mapping 须填写映射名称")
	idleMapping   = lang.NewMessage("mapping", "mapping counts only with contract: mapping; this system speaks %s", "只有 contract: mapping 时 mapping 才有效；该系统使用契约 %s")
	needURL       = lang.NewMessage("required", "the key \"url\" is missing", "缺少字段 url")
	ownPath       = lang.NewMessage("path", "%q is the hub's own", "%q 为本系统自用路径")
	takenPath     = lang.NewMessage("path", "%q is served for %s already", "%q 已用于 %s")
	badURL        = lang.NewMessage("url", "%q is no address of an endpoint", "%q 不是有效的接口地址")
	passwordInURL = lang.NewMessage("url", "the address holds a user or a password (the line is not shown)", "地址中含有用户名或密码（该行不予显示）")
	openDoor      = lang.NewMessage("credentials", "the hub listens on %s, where others can reach it, and asks callers of %s for nothing", "本系统监听 %s，外部可达，却不要求 %s 的调用方验证身份")
	noneAndMore   = lang.NewMessage("credentials", "none stands beside other ways; with it they ask for nothing", "none 与其他方式并列时等于不验证")
	needUser      = lang.NewMessage("credentials", "%s needs a user", "%s 须填写 user")
	needPassword  = lang.NewMessage("credentials", "%s needs password_file or password_env", "%s 须填写 password_file 或 password_env")
	plainPassword = lang.NewMessage("credentials", "a password does not stand in this file", "密码不得写在本文件中")
	twoPasswords  = lang.NewMessage("credentials", "both password_file and password_env are given; keep one", "password_file 与 password_env 只能填一个")
	shortSecret   = lang.NewMessage("credentials", "the secret %q has fewer than %d characters: cutting it out of kept messages would cut out more", "机密 %q 不足 %d 个字符：从报文日志中去除它会误去其他内容")
	emptyVariable = lang.NewMessage("unusable", "the environment variable %s is not set", "未设置环境变量 %s")
	noDefault     = lang.NewMessage("code-table", "unmapped: default needs a default", "unmapped: default 须同时填写 default")
	idleDefault   = lang.NewMessage("code-table", "default counts only with unmapped: default", "只有 unmapped: default 时 default 才有效")
	longBackoff   = lang.NewMessage("backoff", "backoff %v is longer than backoff_max %v", "backoff %v 大于 backoff_max %v")
)

var (
	hintURL      = lang.Text{En: "write it whole, such as http://10.0.0.5:8080/soap/billing", Zh: "请写完整地址，例如 http://10.0.0.5:8080/soap/billing"}
	hintURLUser  = lang.Text{En: "write credentials.out instead", Zh: "请改写在 credentials.out 中"}
	hintAccept   = lang.Text{En: "name credentials.in.accept: [digest], or write accept: [none] if that is meant", Zh: "请设置 credentials.in.accept: [digest]；确实不验证时请写 accept: [none]"}
	hintPlain    = lang.Text{En: "name a file with password_file, or a variable with password_env", Zh: "请用 password_file 指定文件，或用 password_env 指定环境变量"}
	hintFileName = lang.Text{En: "rename one of them", Zh: "请统一两者"}
)

// shortestSecret that can be cut out of messages by its text alone.
const shortestSecret = 4

// LoadSystems reads every system of c.Dirs.Systems, in the order of their ids.
func LoadSystems(p *lang.Problems, c *Config, env []string) []System {
	var list []System
	for _, f := range folder(p, c.Dirs.Systems) {
		s := System{File: f.path}
		s.check(p, c, f.stem, env, lang.DecodeFile(p, f.path, &s))
		list = append(list, s)
	}
	checkTaken(p, list)
	return list
}

func (s *System) check(p *lang.Problems, c *Config, stem string, env []string, doc *lang.Document) {
	if s.ID.V != "" && s.ID.V != stem {
		p.At(s.ID.At, wrongID, s.ID.V, stem).Hint(hintFileName)
	}
	s.ID.V = stem // whatever is wrong with the file, it is that system's: nobody else needs to miss it
	if !doc.Has() {
		return // it could not be parsed
	}
	s.Location = c.Location
	if s.Zone.V != "" {
		s.Location = loadZone(p, s.Zone)
	}
	if s.Lang == "" {
		s.Lang = c.Lang
	}
	switch mapped := s.Contract.V == "mapping"; {
	case mapped && s.Mapping.V == "":
		p.At(s.Contract.At, needMapping)
	case !mapped && s.Mapping.V != "":
		p.At(s.Mapping.At, idleMapping, s.Contract.V)
	case !mapped && s.URL.V == "":
		p.At(s.ID.At, needURL)
	}
	s.checkURL(p)
	s.checkPaths(p)
	s.Credentials.check(p, s, c, env, doc)
	for i := range s.Secrets {
		e := &s.Secrets[i]
		if e.V.PasswordFile.V == "" && e.V.PasswordEnv.V == "" && e.V.Plain.V == "" {
			p.At(e.At, needPassword, e.Key)
		}
		e.V.resolve(p, c.dir(), env)
		if e.V.Password != "" && len(e.V.Password) < shortestSecret {
			p.At(e.At, shortSecret, e.Key, shortestSecret)
		}
	}
	s.Codes.check(p, doc)
	s.channelAt, s.coordinatesAt = doc.Pos("channel"), doc.Pos("coordinates")
	if doc.Has("coordinates") {
		s.Reference = s.Coordinates
	}
	if w := &s.WriteBack; w.Backoff > w.BackoffMax {
		p.At(doc.Pos("write_back", "backoff"), longBackoff, w.Backoff, w.BackoffMax)
	}
	s.WriteBack.Quiet.check(p)
	if s.Limits.Body == 0 {
		s.Limits.Body = c.Intake.Body
	}
	if s.Limits.ReadTime == 0 {
		s.Limits.ReadTime = c.Intake.ReadTime
	}
	if s.Limits.CallTime == 0 {
		s.Limits.CallTime = c.Intake.CallTime
	}
}

func (s *System) checkURL(p *lang.Problems) {
	if s.URL.V == "" {
		return // said already
	}
	u, err := url.Parse(s.URL.V)
	switch {
	case strings.Contains(s.URL.V, "@"): // the line is not shown: it holds a secret
		p.At(lang.Place(s.URL.At.String()), passwordInURL).Hint(hintURLUser)
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		p.At(s.URL.At, badURL, s.URL.V).Hint(hintURL)
	}
}

// checkPaths keeps systems off the paths of the hub itself.
func (s *System) checkPaths(p *lang.Problems) {
	for _, v := range s.Path {
		path := TidyPath(v.V)
		for _, own := range []string{"/soap", "/api", "/metrics", "/healthz", "/readyz", "/crew"} {
			if path == own || strings.HasPrefix(path, own+"/") {
				p.At(v.At, ownPath, v.V)
			}
		}
	}
}

// TidyPath makes paths alike that the hub serves alike: callers of old come from servers that
// do not tell capitals apart, and a slash at the end says nothing.
func TidyPath(path string) string {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return strings.ToLower(path)
}

// Paths are all that the system is served at, as they are written.
func (s *System) Paths() []string {
	all := []string{"/soap/" + s.ID.V}
	for _, v := range s.Path {
		all = append(all, v.V)
	}
	return all
}

// checkTaken finds paths that two systems want.
func checkTaken(p *lang.Problems, systems []System) {
	owner := map[string]string{}
	for i := range systems {
		for _, v := range systems[i].Path {
			path := TidyPath(v.V)
			if first, ok := owner[path]; ok {
				p.At(v.At, takenPath, v.V, first)
			} else {
				owner[path] = systems[i].ID.V
			}
		}
	}
}

// Accepts tells whether callers may prove who they are in that way: basic, text or digest.
func (c *CredentialsIn) Accepts(way string) bool {
	return slices.ContainsFunc(c.Accept, func(v lang.Value[string]) bool { return v.V == way })
}

// Open tells that callers are asked for nothing.
func (c *CredentialsIn) Open() bool { return len(c.Accept) == 0 || c.Accepts("none") }

func (c *Credentials) check(p *lang.Problems, s *System, settings *Config, env []string, doc *lang.Document) {
	dir := settings.dir()
	c.In.resolve(p, dir, env)
	c.Out.resolve(p, dir, env)
	switch {
	case len(c.In.Accept) == 0:
		if a := settings.Listen.Address.V; !isLoopback(a) {
			p.At(s.ID.At, openDoor, a, s.ID.V).Hint(hintAccept)
		}
	case !c.In.Accepts("none"):
		c.In.demand(p, c.In.Accept[0], c.In.User)
	case len(c.In.Accept) > 1:
		p.At(c.In.Accept[0].At, noneAndMore)
	}
	if c.Out.Send != "none" {
		c.Out.demand(p, lang.Value[string]{V: c.Out.Send, At: doc.Pos("credentials", "out", "send")}, c.Out.User)
	}
}

// demand refuses a way of proving that lacks user or password.
func (s *Secret) demand(p *lang.Problems, way, user lang.Value[string]) {
	if user.V == "" {
		p.At(way.At, needUser, way.V)
	}
	if s.PasswordFile.V == "" && s.PasswordEnv.V == "" && s.Plain.V == "" {
		p.At(way.At, needPassword, way.V)
	}
}

// resolve fetches the password.
func (s *Secret) resolve(p *lang.Problems, dir string, env []string) {
	if s.Plain.V != "" {
		p.At(s.Plain.At, plainPassword).Hint(hintPlain)
	}
	switch {
	case s.PasswordFile.V != "" && s.PasswordEnv.V != "":
		p.At(s.PasswordEnv.At, twoPasswords)
	case s.PasswordFile.V != "":
		text, err := ReadSecret(within(dir, s.PasswordFile.V))
		if err != nil {
			p.At(s.PasswordFile.At, unusable, Explain(err))
		}
		s.Password = text
	case s.PasswordEnv.V != "":
		for _, entry := range env {
			if name, text, _ := strings.Cut(entry, "="); name == s.PasswordEnv.V {
				s.Password = text
			}
		}
		if s.Password == "" {
			p.At(s.PasswordEnv.At, emptyVariable, s.PasswordEnv.V)
		}
	}
}

// isLoopback tells that nobody but this machine can reach the address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return true // said already
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

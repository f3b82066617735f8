package config

import (
	"time"

	"tundish/config/lang"
)

// Config is config/tundish.yaml with the environment and flags merged in. Paths in it are ready to be opened.
type Config struct {
	Lang        lang.Lang          `yaml:"lang" lang:"default=en" en:"Language of the console, the log's messages and of mistakes in files." zh:"控制台、日志提示和配置错误的语言。"`
	Zone        lang.Value[string] `yaml:"zone" lang:"default=Asia/Shanghai" en:"Time zone of the hub: civil days, order numbers, schedules." zh:"本系统时区：日期、工单号和计划时间均按此时区。"`
	Hours       []lang.Value[Span] `yaml:"working_hours" lang:"default='08:30-11:30|13:00-17:00',min=1,max=6" en:"When working days are worked, in the hub's zone: time limits whose clock is working or working_days count by it." zh:"工作日的上班时间（本系统时区）；按 working、working_days 计时的时限以此为准。"`
	Listen      Listen             `yaml:"listen" en:"Where the hub is reached." zh:"监听地址。"`
	Store       Store              `yaml:"store" en:"The database." zh:"数据库。"`
	Archive     Archive            `yaml:"archive" en:"Orders that ended long ago move to history tables, beside the daily work; they are found and recognised as before." zh:"早已结束的工单移入历史表，不影响日常工作；仍可查询，重复来单仍可识别。"`
	Log         Log                `yaml:"log" en:"The hub's own log, written to standard error." zh:"运行日志，写到标准错误输出。"`
	Number      Number             `yaml:"number" en:"Order numbers." zh:"工单号。"`
	Partners    Partners           `yaml:"partners" en:"Which systems help with what; the names are ids of files in dirs.systems." zh:"由哪些系统承担哪些协作；值为 dirs.systems 中的系统标识。"`
	Intake      Intake             `yaml:"intake" en:"Bounds of incoming messages; a system may set its own." zh:"来报文的限制；各系统可另行设定。"`
	Dispatch    Dispatch           `yaml:"dispatch" en:"How work is given to crews." zh:"派单方式。"`
	Readings    Readings           `yaml:"readings" en:"Readings and serials that look wrong when a visit is completed." zh:"销单时可疑的读数和表号如何处理。"`
	Attachments Attachments        `yaml:"attachments" en:"Bounds of what people attach to orders: photos of results, files of comments." zh:"人员上传附件的限制：完工照片、备注附件。"`
	ServiceArea ServiceArea        `yaml:"service_area" en:"The area that the utility serves, WGS 84." zh:"服务范围，WGS 84 坐标。"`
	Bundles     Bundles            `yaml:"bundles" en:"How changed files of systems, order types and the calendar go live." zh:"系统、工单类型和日历文件修改后如何生效。"`
	Dirs        Dirs               `yaml:"dirs" en:"Where the other files are, relative to this one." zh:"其他配置文件的位置，相对于本文件。"`
	Shutdown    Shutdown           `yaml:"shutdown" en:"How the hub stops." zh:"停机方式。"`
	Clock       Clock              `yaml:"clock" en:"A clock other than the machine's, for demonstrations only." zh:"仅供演示：代替本机时钟。"`

	// Location is Zone, loaded.
	Location *time.Location `yaml:"-"`
	// File is the path the settings were read from.
	File string `yaml:"-"`

	unread bool // the file could not be parsed
}

// Span is a part of a day in minutes after midnight.
type Span struct{ Start, End int }

// UnmarshalText reads "08:30-11:30".
func (s *Span) UnmarshalText(text []byte) error {
	wrong := bilingual{"write begin and end within a day, such as 08:30-11:30", "请写同一天内的起止时间，例如 08:30-11:30"}
	var shift Shift
	if shift.UnmarshalText(text) != nil || shift.End > 24*60 {
		return wrong
	}
	*s = Span(shift)
	return nil
}

// Listen says where the hub is reached.
type Listen struct {
	Address    lang.Value[string] `yaml:"address" lang:"default='127.0.0.1:8080'" en:"Host and port; an empty host means every network card." zh:"主机和端口；主机留空表示所有网卡。"`
	TLS        TLS                `yaml:"tls" en:"Certificate; without one the hub speaks plain HTTP." zh:"证书；不设置则使用明文 HTTP。"`
	ReadHeader time.Duration      `yaml:"read_header" lang:"default=10s,min=100ms,max=5m" en:"How long a caller may take to send its HTTP header." zh:"接收 HTTP 请求头的最长时间。"`
	Idle       time.Duration      `yaml:"idle" lang:"default=2m,min=1s,max=1h" en:"How long an idle connection is kept." zh:"空闲连接保留时间。"`
}

// TLS names a certificate and its key, both PEM, relative to the settings file. Both are empty, or neither is.
type TLS struct {
	CertFile lang.Value[string] `yaml:"cert_file" en:"Certificate chain, PEM, relative to this file." zh:"证书链文件（PEM），相对于本文件。"`
	KeyFile  lang.Value[string] `yaml:"key_file" en:"Private key, PEM, relative to this file." zh:"私钥文件（PEM），相对于本文件。"`
}

// Store names the database. DSN holds the content of DSNFile when that was given.
type Store struct {
	DSN     lang.Value[string] `yaml:"dsn" lang:"default='sqlite://var/tundish.db',secret" en:"sqlite://PATH (relative to the working directory) or sqlserver://USER:PASSWORD@HOST:PORT?database=NAME. Write a password into dsn_file or TUNDISH_STORE_DSN rather than here." zh:"sqlite://路径（相对于工作目录）或 sqlserver://用户:密码@主机:端口?database=库名。含密码时请用 dsn_file 或环境变量 TUNDISH_STORE_DSN。"`
	DSNFile lang.Value[string] `yaml:"dsn_file" en:"File that holds the DSN instead, relative to this file." zh:"存放上述连接串的文件，相对于本文件。"`
	Migrate string             `yaml:"migrate" lang:"default=auto,oneof=auto|always|never" en:"Whether tables are brought up to date on start; auto does so for SQLite and leaves SQL Server to tundish migrate." zh:"启动时是否升级表结构；auto：SQLite 自动升级，SQL Server 由 tundish migrate 升级。"`
	Lease   time.Duration      `yaml:"lease" lang:"default=60s,min=1s,max=1h" en:"How long what a hub had claimed, jobs and write-backs, stays with it after it died; a hub that lives renews it." zh:"枢纽异常退出后，其认领的任务与回写保留多久；正常运行时自动续期。"`
}

// Archive says when orders that ended move to the history tables.
type Archive struct {
	After    time.Duration `yaml:"after" lang:"default=90d,max=3650d" en:"How long an order must have ended, without a change and with nothing owed for it, before it moves; 0: none does." zh:"工单结束且无变更、无待回写满多久后归档；0 表示不归档。"`
	Every    time.Duration `yaml:"every" lang:"default=1h,min=1m,max=7d" en:"How often it is looked whether there is something to move." zh:"检查归档的间隔。"`
	Share    int           `yaml:"share" lang:"default=10,min=1,max=100" en:"How many percent of the time moving may take; in between the store is left to others." zh:"归档可占用的时间百分比，其余时间让给日常业务。"`
	Batch    int           `yaml:"batch" lang:"default=10,min=1,max=1000" en:"How many orders move in one transaction: a submit waits for one at most." zh:"每个事务归档的工单数；来单至多等待一个事务。"`
	Messages bool          `yaml:"messages" lang:"default=true" en:"Whether the logged messages of an order move with it." zh:"工单的报文日志是否一并归档。"`
}

// Log steers the hub's own log.
type Log struct {
	Level  string `yaml:"level" lang:"default=info,oneof=debug|info|warn|error" en:"The least that is logged." zh:"日志级别。"`
	Format string `yaml:"format" lang:"default=console,oneof=console|json" en:"Lines for people or for machines." zh:"日志格式：供人阅读或供程序处理。"`
}

// Number shapes order numbers.
type Number struct {
	Prefix string `yaml:"prefix" lang:"default=W,pattern='[A-Z0-9]{0,4}'" en:"What every order number begins with, at most 4 letters or digits: W gives W26-0012345-5." zh:"工单号前缀，最多 4 位字母或数字：W 得 W26-0012345-5。"`
}

// Partners are systems that do something for orders of other systems. An empty name means that nobody does it.
type Partners struct {
	Locate        lang.Value[string] `yaml:"locate" lang:"default=''" en:"The system that finds coordinates, usually the GIS." zh:"提供坐标定位的系统，一般为 GIS。"`
	PointsTo      lang.Value[string] `yaml:"points_to" lang:"default=''" en:"The system that is told of coordinates captured in the field." zh:"接收现场采集坐标的系统。"`
	ScrapTo       lang.Value[string] `yaml:"scrap_to" lang:"default=''" en:"The system that registers old meters to be scrapped, usually billing." zh:"登记报废旧表的系统，一般为营收系统。"`
	CustomersFrom lang.Value[string] `yaml:"customers_from" lang:"default=''" en:"The system that is asked whose account or telephone it is, usually billing: what an order leaves empty is filled in." zh:"按户号或电话查询用户资料的系统，一般为营收系统；用于补全工单未填的资料。"`
	Customer      lang.Value[string] `yaml:"customers_to" lang:"default=''" en:"The system that is told of customer data that was corrected in the house, usually billing." zh:"接收更正后客户资料的系统，一般为营收系统。"`
}

// Readings says what becomes of readings that look wrong when a visit is completed.
type Readings struct {
	Questioned string             `yaml:"questioned" lang:"default=never,oneof=never|confirm|refuse" en:"Readings lower than the last one, or higher than can be: never asked about, taken when they are confirmed, or refused." zh:"小于上次抄码或过大的读数：never 不检查、confirm 确认后接受、refuse 拒绝。"`
	Most       lang.Value[string] `yaml:"most" lang:"default='',pattern='([0-9]{1,9}([.][0-9]{1,3})?)?'" en:"How much may have flown since the last reading, m³; empty: any amount." zh:"自上次抄码以来的最大用水量，m³；空为不限。"`
	Unique     bool               `yaml:"unique_serials" lang:"default=true" en:"Whether the serial of a new meter is refused that stands elsewhere or was scrapped." zh:"新表号已在别处使用或已报废时是否拒绝。"`
}

// Attachments bound what people attach to orders at once. A system's own messages have limits of their own.
type Attachments struct {
	Count int              `yaml:"count" lang:"default=6,min=1,max=50" en:"How many files are taken at once." zh:"一次最多上传的文件数。"`
	Size  lang.Value[Size] `yaml:"size" lang:"default=4MiB" en:"The largest file, at most 32MiB: files are held in memory when they are taken and when they are written back." zh:"单个文件的最大长度，不超过 32MiB（接收和回写时文件在内存中）。"`
	Types []string         `yaml:"types" lang:"default=image/jpeg|image/png|image/webp|application/pdf,oneof=image/jpeg|image/png|image/webp|image/gif|application/pdf,min=1" en:"The types that are taken, told by the content. Results of visits take pictures only." zh:"允许的文件类型，按内容判别。完工结果只接受图片。"`
}

// Intake bounds incoming messages.
type Intake struct {
	Body     Size          `yaml:"body" lang:"default=8MiB" en:"The largest message, counted after decompression." zh:"报文最大长度，按解压后计。"`
	ReadTime time.Duration `yaml:"read_time" lang:"default=30s,min=100ms,max=10m" en:"How long receiving one message may take." zh:"接收一条报文的最长时间。"`
	CallTime time.Duration `yaml:"call_time" lang:"default=60s,min=100ms,max=10m" en:"How long working on one message may take." zh:"处理一条报文的最长时间。"`
}

// Dispatch says how work is given to crews.
type Dispatch struct {
	Travel      Travel               `yaml:"travel" en:"How long ways take." zh:"路上所需时间。"`
	Weights     Weights              `yaml:"weights" en:"What one unit of each cost is worth, in seconds of driving." zh:"各项成本每单位折合多少秒车程。"`
	Batch       []lang.Value[string] `yaml:"batch" lang:"default='0 6 * * *|0 10 * * *|0 14 * * *'" en:"When waiting orders of mode batch are planned: cron expressions in the hub's zone." zh:"批量派单的时间：cron 表达式，按本系统时区。"`
	Horizon     Horizon              `yaml:"horizon" en:"Work of mode planned gets its day ahead, as scheduled replacements do, and its crew with the first batch of that day." zh:"派单方式为 planned 的工单（如定期换表）提前排定日期，于当日首次批量派单时派给班组。"`
	Displace    int                  `yaml:"displace" lang:"default=2,max=8" en:"How many visits of a crew may make room for one urgent order; none that is pinned, accepted or was seen by the crew. 0: none does." zh:"一张加急工单最多可让班组的几张工单让出时间；已指定、已接单或班组已查看的除外。0 为不允许。"`
	Budget      time.Duration        `yaml:"budget" lang:"default=5s,min=10ms,max=1h" en:"How long the planner may look for a better plan in one batch." zh:"每次批量派单优化的最长时间。"`
	Seed        uint64               `yaml:"seed" lang:"default=1" en:"The same seed and the same work give the same plan." zh:"随机种子：相同种子和工单得到相同方案。"`
	Records     string               `yaml:"records" lang:"default=''" en:"The folder into which every batch is written as it was planned, for tundish dispatch whatif; relative to this file; empty: they are not kept. Nothing of customers but places, no people of crews." zh:"保存每次批量派单（供 tundish dispatch whatif 使用）的文件夹，相对于本文件；留空则不保存。除位置外不含客户信息，不含人员信息。"`
	LocateFor   time.Duration        `yaml:"locate_for" lang:"default=10m,max=7d" en:"How long an order may wait for the GIS before its district's centroid is taken. Orders that are dispatched at once do not wait." zh:"等待 GIS 定位的最长时间，过时改用区域中心点；立即自动派单的工单不等待。"`
	UnseenAfter time.Duration        `yaml:"unseen_after" lang:"default=0s,max=7d" en:"How long a crew may leave an assignment unseen before it goes back to the dispatcher; 0: for ever." zh:"班组未查看派单多久后退回派单员；0 为不退回。"`
	Poll        time.Duration        `yaml:"poll" lang:"default=2s,min=50ms,max=10m" en:"How often waiting orders are looked for without a wake-up." zh:"无唤醒时查找待派工单的间隔。"`
}

// Horizon says how days are planned ahead.
type Horizon struct {
	Cron   []lang.Value[string] `yaml:"cron" en:"When the days are planned: cron expressions in the hub's zone; none: only by tundish dispatch plan." zh:"多日规划的时间：cron 表达式，按本系统时区；不填则只手工运行。"`
	Days   int                  `yaml:"days" lang:"default=0,max=60" en:"How many days, today included; 0: no days are planned, work of mode planned waits for the next batch." zh:"规划天数，含当日；0 为不规划，planned 类工单随下一批次派单。"`
	Frozen int                  `yaml:"frozen" lang:"default=1,max=60" en:"How many of these days, today included, keep the plan that they have; a day without one may still get one." zh:"其中前几天（含当日）的方案不再变动；尚无方案的日期仍可排入。"`
	Share  int                  `yaml:"share" lang:"default=80,min=10,max=100" en:"How many percent of a crew's time a day is given before the ways are known; the rest is for driving and for what comes." zh:"排日期时每个班组每天占用的时间百分比，其余留给路程和临时工单。"`
}

// Weights turn costs into seconds of driving.
type Weights struct {
	Travel       int `yaml:"travel" lang:"default=1,min=0,max=100000" en:"A second of driving." zh:"每秒车程。"`
	UrgentTravel int `yaml:"urgent_travel" lang:"default=4,min=0,max=100000" en:"A second of driving to an urgent order." zh:"前往加急工单的每秒车程。"`
	Lateness     int `yaml:"lateness" lang:"default=10,min=0,max=100000" en:"A second past a deadline." zh:"超时每秒。"`
	Workload     int `yaml:"workload" lang:"default=60,min=0,max=100000" en:"A minute of work more for a crew that is full; less in proportion for one that is not." zh:"满负荷班组每增加一分钟工作；未满者按比例减少。"`
	Disturbance  int `yaml:"disturbance" lang:"default=1800,min=0,max=100000" en:"Giving an order that a crew has been told of to another crew, each." zh:"已通知班组的工单改派给其他班组，每单。"`
	Displaced    int `yaml:"displaced" lang:"default=3600,min=0,max=100000" en:"A visit that makes room for an urgent order, each." zh:"为加急工单让出时间的工单，每单。"`
}

// ServiceArea bounds plausible coordinates.
type ServiceArea struct {
	Centre Centre     `yaml:"centre" en:"Where orders are put that nobody can locate and that name no district." zh:"无法定位且无区域的工单所用的中心点。"`
	Bounds AreaBounds `yaml:"bounds" en:"Coordinates outside are doubted." zh:"超出此范围的坐标视为可疑。"`
}

// Centre is the middle of the service area, WGS 84 degrees.
type Centre struct {
	Lat lang.Value[float64] `yaml:"lat" lang:"default=31.22,min=-180,max=180" en:"Latitude." zh:"纬度。"`
	Lon lang.Value[float64] `yaml:"lon" lang:"default=121.48,min=-180,max=180" en:"Longitude." zh:"经度。"`
}

// AreaBounds is a rectangle in WGS 84 degrees.
type AreaBounds struct {
	South lang.Value[float64] `yaml:"south" lang:"default=31.1,min=-90,max=90" en:"Least latitude." zh:"最小纬度。"`
	West  lang.Value[float64] `yaml:"west" lang:"default=121.3,min=-180,max=180" en:"Least longitude." zh:"最小经度。"`
	North lang.Value[float64] `yaml:"north" lang:"default=31.36,min=-90,max=90" en:"Greatest latitude." zh:"最大纬度。"`
	East  lang.Value[float64] `yaml:"east" lang:"default=121.64,min=-180,max=180" en:"Greatest longitude." zh:"最大经度。"`
}

// Contains tells whether a point lies in the area.
func (b *AreaBounds) Contains(lat, lon float64) bool {
	return lat >= b.South.V && lat <= b.North.V && lon >= b.West.V && lon <= b.East.V
}

// Bundles says how changed files go live.
type Bundles struct {
	Watch string        `yaml:"watch" lang:"default=auto,oneof=auto|always|never" en:"Whether files that are saved in the folders go live by themselves when they are good; auto: with SQLite they do, with SQL Server tundish mapping publish puts them live. Never on more than one hub." zh:"文件保存且无误后是否自动生效；auto：SQLite 自动生效，SQL Server 由 tundish mapping publish 发布。多个枢纽时至多一个启用。"`
	Poll  time.Duration `yaml:"poll" lang:"default=1s,min=100ms,max=1m" en:"How often the hub looks for what was published and, where it watches, at the folders; files must have rested that long." zh:"检查新发布版本及文件夹的间隔；文件须静置满此间隔才会发布。"`
}

// Dirs are the places of the other files. After [Load] they are joined with the folder of the settings file.
type Dirs struct {
	Systems        string `yaml:"systems" lang:"default=systems" en:"Connected systems, one file each." zh:"相连系统，每个系统一个文件。"`
	OrderTypes     string `yaml:"order_types" lang:"default=order-types" en:"Order types, one file each." zh:"工单类型，每类一个文件。"`
	Jobs           string `yaml:"jobs" lang:"default=jobs" en:"Pull jobs, one file each." zh:"拉取任务，每项一个文件。"`
	Calendar       string `yaml:"calendar" lang:"default=calendar" en:"Working days, one file for each year." zh:"工作日历，每年一个文件。"`
	Mappings       string `yaml:"mappings" lang:"default=mappings" en:"Field mappings of foreign contracts." zh:"外部契约的字段映射。"`
	CodeTables     string `yaml:"codetables" lang:"default=codetables" en:"Code tables that systems and mappings share, one file each, YAML or CSV." zh:"供各系统和映射共用的代码表，每表一个文件，YAML 或 CSV。"`
	Vocabulary     string `yaml:"vocabulary" lang:"default=vocabulary.yaml" en:"The file of the house's words; without one those that are built in." zh:"本系统词汇表文件；没有时用内置词汇。"`
	References     string `yaml:"references" lang:"default=references.yaml" en:"The file of the city's own reference systems; it may be absent." zh:"本地坐标系文件，可以没有。"`
	Channels       string `yaml:"channels" lang:"default=channels.yaml" en:"The file of channels that reach people and programs; it may be absent." zh:"通知渠道文件，可以没有。"`
	Triggers       string `yaml:"triggers" lang:"default=triggers.yaml" en:"The file of triggers, what follows from what happens to orders; it may be absent." zh:"触发器文件，可以没有。"`
	Classification string `yaml:"classification" lang:"default=classification.yaml" en:"The file of rules that say what reports are about; it may be absent. Its cases are beside it, NAME_test.yaml." zh:"来单分类规则文件，可以没有；用例在同目录的 名称_test.yaml 中。"`
	Roles          string `yaml:"roles" lang:"default=roles.yaml" en:"The file of roles: what people may do and see." zh:"角色与权限文件。"`
	Views          string `yaml:"views" lang:"default=views.yaml" en:"The file of saved lists of orders; without one those that are built in." zh:"工单视图文件；没有时用内置视图。"`
	Crews          string `yaml:"crews" lang:"default=crews.yaml" en:"The file of crews." zh:"班组文件。"`
	Districts      string `yaml:"districts" lang:"default=districts.yaml" en:"The file of districts." zh:"区域文件。"`
}

// Shutdown says how the hub stops.
type Shutdown struct {
	Drain time.Duration `yaml:"drain" lang:"default=5s,max=10m" en:"How long a hub that was told to stop goes on answering while /readyz fails, so that a balancer can send callers elsewhere; longer than the balancer takes to notice, and than callers pause on a connection that they keep. 0: callers may see a call fail." zh:"收到停机信号后，/readyz 已失败而仍继续应答的时间，供负载均衡器切走调用方；应大于均衡器发现所需时间及调用方在长连接上的停顿。0：调用方可能有一次调用失败。"`
	Grace time.Duration `yaml:"grace" lang:"default=15s,max=10m" en:"How long work under way may take to end." zh:"停机时等待进行中工作的最长时间。"`
}

// Clock replaces the machine's clock: it showed Origin when the machine's showed Anchor and runs Speed times as fast.
// Processes with the same three values agree. A zero Origin means the machine's clock.
type Clock struct {
	Origin time.Time           `yaml:"origin" en:"What the clock showed at anchor, e.g. 2026-05-11T05:00:00+08:00; absent means the machine's clock." zh:"anchor 时刻所显示的时间；不设置则用本机时钟。"`
	Anchor time.Time           `yaml:"anchor" en:"An instant of the machine's clock; absent means the start." zh:"本机时钟的某一时刻；不设置则为启动时刻。"`
	Speed  lang.Value[float64] `yaml:"speed" lang:"default=1,min=0.001,max=1000000" en:"How many times as fast it runs." zh:"快进倍数。"`
}

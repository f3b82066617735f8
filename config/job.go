package config

import (
	"slices"
	"time"

	"tundish/config/lang"
)

// Job is config/jobs/<name>.yaml: orders that are fetched from a system by schedule.
type Job struct {
	Name       lang.Value[string] `yaml:"name" lang:"required,pattern='[a-z][a-z0-9_-]{0,59}'" en:"Its name, the same as the file's." zh:"任务名称，与文件名相同。"`
	Title      Name               `yaml:"title" lang:"required" en:"What people call it." zh:"显示名称。"`
	System     lang.Value[string] `yaml:"system" lang:"required" en:"Id of the system that is asked." zh:"从哪个系统拉取（系统标识）。"`
	Operation  lang.Value[string] `yaml:"operation" lang:"required" en:"What is pulled: GetScheduledReplacements of billing, GetPendingInstallations of newconnection, or the name of a pull of the system's mapping." zh:"拉取内容：billing 的 GetScheduledReplacements、newconnection 的 GetPendingInstallations，或该系统映射中 pull 的名称。"`
	Enabled    bool               `yaml:"enabled" lang:"default=true" en:"false: it runs only by hand." zh:"false：只手工运行。"`
	Cron       lang.Value[string] `yaml:"cron" lang:"required" en:"When it runs, in the system's zone: minute hour day month weekday. @every is refused." zh:"运行时间，按该系统时区：分 时 日 月 星期。不支持 @every。"`
	Workdays   bool               `yaml:"workdays" lang:"default=false" en:"Only on working days of the calendar." zh:"只在工作日运行。"`
	Window     Window             `yaml:"window" en:"The span that is asked for." zh:"拉取的时间范围。"`
	PageSize   int                `yaml:"page_size" lang:"default=200,min=1,max=1000" en:"Orders per call." zh:"每次调用的条数。"`
	Ahead      int                `yaml:"ahead" lang:"default=4,max=32" en:"Pages that are fetched while earlier ones are being stored; 0: one after the other, for a source that cannot bear more." zh:"写入时预取的页数；0：逐页进行，适用于负载能力弱的来源系统。"`
	Missed     string             `yaml:"missed" lang:"default=last,oneof=none|last|all" en:"What to do about runs that were due while the hub was down: none of them, the last, or all." zh:"停机期间错过的运行：none 不补、last 补最后一次、all 全部补。"`
	Quiet      Quiet              `yaml:"quiet" en:"When no run begins." zh:"静默时段：期间不开始运行。"`
	Retries    int                `yaml:"retries" lang:"default=5,min=1,max=100" en:"How often a page is asked for again before the run waits for its next time." zh:"每页失败重试次数，用尽则等下次运行。"`
	RetryDelay time.Duration      `yaml:"retry_delay" lang:"default=2s,min=10ms,max=1h" en:"Delay between tries." zh:"重试间隔。"`

	// File it was read from.
	File string `yaml:"-"`
}

// Window is the span of the source's clock that a run asks for.
type Window struct {
	Lookback time.Duration `yaml:"lookback" lang:"default=30d,max=3660d" en:"How far back the very first run asks." zh:"首次运行向前追溯的时长。"`
	Overlap  time.Duration `yaml:"overlap" lang:"default=10m,max=30d" en:"How far each later run reaches back behind the one before, because rows become visible late." zh:"之后每次与上次重叠的时长，以防数据延迟可见。"`
}

// pulls are the operations by which each contract is pulled from.
var pulls = map[string][]string{"billing": {"GetScheduledReplacements"}, "newconnection": {"GetPendingInstallations"}}

var (
	wrongJobName  = lang.NewMessage("file-name", "the name %q is not the file's name %q", "名称 %q 与文件名 %q 不一致")
	unknownSystem = lang.NewMessage("unknown-system", "there is no system %q", "没有系统 %q")
	wrongPull     = lang.NewMessage("operation", "system %q speaks the contract %s, which has no operation %s to pull from", "系统 %q 使用契约 %s，没有可拉取的操作 %s")
	wrongMapped   = lang.NewMessage("operation", "the mapping of system %q has no pull %q", "系统 %q 的映射中没有 pull %q")
	badCron       = lang.NewMessage("schedule", "%v", "计划时间有误：%v")
)

// LoadJobs reads every job of c.Dirs.Jobs, in the order of their names, and holds them against the systems. cron, if
// given, parses a schedule; mapped tells what the mapping of a system pulls, ok false where that is not known.
func LoadJobs(p *lang.Problems, c *Config, systems []System, cron func(spec string, zone *time.Location) error, mapped func(id string) (pulls []string, ok bool)) []Job {
	var list []Job
	ids := make([]string, len(systems))
	for i, s := range systems {
		ids[i] = s.ID.V
	}
	for _, f := range folder(p, c.Dirs.Jobs) {
		j := Job{File: f.path}
		doc := lang.DecodeFile(p, f.path, &j)
		if j.Name.V != "" && j.Name.V != f.stem {
			p.At(j.Name.At, wrongJobName, j.Name.V, f.stem).Hint(hintFileName)
		}
		j.Name.V = f.stem
		if !doc.Has() {
			continue // it could not be parsed
		}
		zone := c.Location
		if i := slices.Index(ids, j.System.V); i >= 0 {
			zone = systems[i].Location
			contract := systems[i].Contract.V
			if contract == "mapping" {
				if known, ok := mapped(j.System.V); ok && j.Operation.V != "" && !slices.Contains(known, j.Operation.V) {
					p.At(j.Operation.At, wrongMapped, j.System.V, j.Operation.V).Expected(known...).Near(j.Operation.V, known)
				}
			} else if known := pulls[contract]; contract != "" && j.Operation.V != "" && !slices.Contains(known, j.Operation.V) {
				p.At(j.Operation.At, wrongPull, j.System.V, contract, j.Operation.V).Expected(known...)
			}
		} else if j.System.V != "" {
			p.At(j.System.At, unknownSystem, j.System.V).Expected(ids...).Near(j.System.V, ids)
		}
		checkCron(p, j.Cron, zone, cron)
		j.Quiet.check(p)
		list = append(list, j)
	}
	return list
}

func checkCron(p *lang.Problems, spec lang.Value[string], zone *time.Location, cron func(string, *time.Location) error) {
	if cron == nil || spec.V == "" {
		return
	}
	if err := cron(spec.V, zone); err != nil {
		p.At(spec.At, badCron, Explain(err))
	}
}

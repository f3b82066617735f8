package ordertype

import (
	"tundish/config/lang"
)

// File is config/order-types/<code>.yaml.
type File struct {
	Code     lang.Value[string]   `yaml:"code" lang:"required,pattern='[a-z][a-z0-9_]{0,59}'" en:"Its code, the same as the file's name; systems send it, or their code tables lead to it." zh:"类型代码，与文件名相同；各系统直接使用，或经代码表对照。"`
	Name     Name                 `yaml:"name" lang:"required" en:"What people call it." zh:"名称。"`
	Family   family               `yaml:"family" lang:"required" en:"What kind of work it is: decides what a completion holds and which operation of the source takes it. desk needs no visit." zh:"工作大类：决定销单内容和回写操作；desk 不需上门。"`
	Urgency  urgency              `yaml:"urgency" lang:"default=normal" en:"Urgency of orders whose source names none." zh:"来源未注明时的紧急程度。"`
	Minutes  lang.Value[int]      `yaml:"minutes" lang:"required,min=0,max=1440" en:"Minutes of work at the place, for planning; 0 only where nobody goes." zh:"现场作业分钟数，用于排程；不上门者为 0。"`
	Skills   []lang.Value[string] `yaml:"skills" lang:"pattern='[a-z][a-z0-9_]{0,59}'" en:"Skills that a crew must have, all of them." zh:"班组须具备的全部技能。"`
	Dispatch Dispatch             `yaml:"dispatch" en:"Who gives it to a crew: auto at once, batch with the next batch, propose ranks crews for a dispatcher, manual leaves it to the dispatcher." zh:"派单方式：auto 立即自动、batch 批量、propose 推荐班组由派单员决定、manual 人工。"`
	Tell     []lang.Value[status] `yaml:"tell" en:"Statuses that the source hears of besides the result." zh:"除结果外还要告知来源系统的状态。"`
	Process  Process              `yaml:"process" lang:"required" en:"The way of such an order through the house." zh:"流程。"`
}

// Name is a name in both languages.
type Name struct {
	EN string `yaml:"en" lang:"required,min=1,max=200" en:"In English." zh:"英文。"`
	ZH string `yaml:"zh" lang:"required,min=1,max=200" en:"In Chinese." zh:"中文。"`
}

// Dispatch is the mode of each urgency; what is absent is manual.
type Dispatch struct {
	Emergency lang.Value[mode] `yaml:"emergency" lang:"default=manual" en:"Of emergencies." zh:"紧急。"`
	Urgent    lang.Value[mode] `yaml:"urgent" lang:"default=manual" en:"Of urgent orders." zh:"加急。"`
	Normal    lang.Value[mode] `yaml:"normal" lang:"default=manual" en:"Of all others." zh:"一般。"`
}

package config

import (
	"strings"
	"time"

	"tundish/config/lang"
)

// Roster is a file that duties are imported from.
type Roster struct {
	Roster []Duty `yaml:"roster" lang:"required,min=1" en:"Days on which crews do something else than their standing shifts say." zh:"与固定班次不同的日子。"`
}

// Duty is what a crew does on one day.
type Duty struct {
	At     lang.Pos
	Crew   lang.Value[string] `yaml:"crew" lang:"required,min=1,max=60" en:"Code of the crew." zh:"班组代码。"`
	Day    lang.Value[Day]    `yaml:"day" lang:"required" en:"The day, such as 2026-05-11." zh:"日期，例如 2026-05-11。"`
	Kind   string             `yaml:"kind" lang:"required,oneof=work|duty|swap|off|leave|sick|training|standing" en:"work, duty, swap: it has shifts. off, leave, sick, training: it has none. standing: what stood here goes, the standing shift counts again." zh:"work 上班、duty 值班、swap 换班：须有班次；off 休息、leave 请假、sick 病假、training 培训：无班次；standing：取消原安排，恢复固定班次。"`
	Shifts []Shift            `yaml:"shifts" en:"Shifts of the day, one after the other: 08:00-12:00." zh:"当天班次，依次排列：08:00-12:00。"`
	People []string           `yaml:"people" en:"Staff numbers of those on duty; absent means the crew's own." zh:"当班人员工号；不填为班组原有人员。"`
	Note   string             `yaml:"note" lang:"max=1000" en:"Why." zh:"原因。"`
}

// Day is a civil date.
type Day string

// UnmarshalText reads "2026-05-11", also with slashes and without leading zeros, as Excel shows it to Chinese users.
func (d *Day) UnmarshalText(text []byte) error {
	s := strings.ReplaceAll(string(text), "/", "-")
	t, err := time.Parse("2006-1-2", s)
	if err != nil {
		return bilingual{"write a date such as 2026-05-11", "请写日期，例如 2026-05-11"}
	}
	*d = Day(t.Format(time.DateOnly))
	return nil
}

// Staff is a file that people are imported from.
type Staff struct {
	People []Member `yaml:"people" lang:"required,min=1" en:"People who sign in." zh:"可登录的人员。"`
}

// Member is a person who signs in.
type Member struct {
	ID         lang.Value[string]   `yaml:"id" lang:"required,min=1,max=60" en:"Name to sign in with." zh:"登录名。"`
	Name       string               `yaml:"name" lang:"required,min=1,max=200" en:"Name by which people call him." zh:"姓名。"`
	Roles      []lang.Value[string] `yaml:"roles" lang:"required,min=1" en:"Codes of roles.yaml." zh:"角色代码，见 roles.yaml。"`
	Branches   []string             `yaml:"branches" en:"Commercial branches whose orders are his." zh:"所属营业所。"`
	Depots     []string             `yaml:"depots" en:"Repair depots whose orders are his." zh:"所属站点。"`
	Everywhere bool                 `yaml:"everywhere" lang:"default=false" en:"Orders of every station are his." zh:"所有站点。"`
	Crew       string               `yaml:"crew" lang:"max=60" en:"The crew he works in." zh:"所属班组。"`
	Disabled   bool                 `yaml:"disabled" lang:"default=false" en:"He may not sign in any more." zh:"停用，不可登录。"`
}

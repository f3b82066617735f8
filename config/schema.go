package config

import (
	"tundish/config/codes"
	"tundish/config/lang"
)

// Schemas are the JSON Schemas of the files that this package reads, by file name. schema/json holds them, with that of
// config/ordertype; "make generate" writes them there.
func Schemas() map[string][]byte {
	schemas := map[string][]byte{}
	add := func(name string, of any, title lang.Text) { schemas[name] = lang.Schema(of, name, title) }
	add("tundish.json", Config{}, lang.Text{En: "Settings of the hub.", Zh: "系统设置。"})
	add("system.json", System{}, lang.Text{En: "A connected system.", Zh: "相连系统。"})
	add("job.json", Job{}, lang.Text{En: "A pull job.", Zh: "拉取任务。"})
	add("calendar.json", Year{}, lang.Text{En: "Working days of a year.", Zh: "一年的工作日历。"})
	add("crews.json", Crews{}, lang.Text{En: "Crews.", Zh: "班组。"})
	add("roster.json", Roster{}, lang.Text{En: "A duty roster to import.", Zh: "待导入的值班表。"})
	add("people.json", Staff{}, lang.Text{En: "People to import.", Zh: "待导入的人员。"})
	add("districts.json", Districts{}, lang.Text{En: "Service districts.", Zh: "服务区域。"})
	add("references.json", References{}, lang.Text{En: "Reference systems of the city's own.", Zh: "本地坐标系。"})
	schemas[codes.TableSchemaName] = codes.TableSchema()
	schemas[codes.VocabularySchemaName] = codes.VocabularySchema()
	return schemas
}

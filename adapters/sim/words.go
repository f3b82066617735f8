package sim

import (
	"math/rand/v2"
	"strings"
)

// The words that names are made of. The last given names hold characters beyond the
// Basic Multilingual Plane and outside GBK, as real customers have them.
var (
	surnames = strings.Fields("王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 郭 何 高 林 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 萧 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 欧阳 上官")
	given    = strings.Fields("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 建国 志强 秀英 海燕 文博 雨桐 子涵 欣怡 浩然 俊杰 晓东 丽华 国庆 红梅 春生 玉兰 小明 建华 㛃 镕 喆 玥 堃 𠮷 𣲗 𬭚 文𫍯 晓𠅤")
	trades   = strings.Fields("物业管理 餐饮 纺织 食品 机械 汽车服务 洗浴 酒店 医疗器械 印刷")
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func person(r *rand.Rand) string { return pick(r, surnames) + pick(r, given) }

// contact is whom to ask for, as operators write it.
func contact(r *rand.Rand) string {
	return pick(r, surnames) + pick(r, []string{"师傅", "先生", "女士", "阿姨", "老师"})
}

// roads of a district, by its place in the list; every district has its own.
var roads = [...][]string{
	strings.Fields("银杏路 香樟路 梧桐路 海棠路 丁香路 合欢路"),
	strings.Fields("柳园路 荷塘路 听雨路 采莲路 长堤路 石桥路"),
	strings.Fields("青年路 工人路 纺织路 和平路 建设路 新村路"),
	strings.Fields("北辰路 天枢路 摇光路 南斗路 织女路 银河路"),
	strings.Fields("渔港路 灯塔路 望潮路 帆影路 盐仓路 海塘路"),
	strings.Fields("龙泉路 虎跃路 凤鸣路 鹤翔路 鹿苑路 马场路"),
}

// FullWidth writes digits as old input methods leave them.
func FullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

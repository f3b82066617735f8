package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// mappedOrder is order in the words of a system with a contract of its own.
const mappedOrder = `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <SubmitRepair xmlns="http://tempuri.org/">
      <S_BH>%[1]s</S_BH>
      <S_FSSJ>2026-05-11 09:30:01</S_FSSJ>
      <S_LX>LS</S_LX>
      <S_LY>DH</S_LY>
      <I_JJ>3</I_JJ>
      <S_HH>0310%[1]s</S_HH>
      <S_HM>上海浦东金桥物业管理有限公司</S_HM>
      <S_LXR>李师傅</S_LXR>
      <S_DH>13800000000</S_DH>
      <S_YSXZ>JM</S_YSXZ>
      <F_QF>0.00</F_QF>
      <S_DZ>浦东新区张杨路1234弄5号门前绿化带</S_DZ>
      <S_QY>PD02</S_QY>
      <S_YYB>浦东营业管理部</S_YYB>
      <S_CB>03102</S_CB>
      <I_CH>17</I_CH>
      <S_BW>门口左侧水表井内</S_BW>
      <F_WD>31.2284</F_WD>
      <F_JD>121.4782</F_JD>
      <S_GY>S%[1]s</S_GY>
      <S_KJ>DN20</S_KJ>
      <S_XH>LXS-20E</S_XH>
      <S_CJ>宁波水表</S_CJ>
      <D_AZ>20200520</D_AZ>
      <D_DQ>20260520</D_DQ>
      <F_SC>1234.50</F_SC>
      <S_FL>02</S_FL>
      <S_XL>0203</S_XL>
      <S_NR>用户来电反映 5 号门前路面冒水，水量较大，已影响行人通行，怀疑是表前接头或支管漏水，要求尽快派人到现场查看并修复；夜间可电话联系门卫。</S_NR>
      <D_FS>2026-05-11 08:50:00</D_FS>
      <D_DJ>2026-05-11</D_DJ>
      <S_DJR>接线员 0417</S_DJR>
      <S_BZ>同一地点今年第二次报漏，请注意核对上次维修记录。</S_BZ>
      <D_SJ>2026-05-11 09:30:00</D_SJ>
      <S_YY>沪语</S_YY>
    </SubmitRepair>
  </soap:Body>
</soap:Envelope>
`

var foreignTongue = tongue{action: "http://tempuri.org/SubmitRepair", order: mappedOrder, taken: "<CODE>1</CODE>"}

// The same orders reach the same hub in its own contract and in one that a mapping explains.
func BenchmarkMappedSubmit(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			dir := b.TempDir()
			hub := startMappingHub(b, dir)
			mapped, own := gatherSpeaking(b, foreignTongue, callers, hub.addr, "/soap/mapped"), gather(b, callers, hub.addr, hub.path)
			turns := func(c crowd) func() lap {
				c.submit(b, turn/8)
				return func() lap {
					before := hub.used()
					l := c.submit(b, turn)
					l.cpu = hub.used() - before
					return l
				}
			}
			all := rounds(b, turns(mapped), turns(own))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(all[0].rate(), "submits/s")
			b.ReportMetric(all[0].rate()/all[1].rate(), "of-standard")
			b.ReportMetric(all[0].cpu(), "cpu-µs")
			b.ReportMetric(all[1].cpu(), "standard-cpu-µs")
			work, must := fmt.Sprintf("durable submits through a mapping, %d callers", callers), "≥ 0.8"
			if callers == 1 {
				work, must = "durable submits through a mapping, 1 caller", ""
			}
			addRowWithMust(work, all[0], "the standard contract", all[1], "", must)
		})
	}
}

// startMappingHub is a hub that serves a foreign contract beside its own.
func startMappingHub(b testing.TB, dir string) *server {
	b.Helper()
	for from, to := range map[string]string{"system.yaml": "systems", "mapping.yaml": "mappings"} {
		data, err := os.ReadFile(filepath.Join("testdata", "mapped", from))
		if err != nil {
			b.Fatal(err)
		}
		folder := filepath.Join(dir, "config", to)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "mapped.yaml"), data, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return startHub(b, dir, theDisk)
}

package scaffold

import "strings"

// word is a field of ours and the names that systems of the trade give it: in English, by
// pinyin initials or in full pinyin, in Chinese. Names are compared without case, signs and
// the prefixes of column types (S_, I_, D_, str, …); parent and child together are also a
// name, so "Customer/Name" is customername. Where a name stands at two fields the first has it.
type word struct {
	field   string
	english string
	pinyin  string
	chinese string
}

// inward are the fields of an order that its source decides.
var inward = split([]word{
	{"ref", "orderno ordernumber orderid workorderno workorderid workordernumber ticketno ticketid ticketnumber incidentno incidentid incidentnumber requestno requestid requestnumber servicerequestno caseno caseid casenumber jobno jobid jobnumber taskno taskid issueid externalref referenceno reference applicationno applyno billno formno externalid",
		"bh gdh gdbh djh djbh slh slbh lsh bxh bxbh sqbh sqdh ywbh rwbh gongdanhao gongdanbianhao gongdanid danhao bianhao danjuhao shoulihao shoulibianhao liushuihao baoxiuhao baoxiudanhao shenqinghao", "工单号 工单编号 工单ID 编号 单号 单据号 单据编号 受理号 受理编号 流水号 登记号 申请号 流程申请号 报修编号 报修单号 业务编号 任务编号"},
	{"period", "period billperiod batchno batch planno", "qh pch jhh qihao picihao", "期号 批次 批次号 计划号"},
	{"type", "type ordertype workordertype worktype tickettype jobtype requesttype servicetype tasktype kind orderkind worktypecode", "lx gdlx ywlx djlx rwlx leixing gongdanleixing yewuleixing danjuleixing", "类型 工单类型 业务类型 单据类型 任务类型"},
	{"urgency", "urgency priority emergency emergencylevel urgencylevel prioritycode prioritylevel urgent severity", "jj jjcd jjdj yxj jinji jinjichengdu jinjidengji youxianji", "紧急程度 紧急 紧急等级 紧急级别 优先级 缓急 缓急程度"},
	{"channel", "channel sourcechannel reportchannel ordersource sourcetype", "qd ly slqd lyqd gdly qudao laiyuan shouliqudao gongdanlaiyuan", "渠道 来源 受理渠道 来源渠道 工单来源 受理方式"},
	{"source_at", "sentat sendtime createtime createdat createdate createddate creationtime submittime submitdate submitteddate datesubmitted", "cjsj tjsj cjrq tjrq chuangjianshijian tijiaoshijian", "创建时间 提交时间 发送时间 创建日期"},
	{"deadline", "deadline duedate duetime dueat timelimit requiredby requireddate finishby limittime", "clsx jzsj xqsj jzrq xqrq chulishixian jiezhishijian xianqishijian", "处理时限 截止时间 截止日期 完成期限 限期 要求完成时间"},
	{"customer.account", "account accountno accountnumber accountid acctno acctid custno custid custcode customerno customerid customernumber customercode consumerno userno usercode", "hh yhh yhbh khh khbh cid yhid huhao yonghuhao yonghubianhao kehuhao kehubianhao", "户号 用户号 用户编号 客户号 客户编号 用水户号 水表户号 缴费号"},
	{"customer.name", "custname customername accountname consumername username customerfullname", "hm yhm yhmc khm khmc xm huming yonghuming yonghumingcheng yonghuxingming kehumingcheng kehuxingming xingming", "户名 用户名 用户名称 用户姓名 客户名称 客户姓名 姓名"},
	{"customer.contact", "contact contactname contactperson linkman linkmanname caller callername reportername reporter requester requestername applicant applicantname", "lxr bxr sqr ldr fyr lianxiren baoxiuren shenqingren laidianren fanyingren", "联系人 联系人姓名 报修人 申请人 来电人 反映人 诉求人"},
	{"customer.phone", "phone phoneno phonenumber tel telno telephone telephoneno telephonenumber mobile mobileno mobilephone cellphone contactphone contacttel linkphone linktel callernumber callingnumber customerphone homephone", "dh lxdh sj sjh sjhm dhhm ldhm yddh lxfs dianhua lianxidianhua shouji shoujihao shoujihaoma laidianhaoma lianxifangshi", "电话 联系电话 手机 手机号 手机号码 电话号码 来电号码 来电电话 联系方式"},
	{"customer.tariff", "tariff tariffcode ratecode usagetype usetype watertype pricetype", "ysxz yqxz jglb yongshuixingzhi yongqixingzhi", "用水性质 用气性质 用水类别 水价类别 价格类别"},
	{"customer.arrears", "arrears arrear amountdue owed owedamount balancedue", "qf qfje qianfei qianfeijine", "欠费 欠费金额"},
	{"place.address", "address addr fulladdress addressdetail detailaddress serviceaddress customeraddress custaddr custaddress useraddress location locationaddress streetaddress siteaddress repairaddress servaddr1 address1 addressline1", "dz xxdz yhdz ysdz yqdz fsdz bxdz zbdz azdz dizhi xiangxidizhi yonghudizhi yongshuidizhi fashengdizhi baoxiudizhi", "地址 详细地址 用户地址 用水地址 用气地址 发生地址 事发地址 报修地址 装表地址 安装地址 地点 发生地点 现场地址"},
	{"place.district", "district districtcode area areacode areaname region regioncode zone zonecode county", "qy ssqy pq xzq quyu suoshuquyu xingzhengqu quxian", "区域 所属区域 行政区 区县 辖区 片区 区"},
	{"place.branch", "branch branchcode branchname office businessoffice", "yys yyc yyglb yingyesuo yingyechu yingyeguanlibu", "营业所 营业处 营业管理部 分公司"},
	{"place.depot", "depot depotcode station stationcode stationname servicestation", "zd wxz zhandian weixiuzhan st", "站点 维修站 维修站点 抢修站"},
	{"place.book", "book bookno bookcode readingbook cycle route", "ch cbh cbch ceben cehao cebenhao biaoce", "册本号 册号 表册 表册号 抄表册"},
	{"place.book_no", "bookseq booksequence sequenceno sequence seqno routeseq", "cnxh xh cbxh cexuhao xuhao", "册内序号 序号 抄表顺序 抄表序号"},
	{"place.detail", "meterposition meterlocation locationdetail landmark", "bw sbwz azwz biaowei shuibiaoweizhi anzhuangweizhi", "表位 水表位置 安装位置 位置"},
	{"place.service_point", "servicepoint servicepointid servicelocation servicelocationid premise premiseid meterpoint", "ysd jld yongshuidian jiliangdian", "用水点 计量点"},
	{"meter.serial", "meterno meternumber meterid meterserial meterserialno meterserialnumber metercode serialno serialnumber oldmeterno", "sbbh sbh bjh bjbh jbh jbbh biaohao shuibiaohao shuibiaobianhao biaojuhao biaojubianhao jiubiaohao", "表号 水表号 水表编号 表具号 表具编号 气表号 旧表号 表身号"},
	{"meter.stamp", "stamp stampno steelno steelstampno", "gyh sbgyh gangyinhao shuibiaogyh shuibiaogangyinhao", "钢印号 水表钢印号 表钢印号"},
	{"meter.barcode", "barcode barcodeno", "txm tm tiaoxingma tiaoma", "条形码 条码"},
	{"meter.diameter_mm", "diameter caliber calibre meterdiameter metersize nominaldiameter dn", "kj sbkj bj koujing shuibiaokoujing biaojing", "口径 水表口径 表径 公称口径"},
	{"meter.model", "model metermodel metertype metermodelno", "bx sbxh sblx biaoxing shuibiaoxinghao xinghao", "表型 型号 水表型号 水表类型 表具型号"},
	{"meter.maker", "maker manufacturer metermaker vendor factory brand", "cj sccj sbcj changjia shengchanchangjia", "厂家 生产厂家 水表厂家 制造商 品牌"},
	{"meter.dial_range", "dialrange range meterrange", "lc liangcheng", "量程"},
	{"meter.installed_on", "installdate installeddate installationdate installedon", "zbrq azrq zhuangbiaoriqi anzhuangriqi", "装表日期 安装日期"},
	{"meter.verified_on", "verifydate verifieddate calibrationdate testdate", "jdrq jiandingriqi", "检定日期 首检日期"},
	{"meter.due_on", "expirydate expirationdate expiredate replacedate", "dqrq daoqiriqi", "到期日期 有效期至 到期时间"},
	{"meter.state", "meterstate meterstatus readingstate readstatus", "bkzt cbzt bkqk shuibiaozhuangtai chaobiaozhuangtai", "抄表状态 表况 水表状态"},
	{"meter.last_reading", "lastreading lastread previousreading prevreading prereading", "scm sccm sqcm scds sqds scdu shangcichaoma shangqidushu", "上次抄码 上期抄码 上次读数 上期读数 起码"},
	{"meter.reading", "reading currentreading currentread meterreading thisreading newreading", "xcm bccm bqcm bcds bqds xianchaoma dushu", "现抄码 本次抄码 本期抄码 本次读数 本期读数 读数 止码"},
	{"report.content", "content description desc detail details reportcontent problem problemdescription faultdescription faultdesc issuedescription requestcontent text subject summary note workdescription", "nr fynr bxnr sqnr wtms gzms neirong fanyingneirong baoxiuneirong suqiuneirong wentimiaoshu guzhangmiaoshu miaoshu", "内容 反映内容 报修内容 诉求内容 问题描述 故障描述 描述 详细描述 工单内容 反映情况"},
	{"report.category", "category reportcategory categorycode problemtype problemcode faulttype issuetype complainttype", "lb fylb gzlb gzlx wtlx sqlb leibie fanyingleibie guzhangleixing wentileixing", "反映类别 类别 故障类型 问题类型 诉求类别 反映类型 报修类型"},
	{"report.sub_category", "subcategory subtype subcategorycode secondcategory", "zlb xl xlb erjileibie zileibie xiaolei", "子类别 小类 反映小类 二级类别"},
	{"report.cause", "cause reason faultcause causecode", "yy gzyy yuanyin guzhangyuanyin qxyy cdyy cxyy quxiaoyuanyin cuidanyuanyin", "取消原因 撤销原因 催单原因 原因 故障原因 发生原因 申请原因"},
	{"report.occurred_at", "occurredat occurtime occuredtime occurrencetime incidenttime reporttime reportedat reportdate reporteddate calltime happentime faulttime", "fssj fysj bxsj ldsj gzsj fs fashengshijian fanyingshijian baoxiushijian laidianshijian", "发生时间 反映时间 报修时间 来电时间 故障时间 事发时间"},
	{"report.registered_on", "registerdate registrationdate regdate registeredon registertime acceptdate accepttime", "djrq djsj slrq slsj dengjiriqi dengjishijian shouliriqi shoulishijian", "登记日期 登记时间 受理时间 受理日期"},
	{"report.registered_by", "registeredby registrar operator operatorname operatorid creator createdby createuser clerk agent acceptor", "djr slr czy czr cjr slry dengjiren shouliren caozuoyuan caozuoren", "登记人 受理人 操作员 操作人 接线员 创建人 话务员"},
	{"report.remark", "remark remarks notes memo comment comments additionalinfo additionalinformation", "bz djbz beizhu shuoming dengjibeizhu", "备注 说明 登记备注 备注信息"},
	{"appointment.with", "appointmentperson appointmentcontact", "yyr yuyueren", "预约人"},
	{"appointment.from", "appointmentdate appointmenttime appointmentfrom appointmentstart appointedtime scheduleddate scheduledstart planstarttime", "yysj yyrq yuyueshijian yuyueriqi", "预约时间 预约日期 预约上门时间"},
	{"appointment.to", "appointmentto appointmentend scheduledend planendtime", "yyjssj", "预约结束时间"},
})

// outward are values of ours that systems are told, beside those of the order above.
var outward = split([]word{
	{"order.no", "huborderno dispatchno", "pgdh paigongdanhao", "派工单号"},
	{"order.completion.finished_at", "finishtime finishdate finishedat completedat completetime completedate completiontime completiondate closetime closedate closedtime resolvedtime handletime dealtime repairtime endtime", "wc wcsj wcrq clsj xdsj jssj wgsj wanchengshijian wanchengriqi chulishijian xiaodanshijian jieshushijian", "完成时间 完成日期 处理时间 销单时间 结束时间 完工时间 办结时间"},
	{"order.completion.arrived_at", "arrivetime arrivaltime arrivedat onsitetime", "dcsj ddsj daochangshijian daodashijian", "到场时间 到达时间"},
	{"order.completion.accepted_at", "acceptedat accepttime receivetime", "jdsj jiedanshijian", "接单时间"},
	{"order.completion.outcome", "outcome resultcode result completionresult iscompleted finishstatus handleresult dealresult", "cljg jg wcqk chulijieguo jieguo wanchengqingkuang", "处理结果 结果 完成情况 办理结果"},
	{"order.completion.reason", "failreason incompletereason notdonereason", "wwcyy weiwanchengyuanyin", "未完成原因 无法完成原因"},
	{"order.completion.work", "work workdone handlecontent dealcontent resolution repaircontent action actiontaken processcontent", "clnr clqk cljg chulineirong chuliqingkuang weixiuneirong", "处理内容 处理情况 处理结果 维修内容 办理情况"},
	{"order.completion.handling", "handling handletype dealtype resolutioncode", "cllb clfs chulileibie chulifangshi", "处理类别 处理方式"},
	{"order.completion.cause", "cause faultcause causecode reason", "yy gzyy fsyy yuanyin guzhangyuanyin qxyy cdyy cxyy quxiaoyuanyin cuidanyuanyin", "取消原因 撤销原因 催单原因 原因 故障原因 发生原因"},
	{"order.completion.solution", "solution measure measures", "jjcs cuoshi jiejuecuoshi", "解决措施 措施"},
	{"order.completion.old_final_reading", "oldreading oldfinalreading finalreading oldmeterreading", "jbzm jbds jiubiaozhima jiubiaodushu", "旧表止码 旧表读数 拆表读数"},
	{"order.completion.new_serial", "newmeterno newmeternumber newmeterid newserial newmeterserial", "xbh xbbh xinbiaohao xinbiaobianhao", "新表号 新表编号"},
	{"order.completion.new_stamp", "newstamp newstampno", "xbgyh xinbiaogangyinhao", "新表钢印号"},
	{"order.completion.new_initial_reading", "newreading newinitialreading initialreading newmeterreading startreading", "xbdm xbqm xbds xinbiaodima xinbiaoqima", "新表底码 新表起码 新表读数 底码"},
	{"order.completion.new_diameter_mm", "newdiameter newcaliber newmetersize", "xbkj xinbiaokoujing", "新表口径"},
	{"order.completion.seal", "seal sealno", "qfh qianfenghao", "铅封号"},
	{"order.completion.rechecked_reading", "recheckreading recheckedreading", "fhcm fuhechaoma", "复核抄码"},
	{"order.completion.crew_id", "crew crewid team teamid workteam handler handlername repairer", "clr wxry banzu chuliren weixiurenyuan", "处理人 维修人员 班组 施工班组"},
	{"status", "status state orderstatus workorderstatus statuscode newstatus", "zt gdzt zhuangtai gongdanzhuangtai", "状态 工单状态 处理状态"},
	{"reason", "returnreason rejectreason", "tdyy thyy tuidanyuanyin", "退单原因 退回原因"},
	{"by", "handledby updatedby", "", "经办人"},
	{"at", "statustime updatetime changetime", "gxsj gengxinshijian", "更新时间 状态时间"},
	{"message.id", "messageid msgid transactionid requestguid", "xxid", "消息ID 报文标识"},
	{"message.sent_at", "sentat sendtime timestamp requesttime", "fssj fasongshijian", "发送时间 时间戳"},
})

// asked are values of ours that a list of orders is asked for with.
var asked = split([]word{
	{"window.from", "begin begindate begintime start startdate starttime from fromdate fromtime datefrom since lastupdate beginday startday", "kssj ksrq qssj qsrq kaishishijian kaishiriqi qishishijian qishiriqi", "开始时间 开始日期 起始时间 起始日期"},
	{"window.to", "end enddate endtime to todate totime dateto until endday", "jssj jsrq zzsj zzrq jieshushijian jieshuriqi zhongzhishijian", "结束时间 结束日期 终止时间 终止日期"},
	{"page.number", "page pageno pageindex pagenum pagenumber currentpage", "ys ym yema dangqianye", "页码 页号 当前页"},
	{"page.size", "pagesize pagerows rows rowcount limit maxrows", "mys myts meiyetiaoshu", "每页条数 每页行数 每页数量"},
})

// secrets and logins tell the two halves of a password beside each other: neither is the customer's.
const (
	secrets = "password passwd pwd pass userpwd mm mima kouling token secret 密码 口令"
	logins  = "username userid user usercode userno login loginname account yhm yhmc 用户名"
)

// Halves of a point, north before east, and the reference system that such names mean mostly.
var halves = []struct{ north, east, system string }{
	{"lat", "lng", "GCJ02"}, {"lat", "lon", "GCJ02"}, {"lat", "long", "GCJ02"}, {"latitude", "longitude", "GCJ02"}, {"wd", "jd", "GCJ02"}, {"weidu", "jingdu", "GCJ02"}, {"纬度", "经度", "GCJ02"},
	{"y", "x", "GCJ02"}, {"ycoord", "xcoord", "GCJ02"}, {"zby", "zbx", "GCJ02"}, {"gpsy", "gpsx", "GCJ02"}, {"Y坐标", "X坐标", "GCJ02"},
}

// What a list of photos, and what stands in it, is called.
const (
	photoLists = "photo photos image images picture pictures pic pics attachment attachments attach attaches file files zp zplb tp tplb fj fjlb zhaopian tupian fujian 照片 照片列表 图片 图片列表 附件 附件列表"
	photoBytes = "content data file filedata filecontent image imagedata photo photodata picture bytes base64 stream body zpnr tpnr fjnr nr sj 内容 附件内容 照片内容 图片内容 数据"
	photoNames = "name filename photoname imagename picname attachname title zpmc tpmc fjmc mc wjm wjmc 名称 文件名 照片名称 图片名称 附件名称"
	photoTimes = "takenat taketime phototime shoottime time date pssj pzsj zpsj 拍摄时间 拍照时间"
)

// role is the part of a mapping that an operation belongs to.
type role string

const (
	serve role = "serve" // they call it on us
	call  role = "call"  // we tell them with it
	pull  role = "pull"  // we fetch orders with it
)

// meaning is what an operation does and the words of its name that tell so.
type meaning struct {
	does  string // of serve, or the occasion of a call
	role  role
	words string
	needs string // words of which one must be there too, "" for none
}

// orders are words for an order in the name of an operation.
const orders = "order workorder ticket incident issue repair fault trouble job task case request complaint report gd gongdan bx baoxiu djd rwd 工单 报修 任务 派工 故障 投诉 诉求 受理 单"

// lookups are words for looking something up in the name of an operation.
const lookups = "get query find search list select load fetch count chaxun huoqu cx hq 查询 获取 检索"

// meanings are tried in this order; the first that fits decides.
var meanings = []meaning{
	{"extension", call, "extension extend delay postpone yanqi yq 延期", ""},
	{"returned", call, "return returned reject rejected sendback tuidan tuihui td 退单 退回", ""},
	{"follow_up", serve, "followup revisit callback visit huifang hf 回访", ""},
	{"expedite", serve, "expedite urge remind hurry cuidan cuiban cd 催单 催办", ""},
	{"cancel", serve, "cancel revoke withdraw abort void quxiao zuofei chexiao 取消 作废 撤销 撤单", ""},
	{"point", call, "coordinate coordinates position zuobiao 坐标", "update set save write sync modify gengxin 更新 回写"},
	{"result", call, "writeback result feedback complete completed completion finish finished close closed resolve done huixie huitian fankui xiaodan wancheng banjie hx ht 回写 回填 反馈 结果 完成 完工 销单 办结 核销", ""},
	{"status", call, "status state progress zhuangtai jindu zt 状态 进度", "update set change sync push notify send write modify gengxin tuisong tongbu 更新 推送 同步 变更 通知"},
	{"", pull, lookups, ""},
	{"amend", serve, "update modify edit change amend alter xiugai gengxin bianji xg gx 修改 更新 变更 编辑", orders},
	{"submit", serve, "submit create add new insert send register save apply accept push post import upload raise log open tijiao xinzeng dengji baocun shenqing shouli tj xz dj 登记 提交 新增 新建 创建 上报 报送 申请 受理 派发 推送 保存", orders},
}

// codes of ours that values of an enumeration mean.
var urgencies = map[string]string{
	"emergency": "emergency", "critical": "emergency", "特急": "emergency", "抢险": "emergency", "urgent": "urgent", "high": "urgent", "紧急": "urgent", "加急": "urgent", "急": "urgent",
	"normal": "normal", "medium": "normal", "low": "normal", "routine": "normal", "一般": "normal", "普通": "normal", "正常": "normal",
}

func split(words []word) map[string][]string {
	byName := map[string][]string{}
	for _, w := range words {
		for _, text := range []string{w.english, w.pinyin, w.chinese} {
			for name := range strings.FieldsSeq(text) {
				name = strings.ToLower(name)
				byName[name] = append(byName[name], w.field)
			}
		}
	}
	return byName
}

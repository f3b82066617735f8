import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TimeZone;
import org.apache.axis.AxisFault;
import org.apache.axis.configuration.FileProvider;
import org.apache.axis.transport.http.SimpleAxisServer;

/**
 * The billing system's web service on Axis 1.4, rpc/encoded as Axis writes it.
 * It remembers what it was told in a file of tab-separated lines, UTF-8.
 */
public class YingYe {
    /** A meter that is due for replacement. */
    public static class HuanBiao {
        public String gongDanHao; // number of the order, begins anew every year
        public int nianDu; // of which year
        public String leiXing; // kind of order
        public String huHao; // account
        public String huMing; // customer
        public String dianHua; // telephone
        public String diZhi; // address
        public String quYu; // district
        public String ceBenHao; // reading book
        public Integer ceNeiXuHao; // place in the book
        public String biaoHao; // serial of the meter
        public String kouJing; // diameter, DN15
        public String xingHao; // model
        public BigDecimal shangCiChaoMa; // last reading
        public Calendar zhuangBiaoRiQi; // installed
        public Calendar daoQiRiQi; // due
        public Calendar dengJiShiJian; // when the row was made
    }

    /** A page of them. */
    public static class HuanBiaoYe {
        public int zongShu; // rows in all
        public int yeMa; // number of the page, from 1
        private HuanBiao[] shuJu; // rows

        public HuanBiao[] getShuJu() {
            return shuJu;
        }

        public void setShuJu(HuanBiao[] shuJu) {
            this.shuJu = shuJu;
        }
    }

    /** An order that the other side has. */
    public static class QueRen {
        public String gongDanHao;
        public int nianDu;
        public String waiBuDanHao; // its number there
    }

    public static class ZhaoPian {
        public String mingCheng; // name
        public Calendar paiSheShiJian; // taken at
        public byte[] neiRong; // content
    }

    /** What became of an order. */
    public static class JieGuo {
        public String gongDanHao;
        public int nianDu;
        public String jieLun; // 1 done, 0 could not be done
        public String yuanYin; // why not
        public BigDecimal jiuBiaoZhiMa; // last reading of the old meter
        public String xinBiaoHao; // serial of the new one
        public BigDecimal xinBiaoDiMa; // its first reading
        public Integer xinKouJing; // its diameter
        public String qianFengHao; // seal
        public Calendar wanChengShiJian; // finished at
        public String beiZhu; // remark
        private String[] renYuan; // who was there
        private ZhaoPian[] zhaoPian; // photos

        public String[] getRenYuan() {
            return renYuan;
        }

        public void setRenYuan(String[] renYuan) {
            this.renYuan = renYuan;
        }

        public ZhaoPian[] getZhaoPian() {
            return zhaoPian;
        }

        public void setZhaoPian(ZhaoPian[] zhaoPian) {
            this.zhaoPian = zhaoPian;
        }
    }

    public static class FanHui {
        public int daiMa; // 1 done, 2 done before, 9 busy, else no
        public String xiaoXi;

        public FanHui() {}

        FanHui(int daiMa, String xiaoXi) {
            this.daiMa = daiMa;
            this.xiaoXi = xiaoXi;
        }
    }

    private static String books;
    private static final List<HuanBiao> due = new ArrayList<>();
    private static final Set<String> done = new HashSet<>();
    private static final Set<String> asked = new HashSet<>();

    private static synchronized void note(Object... words) {
        try (Writer w = new OutputStreamWriter(new FileOutputStream(books, true), StandardCharsets.UTF_8)) {
            StringBuilder line = new StringBuilder();
            for (Object word : words) line.append(line.length() > 0 ? "\t" : "").append(word);
            w.write(line.append('\n').toString());
        } catch (IOException e) {
            throw new RuntimeException(e);
        }
    }

    private static Calendar at(int year, int month, int day, int hour) {
        Calendar c = Calendar.getInstance(TimeZone.getTimeZone("Asia/Shanghai"));
        c.clear();
        c.set(year, month - 1, day, hour, 0, 0);
        return c;
    }

    private static HuanBiao row(int n, String type) {
        HuanBiao b = new HuanBiao();
        b.gongDanHao = String.format("HB%06d", n);
        b.nianDu = 2026;
        b.leiXing = type;
        b.huHao = String.format("10%05d", n);
        b.huMing = n == 2 ? "喆盛鞋業行" : "李师傅" + n;
        b.dianHua = n == 1 ? "-" : "1380000000" + n;
        b.diZhi = "梧桐区张杨路" + (1200 + n) + "弄５号１０" + n + "室";
        b.quYu = "D1";
        b.ceBenHao = "CB-07";
        b.ceNeiXuHao = n == 1 ? null : n;
        b.biaoHao = "S" + (880000 + n);
        b.kouJing = n % 2 == 0 ? "DN20" : "DN15";
        b.xingHao = "LXS-15E";
        b.shangCiChaoMa = new BigDecimal("1024.50");
        b.zhuangBiaoRiQi = at(2020, 5, 20, 0);
        b.daoQiRiQi = at(2026, 5, 20 + n, 0);
        b.dengJiShiJian = at(2026, 5, 9, n);
        return b;
    }

    public HuanBiaoYe chaXunDaoQiBiao(Calendar kaiShi, Calendar jieShu, int yeMa, int meiYe) {
        List<HuanBiao> found = new ArrayList<>();
        for (HuanBiao b : due) {
            if (!b.dengJiShiJian.before(kaiShi) && b.dengJiShiJian.before(jieShu)) found.add(b);
        }
        int from = Math.min((yeMa - 1) * meiYe, found.size()), to = Math.min(from + meiYe, found.size());
        HuanBiaoYe page = new HuanBiaoYe();
        page.zongShu = found.size();
        page.yeMa = yeMa;
        page.setShuJu(found.subList(from, to).toArray(new HuanBiao[0]));
        note("chaXun", yeMa, meiYe, to - from);
        return page;
    }

    public FanHui queRenJieShou(QueRen[] queRen) {
        for (QueRen q : queRen) note("queRen", q.gongDanHao, q.nianDu, q.waiBuDanHao.isEmpty() ? "?" : "W");
        return new FanHui(1, "成功");
    }

    public FanHui huiXieZhuangTai(String gongDanHao, int nianDu, String zhuangTai, Calendar shiJian) {
        note("zhuangTai", gongDanHao, nianDu, zhuangTai);
        return new FanHui(1, "成功");
    }

    /** The first call for some orders meets what happens: busy, a fault, no answer in time. */
    public FanHui huiXieJieGuo(JieGuo jieGuo) throws AxisFault {
        String key = jieGuo.nianDu + "/" + jieGuo.gongDanHao;
        boolean first;
        synchronized (done) {
            first = asked.add(key);
            if (first && key.endsWith("2")) return new FanHui(9, "系统忙，请稍后");
            if (!done.add(key)) return new FanHui(2, "重复回写");
        }
        int photos = 0;
        if (jieGuo.getZhaoPian() != null) for (ZhaoPian z : jieGuo.getZhaoPian()) photos += z.neiRong.length;
        note("jieGuo", jieGuo.gongDanHao, jieGuo.nianDu, jieGuo.jieLun, jieGuo.jiuBiaoZhiMa, jieGuo.xinBiaoHao, jieGuo.xinBiaoDiMa, jieGuo.xinKouJing,
            String.join(",", jieGuo.getRenYuan()), photos, jieGuo.beiZhu);
        if (first && key.endsWith("3")) throw new AxisFault("数据库连接超时");
        if (first && key.endsWith("4")) pause(10_000);
        return new FanHui(1, "成功");
    }

    /** Tells whether a result was written back: 1 yes, 0 no. */
    public FanHui chaXunHuiXie(String gongDanHao, int nianDu) {
        synchronized (done) {
            boolean is = done.contains(nianDu + "/" + gongDanHao);
            note("chaXunHuiXie", gongDanHao, is);
            return is ? new FanHui(1, "已回写") : new FanHui(0, "未回写");
        }
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** java YingYe server-config.wsdd BOOKS */
    public static void main(String[] args) throws Exception {
        books = args[1];
        for (int n = 1; n <= 4; n++) due.add(row(n, "DQ"));
        due.add(row(5, "ZZ")); // a kind that nobody told anyone about
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        SimpleAxisServer server = new SimpleAxisServer(8);
        server.setServerSocket(socket);
        server.setMyConfig(new FileProvider(args[0]));
        System.out.println("listening on http://127.0.0.1:" + socket.getLocalPort() + "/axis/services/YingYe");
        server.run();
    }
}

import example.paidan.bean.GongDan;
import example.paidan.bean.HuiZhi;
import example.paidan.service.PaiDanServiceLocator;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URL;
import java.util.Calendar;
import java.util.TimeZone;
import javax.xml.soap.SOAPException;
import javax.xml.soap.SOAPMessage;
import org.apache.axis.AxisFault;
import org.apache.axis.EngineConfiguration;
import org.apache.axis.MessageContext;
import org.apache.axis.SimpleChain;
import org.apache.axis.SimpleTargetedChain;
import org.apache.axis.configuration.SimpleProvider;
import org.apache.axis.handlers.BasicHandler;
import org.apache.axis.transport.http.HTTPSender;

/** Hands over orders by the stub that WSDL2Java made, and prints what became of each. */
public class Caller {
    private static GongDan order(String number, String type, String address) {
        GongDan g = new GongDan();
        g.setGongDanHao(number);
        g.setNianDu(2026);
        g.setLeiXing(type);
        g.setJinJi("2");
        g.setHuHao("2000017");
        g.setHuMing("喆盛鞋业行");
        g.setDianHua("138-0000 0017");
        g.setDiZhi(address);
        g.setQuYu("D1");
        g.setBiaoHao("S990017");
        g.setKouJing("DN40");
        g.setChaoMa(new BigDecimal("8801.0"));
        g.setYuanYin("表停走 <估抄> & 用户申请");
        Calendar at = Calendar.getInstance(TimeZone.getTimeZone("Asia/Shanghai"));
        at.clear();
        at.set(2026, Calendar.MAY, 11, 8, 30, 0);
        g.setDengJiShiJian(at);
        return g;
    }

    /** Axis writes UTF-8 unless a handler says otherwise. */
    private static EngineConfiguration in(final String charset) {
        SimpleChain request = new SimpleChain();
        request.addHandler(new BasicHandler() {
            @Override
            public void invoke(MessageContext context) throws AxisFault {
                try {
                    context.getRequestMessage().setProperty(SOAPMessage.CHARACTER_SET_ENCODING, charset);
                } catch (SOAPException e) {
                    throw AxisFault.makeFault(e);
                }
            }
        });
        SimpleProvider config = new SimpleProvider();
        config.deployTransport("http", new SimpleTargetedChain(request, new HTTPSender(), null));
        return config;
    }

    /** java Caller ADDRESS CHARSET PREFIX */
    public static void main(String[] args) throws Exception {
        example.paidan.service.PaiDan hub = new PaiDanServiceLocator(in(args[1])).getPaiDan(new URL(args[0]));
        GongDan[] orders = {order(args[2] + "1", "GZ", "梧桐区张杨路１２３４弄５号"), order(args[2] + "2", "XX", "梧桐区"), order(args[2] + "3", "CB", "")};
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (HuiZhi h : hub.tiJiaoGongDan(orders)) {
            out.println(h.getGongDanHao() + "\t" + h.getNianDu() + "\t" + h.isChengGong() + "\t" + (h.getPaiDanHao() != null) + "\t" + h.getXiaoXi());
        }
    }
}

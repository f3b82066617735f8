// The hotline's own web service, as such systems were written about 2008: strings in, strings
// out, with XML inside them.
using System;
using System.IO;
using System.Text;
using System.Web.Services;
using System.Web.Services.Protocols;
using System.Xml;

namespace Hotline
{
    [WebService(Namespace = "http://tempuri.org/")]
    [WebServiceBinding(ConformsTo = WsiProfiles.BasicProfile1_1)]
    public class HotlineService : WebService
    {
        // What it keeps is a line in a file for each order: number, status, remark.
        static readonly string Books = Environment.GetEnvironmentVariable("HOTLINE_BOOKS") ?? "books.txt";
        static readonly object Door = new object();

        static string Answer(string code, string text)
        {
            return "<?xml version=\"1.0\" encoding=\"gb2312\"?><RESULT><CODE>" + code + "</CODE><MSG>" + text + "</MSG></RESULT>";
        }

        // A repair that the hotline hands to whoever does the work: the hub takes its place.
        [WebMethod(Description = "报修登记 Registers a repair")]
        public string SubmitRepair(string xmlData)
        {
            return Answer("-1", "此服务已由工单平台接管");
        }

        // What became of a repair.
        [WebMethod(Description = "处理结果回写 Takes what became of a repair")]
        public string WriteBack(string xmlData)
        {
            try
            {
                XmlDocument d = new XmlDocument();
                d.LoadXml(xmlData);
                string no = d.SelectSingleNode("/WRITEBACK/S_BH").InnerText;
                string state = d.SelectSingleNode("/WRITEBACK/S_ZT").InnerText;
                XmlNode text = d.SelectSingleNode("/WRITEBACK/S_CLJG");
                string line = no + "\t" + state + "\t" + (text == null ? "" : text.InnerText);
                lock (Door)
                {
                    if (File.Exists(Books) && Array.IndexOf(File.ReadAllLines(Books, Encoding.UTF8), line) >= 0)
                        return Answer("2", "重复回写");
                    File.AppendAllText(Books, line + "\n", new UTF8Encoding(false));
                }
                return Answer("1", "成功");
            }
            catch (Exception e)
            {
                return Answer("0", e.Message.Replace("<", "("));
            }
        }
    }
}

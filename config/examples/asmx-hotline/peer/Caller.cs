// The hotline's client program: it registers a repair where it has always done so. The proxy is
// what wsdl.exe makes of the service's WSDL.
using System;
using System.IO;
using System.Text;

public class Caller
{
    public static int Main(string[] args)
    {
        HotlineService service = new HotlineService();
        service.Url = args[0];
        string xml = File.ReadAllText(args[1], Encoding.UTF8);
        Console.OutputEncoding = new UTF8Encoding(false);
        Console.WriteLine(service.SubmitRepair(xml));
        return 0;
    }
}

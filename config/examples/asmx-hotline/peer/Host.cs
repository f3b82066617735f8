// A web server around ASP.NET, in place of IIS: it hands each request to the runtime that runs
// .asmx pages.
//   mono bin/Host.exe PORT FOLDER
using System;
using System.IO;
using System.Net;
using System.Threading;
using System.Web;
using System.Web.Hosting;

public class Host : MarshalByRefObject
{
    public override object InitializeLifetimeService() { return null; }

    public static void Main(string[] args)
    {
        Host host = (Host)ApplicationHost.CreateApplicationHost(typeof(Host), "/", Path.GetFullPath(args[1]));
        host.Serve(int.Parse(args[0]));
    }

    public void Serve(int port)
    {
        HttpListener listener = new HttpListener();
        listener.Prefixes.Add("http://127.0.0.1:" + port + "/");
        listener.Start();
        Console.WriteLine("listening on " + port);
        Console.Out.Flush();
        while (true)
        {
            HttpListenerContext c = listener.GetContext();
            ThreadPool.QueueUserWorkItem(delegate { Handle(c); });
        }
    }

    static void Handle(HttpListenerContext c)
    {
        try
        {
            MemoryStream body = new MemoryStream();
            c.Request.InputStream.CopyTo(body);
            HttpRuntime.ProcessRequest(new Request(c, body.ToArray()));
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
            try { c.Response.Abort(); } catch (Exception) { }
        }
    }

    class Request : SimpleWorkerRequest
    {
        readonly HttpListenerContext c;
        readonly byte[] body;

        public Request(HttpListenerContext c, byte[] body)
            : base(c.Request.Url.AbsolutePath.TrimStart('/'), c.Request.Url.Query.TrimStart('?'), null)
        {
            this.c = c;
            this.body = body;
        }

        public override string GetHttpVerbName() { return c.Request.HttpMethod; }
        public override string GetHttpVersion() { return "HTTP/1.1"; }
        public override string GetUriPath() { return c.Request.Url.AbsolutePath; }
        public override string GetRawUrl() { return c.Request.RawUrl; }
        public override string GetServerName() { return c.Request.Url.Host; }
        public override int GetLocalPort() { return c.Request.Url.Port; }
        public override string GetLocalAddress() { return "127.0.0.1"; }
        public override string GetRemoteAddress() { return c.Request.RemoteEndPoint.Address.ToString(); }
        public override byte[] GetPreloadedEntityBody() { return body; }
        public override bool IsEntireEntityBodyIsPreloaded() { return true; }
        public override int ReadEntityBody(byte[] buffer, int size) { return 0; }

        public override string GetKnownRequestHeader(int index) { return c.Request.Headers[GetKnownRequestHeaderName(index)]; }
        public override string GetUnknownRequestHeader(string name) { return c.Request.Headers[name]; }
        public override string[][] GetUnknownRequestHeaders()
        {
            System.Collections.Generic.List<string[]> all = new System.Collections.Generic.List<string[]>();
            foreach (string name in c.Request.Headers.AllKeys)
                if (GetKnownRequestHeaderIndex(name) < 0)
                    all.Add(new string[] { name, c.Request.Headers[name] });
            return all.ToArray();
        }

        public override void SendStatus(int code, string description)
        {
            c.Response.StatusCode = code;
            c.Response.StatusDescription = description;
        }
        public override void SendKnownResponseHeader(int index, string value) { SendUnknownResponseHeader(GetKnownResponseHeaderName(index), value); }
        public override void SendUnknownResponseHeader(string name, string value)
        {
            if (name == "Content-Type") c.Response.ContentType = value;
            else if (name != "Content-Length" && name != "Transfer-Encoding" && name != "Connection") c.Response.Headers[name] = value;
        }
        public override void SendResponseFromMemory(byte[] data, int length) { c.Response.OutputStream.Write(data, 0, length); }
        public override void SendResponseFromFile(string file, long offset, long length)
        {
            byte[] data = File.ReadAllBytes(file);
            c.Response.OutputStream.Write(data, (int)offset, (int)(length < 0 ? data.Length - offset : length));
        }
        public override void FlushResponse(bool final) { if (final) c.Response.Close(); else c.Response.OutputStream.Flush(); }
        public override void EndOfRequest() { try { c.Response.Close(); } catch (Exception) { } }
    }
}

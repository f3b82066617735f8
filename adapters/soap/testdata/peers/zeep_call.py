"""Calls an echo endpoint with zeep: URL, SOAP version, login scheme. Prints JSON."""
import json
import sys

import requests
import zeep
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin
from zeep.wsse.username import UsernameToken

url, version, scheme = sys.argv[1:4]
session = requests.Session()
wsse = None
if scheme == "basic":
    session.auth = ("u", "secret")
elif scheme in ("text", "digest"):
    wsse = UsernameToken("u", "secret", use_digest=scheme == "digest")
client = zeep.Client(
    url + ("?wsdl=1.2" if version == "1.2" else "?wsdl"),
    transport=Transport(session=session),
    wsse=wsse,
    plugins=[WsAddressingPlugin()],
)
out = {}
answer = client.service.Echo(Text="燃气表 𠮷 <&>", Times=0)
out["text"], out["times"] = answer.Text, answer.Times
try:
    client.service.Echo(Text="refuse")
except zeep.exceptions.Fault as fault:
    detail = fault.detail[0]
    out["fault"] = fault.message
    out["code"] = detail.findtext("{urn:tundish:echo:v1}code")
print(json.dumps(out))

"""The pre-registration desk: registers an application with the hub, by zeep, from the WSDL that the hub serves."""
import json
import sys

import zeep
from zeep import xsd

client = zeep.Client(sys.argv[1])
receiver = client.create_service("{urn:newconn:2015}NewConnectionSoap12", sys.argv[2])


def application(**changes):
    a = {
        "number": "BZ2026-00001",
        "kind": "RESIDENT",
        "urgent": True,
        "registered": "2026-05-10T08:00:00+08:00",
        "Applicant": {"Name": "𠮷田", "Contact": xsd.Nil, "Phone": "１３８-0000 0000"},
        "Site": {"district": "D1", "Address": "梧桐区张杨路1234弄5号", "Directions": "东门内 <左转> & 直行"},
        "Meter": {"caliber": "DN20", "model": "LXS-20"},
        "VisitFrom": xsd.Nil,
        "Remark": xsd.Nil,
    }
    return a | changes


def told(call, **changes):
    try:
        r = call(Application=application(**changes))
        return {"application": r.application, "orderNo": r.orderNo, "known": r.known}
    except zeep.exceptions.Fault as f:
        return {"code": f.code, "fault": f.message, "subcodes": [str(s) for s in f.subcodes or []]}


print(json.dumps({
    "first": told(receiver.RegisterApplication),
    "again": told(receiver.RegisterApplication),
    "changed": told(receiver.ChangeApplication, Remark="改约周三", VisitFrom="2026-05-13T01:00:00Z"),
    "refused": told(receiver.RegisterApplication, number="BZ2026-00002", kind="FARM"),
}, ensure_ascii=False))

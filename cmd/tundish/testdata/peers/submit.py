"""Hands the hub an order with zeep, from the WSDL at URL, under the number REF. Prints what it reads as JSON."""
import datetime
import json
import sys

import zeep

wsdl, ref = sys.argv[1:3]
service = zeep.Client(wsdl).service


def order(**changes):
    whole = {
        "ExternalRef": ref,
        "Type": "LS",
        "Channel": "DH",
        "Urgency": "2",
        "Customer": {"Name": "𠮷田物业", "Contact": "李师傅", "Phone": "13800000000"},
        "Place": {"Address": "梧桐区张杨路1234弄5号 <西门> & 地库", "District": "D1", "Coordinate": {"Lat": "31.2480", "Lon": "121.4300", "referenceSystem": "WGS84"}},
        "Report": {"Category": "02", "Content": "5 号门前路面冒水，“水量较大”"},
        "Attachment": [{"name": "门前.png", "contentType": "image/png", "Content": b"\x89PNG\r\n\x1a\n0000"}],
    }
    return {**whole, **changes}


def submit(**changes):
    return service.SubmitOrder(MessageId="m-" + ref, SentAt=datetime.datetime.now(datetime.timezone.utc), Order=order(**changes))


def refused(**changes):
    try:
        submit(**changes)
    except zeep.exceptions.Fault as fault:
        detail = fault.detail[0]
        ns = "{urn:tundish:hotline:v1}"
        return {k: detail.findtext(ns + k) or "" for k in ("code", "field", "message", "correlationId")}
    return None


first, again = submit(), submit()
query = service.QueryOrder(ExternalRef=ref)
print(json.dumps({
    "first": {"no": first.OrderNo, "known": first.Known, "status": first.Status},
    "again": {"no": again.OrderNo, "known": again.Known, "status": again.Status},
    "query": {"no": query.OrderNo, "ref": query.ExternalRef, "type": query.Type, "hold": query.OnHold, "events": len(query.Event)},
    "missing": refused(ExternalRef=ref + "-1", Place={"District": "D1", "Address": ""}),
    "type": refused(ExternalRef=ref + "-2", Type="LEEK"),
}))

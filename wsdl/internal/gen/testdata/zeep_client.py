"""Calls the test server with zeep and reports what zeep sent and understood.

Usage: zeep_client.py URL-of-WSDL; prints one JSON object.
"""
import base64
import datetime
import decimal
import json
import sys

import zeep
import zeep.exceptions
import zeep.helpers

client = zeep.Client(sys.argv[1])


def show(value):
    """Everything with its type, so that 0, False and None differ."""
    if isinstance(value, dict):
        return {k: show(v) for k, v in value.items()}
    if isinstance(value, list):
        return [show(v) for v in value]
    if isinstance(value, bytes):
        return "bytes:" + base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return "decimal:" + str(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return "date:" + value.isoformat()
    return value


reading = {
    "id": "R-9",
    "Serial": "AB000009",
    "Register": 0,
    "Cancelled": False,
    "Value": decimal.Decimal("1234567.50"),
    "Rate": decimal.Decimal("0.30"),
    "At": datetime.datetime(2026, 5, 11, 10, 12, 0),
    "ClosedAt": zeep.xsd.Nil,
    "OnDay": datetime.date(2026, 5, 11),
    "Photo": bytes(range(256)),
    "Seal": b"\x00\x01",
    "State": "estimated",
    "Tag": ["a", "b"],
    "Line": [{"No": 1, "Text": "one"}, {"No": 2}],
    "Estimate": [1, zeep.xsd.Nil, 0],
    "Inner": 0,
    "Innermost": 0,
    "Book": "B7",
    "BookSequence": 0,
    "ByCustomer": True,
    # zeep takes the elements of an optional sequence for required.
    "Place": {"Address": "解放路 1 号 𠀀 <&>", "Lat": decimal.Decimal("31.2"), "Lon": decimal.Decimal("121.50")},
    "Weight": {"_value_1": decimal.Decimal("0.500"), "unit": "kg"},
    "Entry": {"EntryNo": 0, "Reason": zeep.xsd.Nil, "urgent": False},
    "Remark": "ok",
}
out = {"operations": sorted(client.service._binding._operations)}
answer = client.service.Record(Reading=reading)
out["record"] = show(zeep.helpers.serialize_object(answer, dict))
try:
    client.service.Record(Reading=dict(reading, Note="refuse"))
except zeep.exceptions.Fault as fault:
    detail = client.wsdl.types.deserialize(fault.detail[0])
    out["fault"] = {"code": fault.code, "message": fault.message, "detail": show(zeep.helpers.serialize_object(detail, dict))}
try:
    client.service.Record(Reading=dict(reading, Serial="bad"))
except zeep.exceptions.Fault as fault:
    out["refused"] = fault.message
print(json.dumps(out, ensure_ascii=True))

#!/bin/sh
# Checks from your side that the hub is reached and answers; nothing is changed there.
# 在贵方检查能否访问枢纽并得到应答；不会产生任何数据。
#   HUB=http://hub.example/soap/you [TUNDISH_USER=… TUNDISH_PASSWORD=…] sh selftest.sh
: "${HUB:?set HUB to the address of the hub 请设置 HUB 为枢纽地址}"
bad=0
say() { if [ "$1" = 0 ]; then echo "ok   $2"; else echo "FAIL $2"; bad=1; fi; }
ask() { # the user and password go through a file of settings, not through the list of processes
  if [ -n "$TUNDISH_USER" ]; then
    printf 'user = "%s:%s"\n' "$TUNDISH_USER" "$TUNDISH_PASSWORD" | curl -sS --max-time 30 -K - "$@"
  else
    curl -sS --max-time 30 "$@"
  fi
}

ask "$HUB?wsdl" | grep -q 'definitions'
say $? "the contract is served 能取得接口约定"

answer=$(ask -H 'Content-Type: text/xml; charset=utf-8' -H 'SOAPAction: ""' --data-binary \
  '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><SelfTest xmlns="urn:selftest"/></e:Body></e:Envelope>' "$HUB")
printf '%s' "$answer" | grep -q 'Fault'
say $? "an unknown operation is refused with a fault 未知操作以 Fault 拒绝"

answer=$(ask -H 'Content-Type: text/xml; charset=GBK' -H 'SOAPAction: ""' --data-binary \
  '<?xml version="1.0" encoding="GBK"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><SelfTest xmlns="urn:selftest"/></e:Body></e:Envelope>' "$HUB")
printf '%s' "$answer" | grep -q 'Fault'
say $? "GBK is read, too 可接收 GBK 报文"
exit $bad

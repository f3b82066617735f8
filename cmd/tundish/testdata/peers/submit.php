<?php
// Hands the hub an order with ext/soap, from the WSDL at URL, under the number REF. Prints what it reads as JSON.
[, $wsdl, $ref] = $argv;
$client = new SoapClient($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);

function order(array $changes): array
{
    global $ref;
    return $changes + [
        'ExternalRef' => $ref,
        'Type' => 'LS',
        'Channel' => 'DH',
        'Urgency' => '2',
        'Customer' => ['Name' => '𠮷田物业', 'Contact' => '李师傅', 'Phone' => '13800000000'],
        'Place' => ['Address' => '梧桐区张杨路1234弄5号 <西门> & 地库', 'District' => 'D1', 'Coordinate' => ['Lat' => '31.2480', 'Lon' => '121.4300', 'referenceSystem' => 'WGS84']],
        'Report' => ['Category' => '02', 'Content' => '5 号门前路面冒水，“水量较大”'],
        'Attachment' => [['name' => '门前.png', 'contentType' => 'image/png', 'Content' => "\x89PNG\r\n\x1a\n0000"]],
    ];
}

function submit(array $changes = []): stdClass
{
    global $client, $ref;
    return $client->SubmitOrder(['MessageId' => 'm-' . $ref, 'SentAt' => gmdate('Y-m-d\TH:i:s\Z'), 'Order' => order($changes)]);
}

function refused(array $changes): ?array
{
    try {
        submit($changes);
    } catch (SoapFault $fault) {
        $d = $fault->detail->OrderFault;
        return ['code' => $d->code, 'field' => $d->field ?? '', 'message' => $d->message, 'correlationId' => $d->correlationId];
    }
    return null;
}

$first = submit();
$again = submit();
$query = $client->QueryOrder(['ExternalRef' => $ref])->Progress;
echo json_encode([
    'first' => ['no' => $first->OrderNo, 'known' => $first->Known, 'status' => $first->Status],
    'again' => ['no' => $again->OrderNo, 'known' => $again->Known, 'status' => $again->Status],
    'query' => ['no' => $query->OrderNo, 'ref' => $query->ExternalRef, 'type' => $query->Type, 'hold' => $query->OnHold, 'events' => count($query->Event)],
    'missing' => refused(['ExternalRef' => $ref . '-1', 'Place' => ['District' => 'D1', 'Address' => '']]),
    'type' => refused(['ExternalRef' => $ref . '-2', 'Type' => 'LEEK']),
], JSON_THROW_ON_ERROR);

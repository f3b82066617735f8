<?php
// Calls the test server with PHP's SoapClient and reports what it understood.
// Usage: php client.php URL-of-WSDL; prints one JSON object.
$client = new SoapClient($argv[1], ['cache_wsdl' => WSDL_CACHE_NONE, 'trace' => 1, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
$reading = [
    'id' => 'R-9',
    'Serial' => 'AB000009',
    'Register' => 0,
    'Cancelled' => false,
    'Value' => '1234567.50',
    'Rate' => '0.30',
    'At' => '2026-05-11T10:12:00',
    'ClosedAt' => null,
    'OnDay' => '2026-05-11',
    'Photo' => implode('', array_map('chr', range(0, 255))),
    'Seal' => null,
    'State' => 'read',
    'Line' => [['No' => 1], ['No' => 2, 'Text' => '二']],
    'Inner' => 0,
    'Innermost' => 0,
    'Account' => '4711',
    'Place' => ['Address' => '解放路 1 号 𠀀 <&>'],
    'Weight' => ['_' => '0.500', 'unit' => 'kg'],
];
$out = ['functions' => $client->__getFunctions()];
$answer = $client->Record(['Reading' => $reading]);
$answer->Reading->Photo = bin2hex($answer->Reading->Photo);
$out['record'] = $answer;
foreach (['refused' => ['Serial' => 'bad'], 'fault' => ['Note' => 'refuse']] as $name => $change) {
    try {
        $client->Record(['Reading' => array_merge($reading, $change)]);
    } catch (SoapFault $f) {
        $out[$name] = ['message' => $f->getMessage(), 'detail' => $f->detail ?? null];
    }
}
echo json_encode($out);

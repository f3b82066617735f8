<?php
// Calls an echo endpoint with ext/soap: URL, SOAP version, login scheme. Prints JSON.
[, $url, $version, $scheme] = $argv;
$options = [
    'soap_version' => $version === '1.2' ? SOAP_1_2 : SOAP_1_1,
    'cache_wsdl' => WSDL_CACHE_NONE,
    'compression' => SOAP_COMPRESSION_ACCEPT | SOAP_COMPRESSION_GZIP | 5,
];
if ($scheme === 'basic') {
    $options += ['login' => 'u', 'password' => 'secret'];
}
$client = new SoapClient($url . ($version === '1.2' ? '?wsdl=1.2' : '?wsdl'), $options);
$answer = $client->Echo(['Text' => '燃气表 𠮷 <&>', 'Times' => 0]);
$out = ['text' => $answer->Text, 'times' => $answer->Times];
try {
    $client->Echo(['Text' => 'refuse']);
} catch (SoapFault $fault) {
    $out['fault'] = $fault->faultstring;
    $out['code'] = $fault->detail->OrderFault->code;
}
echo json_encode($out);

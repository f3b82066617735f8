<?php
// php submit.php WSDL REF PHOTO [KEY=VALUE…]: hands over a request by ext/soap, with changes, or calls
// another operation about it, and prints the answer as JSON.
[, $wsdl, $ref, $photo] = $argv;
$client = new SoapClient($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE, 'trace' => true]);
$request = [
    'no' => $ref, 'kind' => '漏水', 'urgent' => true, 'name' => '𠮷田物业', 'mobile' => '１３８-00000000', 'account' => '3000021',
    'address' => '梧桐区张杨路1234弄5号 <西门> & 地库', 'lng' => '121.4415', 'lat' => '31.2520',
    'content' => "门前路面冒水\n“水量较大”", 'createdAt' => '2026-05-11 08:41:00',
    'photo' => [['name' => '门前.png', 'takenAt' => '2026-05-11 08:40:12', 'data' => file_get_contents($photo)], ['name' => '远景.png', 'data' => file_get_contents($photo)]],
];
$operation = 'submitRequest';
foreach (array_slice($argv, 4) as $change) {
    [$key, $value] = explode('=', $change, 2);
    if ($key === 'operation') {
        $operation = $value;
    } else {
        $request[$key] = $value;
    }
}
$client->ping([]);
$in = match ($operation) {
    'cancelRequest' => ['no' => $ref, 'reason' => $request['reason']],
    'queryRequest' => ['no' => $ref],
    default => ['request' => $request],
};
$out = $client->$operation($in);
$steps = $out->step ?? [];
echo json_encode((array) $out->answer + ['state' => $out->state ?? '', 'steps' => is_array($steps) ? count($steps) : 1], JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR), "\n";

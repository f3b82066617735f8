<?php
// Serves the test contract with PHP's SoapServer: reads one envelope from
// standard input, writes the answer. Usage: php server.php FILE.wsdl < request
class Book
{
    function Record($in)
    {
        if (($in->Reading->Note ?? '') == 'refuse') {
            throw new SoapFault('Server', 'refused', null, ['code' => 'doubted', 'message' => '可疑', 'field' => 'Value'], 'Refusal');
        }
        // A server that had read a photo as text would not count its bytes right.
        $in->Reading->Note = strlen($in->Reading->Photo) . ' ' . gettype($in->Reading->Cancelled) . ' ' . $in->Reading->Register . ' ' . $in->Reading->Value;
        return ['Known' => false, 'Reading' => $in->Reading];
    }

    function List($in)
    {
        return ['Reading' => []];
    }
}
$server = new SoapServer($argv[1], ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
$server->setObject(new Book());
$server->handle(file_get_contents('php://stdin'));

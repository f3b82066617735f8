<?php
// An echo service by ext/soap, run by php -S. ECHO_WSDL names its contract.
class Service
{
    public function Echo($in)
    {
        switch ($in->Text) {
            case 'refuse':
                $detail = ['code' => 'known', 'message' => '重复回写', 'correlationId' => '7'];
                throw new SoapFault('Client', '重复回写', null, $detail, 'OrderFault');
            case 'own':
                throw new SoapFault('-17', 'a code of its own');
            case 'die':
                throw new Error('broken');
        }
        return ['Text' => $in->Text, 'Times' => $in->Times];
    }
}
ini_set('soap.wsdl_cache_enabled', '0');
$server = new SoapServer(getenv('ECHO_WSDL'), ['soap_version' => SOAP_1_1]);
$server->setClass('Service');
$server->handle();

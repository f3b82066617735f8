<?php
// The website is told what becomes of requests: SoapServer, run by php -S. PROGRESS_WSDL names
// the contract, BOOKS the file that it remembers in.
class Progress
{
    private function known(string $what): bool
    {
        return in_array($what, array_filter(explode("\n", (string) @file_get_contents(getenv('BOOKS')))), true);
    }

    private function note(string ...$words): void
    {
        file_put_contents(getenv('BOOKS'), implode("\t", $words) . "\n", FILE_APPEND | LOCK_EX);
    }

    private function answer(int $code, string $message): array
    {
        return ['answer' => ['code' => $code, 'message' => $message]];
    }

    public function progress($in)
    {
        if (!preg_match('/^GW/', $in->no)) {
            throw new SoapFault('Client', '无此单号');
        }
        $this->note('progress', $in->no, $in->state, $in->reason ?? '');
        return $this->answer(0, '成功');
    }

    // The first call for some meets what happens: it is busy, or breaks off after the result was kept.
    public function result($in)
    {
        $first = !$this->known("asked\t$in->no");
        $this->note('asked', $in->no);
        if ($first && str_ends_with($in->no, '2')) {
            return $this->answer(503, '系统繁忙');
        }
        if ($this->known("kept\t$in->no")) {
            return $this->answer(409, '重复回写');
        }
        $photos = array_map(fn ($p) => $p->name . ':' . md5($p->data), $in->photo ?? []);
        $this->note('kept', $in->no);
        $this->note('result', $in->no, $in->done ? 'done' : 'not done', $in->reason ?? '', $in->work ?? '', implode(',', $in->staff ?? []), implode(',', $photos));
        if ($first && str_ends_with($in->no, '3')) {
            throw new SoapFault('Server', 'MySQL server has gone away');
        }
        return $this->answer(0, '成功');
    }
}

ini_set('soap.wsdl_cache_enabled', '0');
$server = new SoapServer(getenv('PROGRESS_WSDL'), ['features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
$server->setClass(Progress::class);
$server->handle();

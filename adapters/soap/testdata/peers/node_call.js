// Calls an echo endpoint with node's soap: URL, SOAP version, login scheme. Prints JSON.
const soap = require('soap');
const [url, version, scheme] = process.argv.slice(2);

(async () => {
  const headers = {};
  const basic = new soap.BasicAuthSecurity('u', 'secret');
  if (scheme === 'basic') basic.addHeaders(headers);
  const client = await soap.createClientAsync(url + (version === '1.2' ? '?wsdl=1.2' : '?wsdl'), {
    forceSoap12Headers: version === '1.2',
    wsdl_headers: headers,
  });
  if (scheme === 'basic') client.setSecurity(basic);
  if (scheme === 'text') client.setSecurity(new soap.WSSecurity('u', 'secret', { passwordType: 'PasswordText', mustUnderstand: true }));
  if (scheme === 'digest') client.setSecurity(new soap.WSSecurity('u', 'secret', { passwordType: 'PasswordDigest', hasNonce: true, mustUnderstand: true }));
  const [answer] = await client.EchoAsync({ Text: '燃气表 𠮷 <&>', Times: 0 });
  const out = { text: answer.Text, times: answer.Times };
  try {
    await client.EchoAsync({ Text: 'refuse' });
  } catch (e) {
    const fault = e.root.Envelope.Body.Fault;
    out.fault = fault.faultstring || fault.Reason.Text.$value || fault.Reason.Text;
    out.code = (fault.detail || fault.Detail).OrderFault.code;
  }
  console.log(JSON.stringify(out));
})().catch((e) => { console.error(e); process.exit(1); });

// Hands the hub an order with node's soap, from the WSDL at URL, under the number REF. Prints what it reads as JSON.
const soap = require('soap');
const [wsdl, ref] = process.argv.slice(2);

const order = (changes) => ({
  ExternalRef: ref,
  Type: 'LS',
  Channel: 'DH',
  Urgency: '2',
  Customer: { Name: '𠮷田物业', Contact: '李师傅', Phone: '13800000000' },
  Place: {
    Address: '梧桐区张杨路1234弄5号 <西门> & 地库',
    District: 'D1',
    Coordinate: { attributes: { referenceSystem: 'WGS84' }, Lat: '31.2480', Lon: '121.4300' },
  },
  Report: { Category: '02', Content: '5 号门前路面冒水，“水量较大”' },
  Attachment: [{ attributes: { name: '门前.png', contentType: 'image/png' }, Content: Buffer.from('\x89PNG\r\n\x1a\n0000', 'latin1').toString('base64') }],
  ...changes,
});

(async () => {
  const client = await soap.createClientAsync(wsdl);
  const submit = async (changes) =>
    (await client.SubmitOrderAsync({ MessageId: `m-${ref}`, SentAt: new Date().toISOString(), Order: order(changes) }))[0];
  const refused = async (changes) => {
    try {
      await submit(changes);
    } catch (e) {
      const { code, field = '', message, correlationId } = e.root.Envelope.Body.Fault.detail.OrderFault;
      return { code, field, message, correlationId };
    }
    return null;
  };
  const first = await submit();
  const again = await submit();
  const [{ Progress: query }] = await client.QueryOrderAsync({ ExternalRef: ref });
  console.log(JSON.stringify({
    first: { no: first.OrderNo, known: first.Known, status: first.Status },
    again: { no: again.OrderNo, known: again.Known, status: again.Status },
    query: { no: query.OrderNo, ref: query.ExternalRef, type: query.Type, hold: query.OnHold, events: query.Event.length },
    missing: await refused({ ExternalRef: `${ref}-1`, Place: { District: 'D1', Address: '' } }),
    type: await refused({ ExternalRef: `${ref}-2`, Type: 'LEEK' }),
  }));
})().catch((e) => { console.error(e); process.exit(1); });

// A patrol terminal: submits a finding to the hub with node's soap, from the WSDL that the hub serves, twice, and one
// that lies outside the city. Prints the answers as JSON. Started as: node patrol.js ADDRESS.
const soap = require('soap');
const [address] = process.argv.slice(2);

const finding = (changes) => ({
  finding: {
    xjbh: 'XJ-0001',
    wtlx: '漏水',
    jjcd: '一般',
    fxsj: '2026/5/11 08:05',
    xjy: '3017',
    dz: '梧桐区张杨路 <88号> & 门前',
    xzb: '324.585',
    yzb: '-405.607',
    ms: '阀门井渗水，𠮷田物业报告',
    zp: [{ mc: '井口.jpg', nr: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]).toString('base64') }],
    ...changes,
  },
});

(async () => {
  const client = await soap.createClientAsync(`${address}?wsdl`, { endpoint: address });
  const submit = async (changes) => (await client.SubmitFindingAsync(finding(changes)))[0].return;
  console.log(JSON.stringify({
    first: await submit({}),
    again: await submit({}),
    outside: await submit({ xjbh: 'XJ-0002', xzb: '324585', yzb: '-405.607' }),
  }));
})();

// The pipe network's GIS, on node's soap: knows service points and addresses by the city's grid and keeps books, a line
// of JSON for each thing that it is told. Started as: node server.js WSDL BOOKS; it prints its port.
const fs = require('fs');
const http = require('http');
const soap = require('soap');
const [wsdl, books] = process.argv.slice(2);

// x north, y east, in metres of the grid, worked out apart from the hub.
const points = {
  'GSD-0001': { bsm: 'GSD-0001', lx: '水表', dz: '梧桐区张杨路88号', xzb: '1755.363', yzb: '-2329.594' },
  'GSD-0002': { bsm: 'GSD-0002', lx: '水表', xzb: '-1', yzb: '-1' }, // not surveyed
};
const addresses = [
  { bsm: 'MP-1', lx: '门牌', dz: '梧桐区海棠路9号', xzb: '868.196', yzb: '4338.730' },
  { bsm: 'MP-2', lx: '门牌', dz: '梧桐区海棠路9号乙', xzb: '879.292', yzb: '4367.306' },
  { bsm: 'MP-3', lx: '门牌', dz: '梧桐区人民路1号', xzb: '-107.957', yzb: '1585.571' },
  { bsm: 'MP-4', lx: '门牌', dz: '玉兰区人民路1号', xzb: '3085.330', yzb: '2433.160' },
];

const told = (line) => fs.appendFileSync(books, JSON.stringify(line) + '\n');
const list = (features) => ({ return: features.length ? { code: 0, msg: '成功', feature: features } : { code: 1, msg: '未找到' } });
const taken = (name) => (args) => {
  told({ [name]: args });
  return { return: { code: 0, msg: '成功' } };
};

const PipeGISPort = {
  QueryServicePoint: ({ bsm }) => list(points[bsm] ? [points[bsm]] : []),
  SearchAddress: ({ dz, zdts }) => list(addresses.filter((a) => a.dz.includes(dz)).slice(0, zdts)),
  UpdateCoordinate: (args) => {
    const p = points[args.bsm];
    if (!p) return { return: { code: 2, msg: `无此标识码 ${args.bsm}` } };
    if (p.xzb === args.xzb && p.yzb === args.yzb) return { return: { code: 3, msg: '坐标未变化' } };
    Object.assign(p, { xzb: args.xzb, yzb: args.yzb });
    return taken('UpdateCoordinate')(args);
  },
  SubmitFinding: () => ({ return: { code: 2, msg: '本服务不提供' } }),
  FindingState: taken('FindingState'),
};

const server = http.createServer((_, res) => res.writeHead(404).end());
server.listen(0, '127.0.0.1', () => {
  soap.listen(server, '/PipeGIS', { PipeGISService: { PipeGISPort } }, fs.readFileSync(wsdl, 'utf8'), () => {
    console.log(`listening on ${server.address().port}`);
  });
});

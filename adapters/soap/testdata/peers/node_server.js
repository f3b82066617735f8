// An echo service by node's soap on a free port. ECHO_WSDL names its contract. Prints the port.
const fs = require('fs');
const http = require('http');
const soap = require('soap');

const server = http.createServer((req, res) => { res.statusCode = 404; res.end(); });
const service = {
  EchoService: {
    Echo: {
      Echo(args) {
        if (args.Text === 'refuse') {
          throw {
            Fault: {
              faultcode: 'soap:Client',
              faultstring: '重复回写',
              detail: { OrderFault: { code: 'known' } }, // without its namespace: node writes what it is given
              statusCode: 500,
            },
          };
        }
        if (args.Text === 'own') throw { Fault: { faultcode: '-17', faultstring: 'a code of its own' } };
        if (args.Text === 'die') throw new Error('broken');
        return { Text: args.Text, Times: args.Times };
      },
    },
  },
};
server.listen(0, '127.0.0.1', () => {
  soap.listen(server, '/x', service, fs.readFileSync(process.env.ECHO_WSDL, 'utf8'), () => {
    console.log(server.address().port);
  });
});

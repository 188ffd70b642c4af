// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0
//
//   node listed_upstream.mjs LISTEN_PORT UPSTREAM_PORT
//
// Stands before a fake model server that lists no models: answers GET itself with a list of one
// model, "fake", and passes the bytes of everything else on. For GatewayBench (docs/benchmarks.md).
import net from 'node:net';

const [listen, upstream] = process.argv.slice(2).map(Number);
const models = JSON.stringify({ object: 'list', data: [{ id: 'fake', object: 'model' }] });
const listed =
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${models.length}\r\n\r\n` + models;

net
  .createServer((client) => {
    const server = net.connect(upstream, '127.0.0.1');
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on('data', (bytes) =>
      bytes.subarray(0, 4).toString('latin1') === 'GET ' ? client.write(listed) : server.write(bytes));
    server.on('data', (bytes) => client.write(bytes));
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  })
  .listen(listen, '127.0.0.1');
process.stdin.on('end', () => process.exit(0)).resume();

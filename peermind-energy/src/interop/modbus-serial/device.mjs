// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

// Serves the holding registers of a recording: node device.mjs PORT FILE. Registers that the
// recording lacks are refused with exception 2. Says "ready" once it listens.

import { readFileSync } from 'node:fs';
import ModbusRTU from 'modbus-serial';

const [port, file] = process.argv.slice(2);
const blocks = Object.entries(JSON.parse(readFileSync(file, 'utf8')).holding);

function register(address) {
  for (const [first, words] of blocks) {
    const word = words[address - Number(first)];
    if (word !== undefined) {
      return word;
    }
  }
  throw { modbusErrorCode: 2 };
}

const server = new ModbusRTU.ServerTCP(
  { getHoldingRegister: (address) => register(address) },
  { host: '127.0.0.1', port: Number(port), unitID: 1 },
);
server.on('initialized', () => console.log('ready'));
server.on('socketError', () => {});

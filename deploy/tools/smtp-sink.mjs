// A mail server that takes everything, for measuring: smtp-sink.mjs PORT
// Prints a line of JSON when it listens and on SIGUSR2: messages taken, distinct Message-IDs, and milliseconds from the
// first to the last.

import { createServer } from 'node:net';

const ids = new Set();
let messages = 0;
let first = 0;
let last = 0;

function take(message) {
  last = performance.now();
  first ||= last;
  messages += 1;
  ids.add(/^Message-ID: *(.*)$/im.exec(message)?.[1]);
}

function tell() {
  console.log(JSON.stringify({ messages, distinct: ids.size, milliseconds: last - first }));
}

process.on('SIGUSR2', tell);
createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  let rest = '';
  let inMessage = false;
  socket.write('220 sink\r\n');
  socket.setEncoding('latin1');
  socket.on('data', (data) => {
    rest += data;
    for (;;) {
      const end = rest.indexOf(inMessage ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const text = rest.slice(0, end);
      rest = rest.slice(end + (inMessage ? 5 : 2));
      if (inMessage) {
        take(text);
        inMessage = false;
        socket.write('250 taken\r\n');
        continue;
      }
      const verb = text.slice(0, 4).toUpperCase();
      inMessage = verb === 'DATA';
      if (verb === 'QUIT') return socket.end('221 bye\r\n');
      socket.write(verb === 'EHLO' ? '250-sink\r\n250 8BITMIME\r\n' : inMessage ? '354 go on\r\n' : '250 fine\r\n');
    }
  });
}).listen(Number(process.argv[2]), '127.0.0.1', tell);

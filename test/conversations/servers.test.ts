import { expect, test } from 'vitest';
import { summariseServers } from '../../src/conversations/servers.ts';
import { ascii } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import { tcp } from '../packets/transport.ts';
import { observe } from './observe.ts';

const SERVER = '10.244.3.9:8080';

test('a server has the connections, the times and the requests of all its clients', () => {
  const asked = (from: string, status: string, after: number): ReturnType<typeof talk> =>
    talk({ from, to: SERVER, time: after }, [
      { by: 'client', says: ascii('GET / HTTP/1.1\r\nHost: api.example\r\n\r\n') },
      { by: 'server', says: ascii(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`), after },
    ]);
  const silent = [0, 1, 3].map((time) =>
    at(time, tcp({ from: '10.244.1.7:4000', to: SERVER, flags: 'S', seq: 7 })),
  );
  const servers = summariseServers(
    observe([
      ...asked('10.244.1.5:4000', '200 OK', 0.25),
      ...asked('10.244.1.6:4000', '500 Oops', 0.75),
      ...silent,
    ]),
  );
  expect(servers).toMatchObject([
    {
      server: SERVER,
      address: '10.244.3.9',
      port: 8080,
      attempts: 3,
      failed: 1,
      segments: 4,
      sentAgain: 0,
      lossyConnections: 0,
      requestSegments: 2,
      handshake: { samples: 2, medianMs: 1 },
      serverTime: { samples: 2, lowMs: 250, medianMs: 250, highMs: 750 },
      requests: 2,
      failedRequests: 1,
    },
  ]);
});

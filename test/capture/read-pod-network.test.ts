import { describe, expect, it, test } from 'vitest';
import {
  addBacklogs,
  parseCounters,
  parseLinks,
  parseRoutes,
  parseSockets,
} from '../../src/capture/proc-net.ts';
import { parsePodNetwork } from '../../src/capture/read-pod-network.ts';

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7386150 1
   1: 00000000:1F91 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 7386151 1
   2: 0501F40A:9C40 0A004D0A:0050 01 00000000:00000000 00:00000000 00000000     0        0 7386152 1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000
   1: 00000000000000000000000001000000:1F93 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000
   2: 0000000000000000FFFF00000501F40A:1F94 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000
   3: B80D0120000000000000000005000000:1F95 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000
`;
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
11124: 00000000:0063 00000000:0000 07 00000000:00000010 00:00000000 00000000     0        0 7386156 2 0 0
`;
const COUNTERS = `Tcp: RtoAlgorithm OutRsts
Tcp: 1 7
TcpExt: SyncookiesSent ListenOverflows ListenDrops
TcpExt: 0 9 12
`;

function output(part: Readonly<Record<string, string>> = {}): string {
  const parts = {
    order: ' 0001\n',
    tcp: TCP,
    tcp6: TCP6,
    udp: UDP,
    udp6: 'absent\n',
    ss: 'LISTEN 4      3            0.0.0.0:8081 0.0.0.0:* users:(("httpd",pid=7,fd=3))\nLISTEN 0 128 *:8082 *:*\n',
    links: '1: lo: <LOOPBACK,UP> mtu 65536 qdisc x\n2: eth0@if9: <BROADCAST,UP> mtu 1450 qdisc y\n',
    routes: 'Iface\tDestination\neth0\t00000000\t0101F40A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n',
    counters: COUNTERS,
    ports: '32768\t60999\n',
    backlog: '4096\n',
    waits: '12 0A4D600A:0050\n',
    ...part,
  };
  return `${Object.entries(parts)
    .map(([name, text]) => `@${name}\n${text}\n`)
    .join('')}@end\n`;
}

describe('parsePodNetwork', () => {
  it('reads sockets, interfaces, routes, counters and ports', () => {
    const facts = parsePodNetwork(output(), '', new Map([['TcpExtListenOverflows', 4]]));
    expect(facts).toMatchObject({
      problem: '',
      areSocketsWhole: true,
      interfaces: [
        { name: 'lo', mtuBytes: 65536 },
        { name: 'eth0', mtuBytes: 1450 },
      ],
      routes: [{ destination: '0.0.0.0/0', gateway: '10.244.1.1', interfaceName: 'eth0' }],
      increases: { TcpExtListenOverflows: 5 },
      localPorts: { first: 32768, last: 60999 },
      maxBacklog: 4096,
      timeWaits: [{ server: '10.96.77.10:80', count: 12 }],
    });
    expect(facts.sockets).toEqual([
      { protocol: 'TCP', address: '127.0.0.1', port: 8080, waiting: 0, backlog: null, program: '' },
      { protocol: 'TCP', address: '0.0.0.0', port: 8081, waiting: 3, backlog: 3, program: 'httpd' },
      { protocol: 'TCP', address: '::', port: 8082, waiting: 0, backlog: 128, program: '' },
      { protocol: 'TCP', address: '::1', port: 8083, waiting: 0, backlog: null, program: '' },
      { protocol: 'TCP', address: '::ffff:10.244.1.5', port: 8084, waiting: 0, backlog: null, program: '' },
      { protocol: 'TCP', address: '2001:db8::5', port: 8085, waiting: 0, backlog: null, program: '' },
      { protocol: 'UDP', address: '0.0.0.0', port: 99, waiting: 16, backlog: null, program: '' },
    ]);
  });

  it.each([
    ['nothing was printed', '', 'sh: not found\n', 'sh: not found'],
    ['the output was cut', output().replace('@end\n', ''), '', 'the debug container printed nothing'],
    ['grep is missing, so that no heading came', output({ tcp: '' }), 'grep: not found', 'grep: not found'],
  ])('knows no socket where %s', (_, text, words, problem) => {
    expect(parsePodNetwork(text, words, null)).toMatchObject({
      sockets: null,
      areSocketsWhole: false,
      problem,
    });
  });

  it('says when there are more sockets than it takes', () => {
    const row = TCP.split('\n')[1] ?? '';
    const facts = parsePodNetwork(output({ tcp: `${TCP}${`${row}\n`.repeat(130)}` }), '', null);
    expect(facts.areSocketsWhole).toBe(false);
    expect(facts.sockets?.filter(({ protocol }) => protocol === 'TCP').length).toBeLessThanOrEqual(256);
    expect(facts.increases).toBeNull();
  });
});

test('addresses of a big-endian machine are read in its order', () => {
  const row = TCP.replace('0100007F', '7F000001');
  expect(parseSockets(row, 'TCP', 'big')[0]?.address).toBe('127.0.0.1');
});

test('what a pod prints in these places is never trusted', () => {
  expect(parseSockets('   0: ZZ:1F90 0:0 0A x\n', 'TCP', 'little')).toEqual([]);
  expect(parseSockets('   0: 01:1F90 00000000:0000 0A 00000000:00000000 x\n', 'TCP', 'little')).toEqual([]);
  expect(parseLinks('1: \u001b[2J: <X> mtu 1\n2: eth0: <X> mtu x qdisc\n')).toEqual([]);
  expect(parseRoutes('a b c d e f g h i j k\n', 'little')).toEqual([]);
  expect(parseCounters('TcpExt: ListenDrops\nTcpExt: many\nA\nB\n').size).toBe(0);
  expect(addBacklogs([], 'LISTEN 0 x y z')).toEqual([]);
});

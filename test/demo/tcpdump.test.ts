import { expect, test } from 'vitest';
import { isFilterPlausible } from '../../src/demo/filter-syntax.ts';
import { parseTcpdumpTexts } from '../../src/demo/recording.ts';
import { parseTcpdumpArguments } from '../../src/demo/tcpdump-arguments.ts';

test.each([
  '',
  'tcp port 443',
  'host 10.0.0.1 and (port https or port 80)',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'not arp and not (udp port 53)',
  'net 10.244.0.0/16 && !icmp',
  'ip6 host fd00::1',
  'portrange 8000-8080',
  'less 128',
])('tcpdump compiles %j', (filter) => {
  expect(isFilterPlausible(filter)).toBe(true);
});

test.each(['prot 443', '(tcp', 'tcp)', 'port', 'tcp and', 'host 10.0.0.1 plus', '‘tcp’', '; rm -rf /'])(
  'tcpdump refuses %j',
  (filter) => {
    expect(isFilterPlausible(filter)).toBe(false);
  },
);

const standard = {
  interfaceName: 'eth0',
  count: Infinity,
  snapLengthBytes: 262_144,
  compileOnly: false,
  filter: '',
};

test.each([
  ['-U -n -w -', {}],
  [
    '-i any -s 96 -c 7 -B 4096 -w - -- tcp port 80',
    { interfaceName: 'any', snapLengthBytes: 96, count: 7, filter: 'tcp port 80' },
  ],
  ['-nUieth1 -s0 udp', { interfaceName: 'eth1', filter: 'udp' }],
  [
    '--interface=lo --snapshot-length 128 -d icmp',
    { interfaceName: 'lo', snapLengthBytes: 128, compileOnly: true, filter: 'icmp' },
  ],
])('reads tcpdump %s', (line, expected) => {
  expect(parseTcpdumpArguments(line.split(' '))).toEqual({ ...standard, ...expected });
});

test('takes what tcpdump said apart', () => {
  const said =
    'tcpdump: listening on eth0, x\n1 packet captured\n4 packets received by filter\n2 packets dropped by kernel\nnetdebug-exit 0\n';
  expect(parseTcpdumpTexts(said)).toEqual({
    before: ['tcpdump: listening on eth0, x'],
    unread: 3,
    dropped: 2,
  });
});

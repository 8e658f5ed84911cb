import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seenNames } from '../../src/conversations/host-names.ts';
import { DnsMessage } from '../../src/dissect/dns.ts';
import { dnsAnswer, dnsName, dnsQuery, dnsReplyMessage } from '../packets/dns.ts';
import { ethernet } from '../packets/link.ts';
import { ascii, join, u16, u32, u8 } from '../packets/octets.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import { clientHello, inRecord, serverHello } from '../packets/tls.ts';
import { udp } from '../packets/transport.ts';
import { CLIENT, DNS_SERVER, observe, observeCapture } from './observe.ts';
import { section } from '../packets/pcapng.ts';

const ends = { from: `${CLIENT}:5353`, to: `${DNS_SERVER}:53` };
const back = { from: ends.to, to: ends.from };
/** The address that answers of the builder hold. */
const ANSWERED = '10.96.3.4';

const lookup = (time: number, name: string): WrittenFrame[] => [
  at(time, dnsQuery({ ...ends, name, id: time })),
  at(time + 0.002, dnsAnswer({ ...back, name, id: time })),
];
const namesIn = (frames: readonly WrittenFrame[]): object => Object.fromEntries(seenNames(observe(frames)));
const hello = (sni: string, server: string): WrittenFrame[] =>
  talk({ from: `${CLIENT}:40000`, to: `${server}:443`, time: 5 }, [
    { by: 'client', says: inRecord(clientHello({ sni })) },
    { by: 'server', says: inRecord(serverHello()) },
  ]);

describe('names that a capture proves', () => {
  test('the capture file itself says it where nothing else does', () => {
    const ng = section(true);
    const names = [
      { address: ANSWERED, names: ['from-hosts-file'] },
      { address: CLIENT, names: ['laptop', '10.0.0.1', 'not a name'] },
    ];
    const packets = lookup(1, 'api.example').map(({ time, bytes }) =>
      ng.packet({ ticks: BigInt(time * 1e6), bytes: ethernet(bytes) }),
    );
    const observations = observeCapture(join(ng.header, ng.interface(), ng.names(names), ...packets));
    expect(Object.fromEntries(seenNames(observations))).toEqual({
      [ANSWERED]: { names: ['api.example'], from: 'DNS' },
      [CLIENT]: { names: ['laptop'], from: 'name resolution block' },
    });
  });

  test('DNS answered with the address', () => {
    expect(namesIn(lookup(1, 'api.example'))).toEqual({
      [ANSWERED]: { names: ['api.example'], from: 'DNS' },
    });
  });

  test('several names of one address, at most four, the first in front', () => {
    const frames = ['a', 'b', 'a', 'c', 'd', 'e'].flatMap((name, index) => lookup(index, `${name}.example`));
    expect(namesIn(frames)).toEqual({
      [ANSWERED]: { names: ['a.example', 'b.example', 'c.example', 'd.example'], from: 'DNS' },
    });
  });

  test('IPv6 behind an alias', () => {
    const asked = { ...ends, name: 'www.example', type: 'AAAA', id: 9 };
    const answer = join(
      u16(9, 0x8180, 1, 2, 0, 0),
      dnsName('www.example'),
      u16(28, 1),
      join(dnsName('www.example'), u16(5, 1), u32(30), u16(4), u8(1, 0x78, 0xc0, 0x10)),
      join(u16(0xc010), u16(28, 1), u32(30), u16(16), u8(0xfd, 0), new Uint8Array(13), u8(9)),
    );
    expect(namesIn([at(1, dnsQuery(asked)), at(1.1, udp({ ...back, payload: answer }))])).toEqual({
      'fd00::9': { names: ['www.example'], from: 'DNS' },
    });
  });

  test('TLS says it where DNS does not', () => {
    expect(namesIn([...lookup(1, 'api.example'), ...hello('other.example', ANSWERED)])).toEqual({
      [ANSWERED]: { names: ['api.example'], from: 'DNS' },
    });
    expect(namesIn(hello('tls.example', '203.0.113.9'))).toEqual({
      '203.0.113.9': { names: ['tls.example'], from: 'TLS' },
    });
  });

  test.each(['svc/payments', 'a b', '10.0.0.1', 'x\u001b[2J'])(
    '%j is no name that could stand in a text',
    (name) => {
      expect(namesIn(hello(name, '203.0.113.9'))).toEqual({});
    },
  );

  test.each([
    ['an answer that nobody asked for', lookup(1, 'api.example').slice(1)],
    [
      'an answer from another address',
      [
        at(1, dnsQuery({ ...ends, name: 'a.example' })),
        at(1.1, dnsAnswer({ from: '10.0.0.66:53', to: ends.from, name: 'a.example' })),
      ],
    ],
  ])('%s proves nothing', (_name, frames) => {
    expect(namesIn(frames)).toEqual({});
  });
});

test('addresses are read within the message, whatever it claims', () => {
  const whole = dnsReplyMessage({ name: 'api.example', answers: 3 });
  const addresses = (bytes: Uint8Array): number => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const message = new DnsMessage();
    let count = 0;
    if (message.read(view, 0, bytes.length)) message.forEachAddress(view, bytes.length, () => count++);
    return count;
  };
  expect(addresses(whole)).toBe(3);
  for (let length = 0; length < whole.length; length++)
    expect(addresses(whole.slice(0, length))).toBeLessThan(3);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      const head = u16(1, 0x8180, 1, 0xffff, 0, 0);
      expect(addresses(join(head, dnsName('a'), u16(1, 1), noise))).toBeLessThanOrEqual(32);
    }),
  );
  expect(addresses(join(whole, ascii('rest')))).toBe(3);
});

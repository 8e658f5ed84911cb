import { describe, expect, test } from 'vitest';
import { SecondPass } from '../../src/select/second-pass.ts';
import { NothingSelected, type Selectable, selectPackets } from '../../src/select/select-packets.ts';
import { parseSelection } from '../../src/select/selection.ts';
import { EPOCH } from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import { ethernet } from '../packets/link.ts';
import { u8 } from '../packets/octets.ts';
import { at, pcap } from '../packets/pcap.ts';
import { arp, icmpError, tcp, udp } from '../packets/transport.ts';
import { finding, group } from '../report/builders.ts';

describe('a selection is read', () => {
  test.each<[string, unknown]>([
    ['finding=tcp-refused', { by: 'finding', id: 'tcp-refused', number: null }],
    ['finding=2', { by: 'finding', id: '2', number: 2 }],
    ['conversation=3', { by: 'conversation', number: 3 }],
    ['host=10.0.0.1', { by: 'host', address: '10.0.0.1' }],
    ['host=[FD00:0:0::01]', { by: 'host', address: 'fd00::1' }],
    ['name=DB.example.', { by: 'name', name: 'db.example' }],
    ['port=0', { by: 'port', port: 0 }],
    ['protocol=DNS', { by: 'protocol', protocol: 'dns' }],
    ['frame=7', { by: 'frame', first: 7, last: 7 }],
    ['frame=7-9', { by: 'frame', first: 7, last: 9 }],
  ])('%s', (text, term) => {
    expect(parseSelection([text])).toEqual([[[term]], '']);
  });

  test('a comma joins what must all hold, a further selection is another chance', () => {
    const [selection] = parseSelection(['host=10.0.0.1, port=443', 'frame=1']);
    expect(selection.map((terms) => terms.map(({ by }) => by))).toEqual([['host', 'port'], ['frame']]);
  });

  test.each([
    ['', '"" is not of the form KEY=VALUE'],
    ['host', '"host" is not of the form KEY=VALUE'],
    ['=1', '"=1" is not of the form KEY=VALUE'],
    ['port=', '"port=" is not of the form KEY=VALUE'],
    ['ip.addr=1', 'there is no key "ip.addr"'],
    ['host=db', '"db" is no IP address; names are selected with name='],
    ['host=1.2.3.256', '"1.2.3.256" is no IP address; names are selected with name='],
    ['host=fd00::1::2', '"fd00::1::2" is no IP address; names are selected with name='],
    ['port=65536', '"port=65536" has no number that can be meant'],
    ['conversation=0', '"conversation=0" has no number that can be meant'],
    ['frame=9-7', '"frame=9-7" names no frames'],
    ['frame=-1', '"frame=-1" names no frames'],
    ['protocol=smtp', '"smtp" is none of tcp, udp, icmp, arp, dns'],
    [Array(65).fill('port=1').join(','), 'more than 64 terms'],
  ])('%j is refused', (text, wrong) => {
    expect(parseSelection([text])[1]).toBe(wrong);
  });
});

const client = '10.244.1.5';
const server = '10.96.3.4';
const syn = tcp({ from: `${client}:40000`, to: `${server}:443`, flags: 'S', seq: 7 });
const back = tcp({ from: `${server}:443`, to: `${client}:40000`, flags: 'SA' });
const otherPort = tcp({ from: `${client}:40000`, to: `${server}:80`, flags: 'S' });
const datagram = udp({ from: `${client}:40000`, to: `${server}:443`, payload: u8(1, 2) });
const error = icmpError({ from: '10.0.0.9', to: client, code: 3, quoting: syn });
const asks = arp({ operation: 'request', sender: client, target: server });
const dns = {
  from: '10.244.1.6:5353',
  to: '10.96.0.10:53',
  id: 4711,
  name: 'Api.example.shop.svc.cluster.local',
};
const packets = [
  syn,
  back,
  otherPort,
  datagram,
  error,
  asks,
  dnsQuery(dns),
  dnsAnswer({ ...dns, from: dns.to, to: dns.from }),
];

const report: Selectable = {
  findings: [finding({ client, server: `${server}:80`, frames: [] })],
  conversations: [group({ client, server: `${server}:443` }), group({ client: '*', server: `${server}:80` })],
  addresses: new Map([['payments', new Set([server])]]),
};

function selected(...texts: string[]): number[] {
  const [selection] = parseSelection(texts);
  const isSelected = selectPackets(selection, report);
  const numbers: number[] = [];
  const pass = new SecondPass(({ number }, packet) => {
    if (isSelected(packet)) numbers.push(number);
  });
  pass.write(
    pcap(
      packets.map((bytes, index) =>
        at(EPOCH + index, bytes === asks ? ethernet(bytes, 0x0806) : ethernet(bytes)),
      ),
    ),
  );
  return numbers;
}

describe('packets are selected', () => {
  test.each<[string, number[]]>([
    ['finding=tcp-syn-no-answer', [3]],
    ['finding=1', [3]],
    ['conversation=1', [1, 2, 5]],
    ['conversation=2', [3]],
    ['host=10.96.3.4', [1, 2, 3, 4, 5, 6]],
    ['host=10.0.0.9', [5]],
    ['name=payments', [1, 2, 3, 4, 5, 6]],
    ['name=api.example', [7, 8]],
    ['name=api', [7, 8]],
    ['name=example', []],
    ['port=443', [1, 2, 4, 5]],
    ['protocol=tcp', [1, 2, 3]],
    ['protocol=udp', [4, 7, 8]],
    ['protocol=icmp', [5]],
    ['protocol=arp', [6]],
    ['protocol=dns', [7, 8]],
    ['frame=2-4', [2, 3, 4]],
    ['host=10.96.3.4,protocol=tcp,port=443', [1, 2]],
  ])('%s', (text, numbers) => {
    expect(selected(text)).toEqual(numbers);
  });

  test('by any of several selections', () => {
    expect(selected('frame=1', 'protocol=dns')).toEqual([1, 7, 8]);
  });

  test.each([
    ['finding=tcp-loss', 'there is no finding "tcp-loss" in this capture: it has tcp-syn-no-answer'],
    ['finding=2', 'there is no finding "2" in this capture: it has tcp-syn-no-answer'],
    ['conversation=3', 'there is no conversation 3: -o wide numbers them from 1 to 2'],
  ])('%s is not there', (text, message) => {
    expect(() => selected(text)).toThrow(new NothingSelected(message));
  });
});

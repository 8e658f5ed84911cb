import { detect } from '../../src/detect/index.ts';
import type { Finding, FindingId } from '../../src/detect/finding.ts';
import {
  CLIENT,
  DNS_SERVER,
  EPOCH,
  handshake,
  observe,
  observeCapture,
  SERVICE,
  syns,
} from '../conversations/observe.ts';
import type { ObserveOptions } from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery } from '../packets/dns.ts';
import type { DnsReply } from '../packets/dns.ts';
import { ethernet } from '../packets/link.ts';
import { at } from '../packets/pcap.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { arp, tcp } from '../packets/transport.ts';

/** A story in which a detector must speak, and how; or, without `expected`, must not. */
export interface Story {
  readonly id: FindingId;
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly expected?: Partial<
    Pick<Finding, 'severity' | 'confidence' | 'client' | 'server' | 'protocol' | 'count' | 'text' | 'frames'>
  > & {
    /** Some of them. */
    readonly details?: object;
  };
}

export const from: string = `${CLIENT}:40000`;
export const to: string = `${SERVICE}:80`;
export const way: { readonly from: string; readonly to: string } = { from, to };
export const quoting: Uint8Array = tcp({ ...way, flags: 'S', seq: 1000, id: 100 });
export const port = (i: number): { from: string; to: string } => ({ from: `${CLIENT}:${40000 + i}`, to });
export const rst = (time: number, i = 0, ttl = 63): WrittenFrame =>
  at(time, tcp({ from: to, to: port(i).from, flags: 'RA', ack: 1001, ttl }));
export const oneWay: readonly WrittenFrame[] = [
  ...syns([0], way),
  at(0.01, tcp({ ...way, flags: 'A', seq: 1001, ack: 5001 })),
];
export const dns: { readonly from: string; readonly to: string } = {
  from: `${CLIENT}:5353`,
  to: `${DNS_SERVER}:53`,
};

/** A query and its answer 2 ms later. */
export function lookup(time: number, reply: DnsReply): WrittenFrame[] {
  const id = reply.id ?? Math.round(time * 1000);
  return [
    at(time, dnsQuery({ ...reply, ...dns, id })),
    at(time + 0.002, dnsAnswer({ ...reply, from: dns.to, to: dns.from, id })),
  ];
}

/** The candidates of a search list, one after the other, and the answers to all but the last NXDOMAIN. */
export function walk(time: number, name: string, last: DnsReply, answerAfter = 0.002): WrittenFrame[] {
  const candidates = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'].map(
    (domain) => `${name}.${domain}`,
  );
  return [...candidates, name].flatMap((candidate, i) => {
    const reply = {
      ...(candidate === name ? last : { rcode: 'NXDOMAIN' }),
      name: candidate,
      id: Math.round(time * 1000) + i,
    };
    const start = time + i * (answerAfter + 0.001);
    return [
      at(start, dnsQuery({ ...reply, ...dns })),
      at(start + answerAfter, dnsAnswer({ ...reply, from: dns.to, to: dns.from })),
    ];
  });
}

export const request = (time: number, sender: string = CLIENT): WrittenFrame =>
  at(time, arp({ operation: 'request', sender, target: '10.244.1.77' }));
export const otherAnswer: WrittenFrame = at(
  0.001,
  tcp({ from: '10.244.1.7:8080', to: from, flags: 'SA', seq: 5000, ack: 1001 }),
);
export const acknowledgedButUnseen: readonly WrittenFrame[] = [
  ...handshake(0, way),
  at(1, tcp({ from: to, to: from, flags: 'A', seq: 5001, ack: 3001 })),
];

const findingsOf = (id: FindingId, findings: readonly Finding[]): Finding[] =>
  findings.filter((finding) => finding.id === id);
export const story = (
  id: FindingId,
  name: string,
  frames: readonly WrittenFrame[],
  expected?: Story['expected'],
  options?: ObserveOptions,
): Story => {
  const findings = findingsOf(id, detect(observe(frames, options)));
  return { id, name, findings, ...(expected === undefined ? {} : { expected }) };
};
export const captureStory = (
  id: FindingId,
  name: string,
  capture: Uint8Array,
  expected?: Story['expected'],
): Story => {
  const findings = findingsOf(id, detect(observeCapture(capture)));
  return { id, name, findings, ...(expected === undefined ? {} : { expected }) };
};

export const healthy: readonly WrittenFrame[] = [
  ...handshake(0, way),
  ...lookup(1, { name: 'api.example' }),
  ...handshake(2, port(1)),
];
export const frames: readonly WrittenFrame[] = healthy.map(({ time, bytes }) =>
  at(EPOCH + time, ethernet(bytes)),
);

/** A text of which only a part is known. */
export function containing(part: string): string {
  return `…${part}`;
}

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Finding, FindingId } from '../../src/detect/finding.ts';
import { Analysis } from '../../src/pipeline.ts';
import type { AnalysisResult } from '../../src/pipeline.ts';

/** The folder of captures with known answers; they belong to others and are read in place. */
export const corporaFolder: string = resolve(
  process.env['NETDEBUG_CORPORA'] ?? join(import.meta.dirname, '../../../shared/corpora'),
);

/** Codes of the detector catalogue that the expectations use, for the detectors that exist. */
const IDS: Readonly<Record<string, FindingId>> = {
  A1: 'arp-no-answer',
  A2: 'duplicate-address',
  A3: 'nd-no-answer',
  C1: 'tcp-syn-no-answer',
  C10: 'connection-scan',
  C2: 'tcp-refused',
  C3: 'tcp-rejected-by-icmp',
  C4: 'tcp-slow-connect',
  C5: 'tcp-syn-ack-no-answer',
  C6: 'reply-from-other-address',
  C7: 'hairpin-failed',
  C8: 'tcp-port-reused-too-soon',
  C9: 'tcp-forged-segment',
  D1: 'dns-no-answer',
  D10: 'dns-port-unreachable',
  D11: 'dns-late-reply',
  D2: 'dns-race',
  D3: 'dns-servfail',
  D4: 'dns-refused',
  D5: 'dns-nxdomain',
  D6: 'dns-search-waste',
  D7: 'dns-truncated',
  D8: 'dns-slow',
  D9: 'dns-mismatched-reply',
  E1: 'overlay-one-way',
  E2: 'overlay-damaged',
  E3: 'wireguard-no-handshake',
  G1: 'http2-goaway',
  G2: 'grpc-error',
  H1: 'http-5xx',
  H2x: 'http-no-response',
  H3: 'http-slow',
  H4: 'probe-failing',
  H5: 'http-keep-alive-race',
  I1: 'icmp-unreachable',
  I2: 'ttl-exceeded',
  K1: 'captured-twice',
  K2: 'capture-incomplete',
  K3: 'one-way-capture',
  K4: 'midstream-capture',
  K5: 'damaged-capture',
  K6: 'offload',
  K7: 'opaque-traffic',
  L1: 'tls-alert',
  L2: 'tls-no-server-hello',
  L3: 'wrong-protocol',
  L4: 'tls-client-certificate',
  L5: 'tls-bad-certificate',
  Q1: 'quic-no-answer',
  S1: 'sctp-no-answer',
  T1: 'tcp-loss',
  T10: 'tcp-dead-peer',
  T11: 'tcp-reordering',
  T12: 'latency-split',
  T2: 'tcp-stalled',
  T3: 'path-mtu-black-hole',
  T4: 'path-mtu-discovery',
  T5: 'tcp-zero-window',
  T6: 'tcp-window-limited',
  T7: 'tcp-reset-midstream',
  T8: 'tcp-reset-after-idle',
  T9: 'nat-state-lost',
  U1: 'udp-no-answer',
};

/** What is known of one capture. */
export interface Expectation {
  readonly path: string;
  readonly must: readonly FindingId[];
  readonly mustNot: readonly FindingId[];
  /** Nothing above info may be found. */
  readonly healthy: boolean;
  readonly known: string;
}

/** The expectations of one folder of the corpora. */
export function expectationsOf(folder: string): Expectation[] {
  const lines = readFileSync(join(corporaFolder, folder, 'expect.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const ids = (codes: readonly string[]): FindingId[] =>
    codes.map((code) => IDS[code]).filter((id) => id !== undefined);
  return lines.map((line) => {
    const {
      file,
      must,
      must_not: mustNot,
      known,
    } = JSON.parse(line) as { file: string; must: string[]; must_not: string[]; known: string };
    return {
      path: join(folder, file),
      must: ids(must),
      mustNot: ids(mustNot),
      healthy: mustNot.includes('*'),
      known,
    };
  });
}

/** Analyses a file of the corpora as `analyze` would. */
export function analyse(path: string): AnalysisResult {
  const bytes = readFileSync(join(corporaFolder, path));
  const analysis = new Analysis({ vantagePoint: path, node: '', addresses: [], container: '' }, 0, 1);
  analysis.write(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
  return analysis.end({ dropped: null, ended: 'file', problems: [], bothDirections: false });
}

/** The ids of findings, each once, sorted. */
export function idsOf(findings: readonly Finding[]): FindingId[] {
  return [...new Set(findings.map(({ id }) => id))].toSorted();
}

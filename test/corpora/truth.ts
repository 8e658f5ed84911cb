import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { corporaFolder } from './expectations.ts';

/** Whether the captures of others are there; where not, tests that need them are skipped. */
export const hasCorpora: boolean = existsSync(join(corporaFolder, 'captures'));

/** What to say where they are not. */
export const CORPORA_HINT = '(skipped where the folder that NETDEBUG_CORPORA names is absent)';

/** All captures of the corpora, by their path in the folder; none without the folder. */
export function capturePaths(): string[] {
  if (!hasCorpora) return [];
  return ['captures', 'lab'].flatMap((folder) =>
    readdirSync(join(corporaFolder, folder), { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((path) => /\.(pcap|pcapng)(\.gz)?$/.test(path))
      .toSorted(),
  );
}

/** The bytes of a capture, decompressed. */
export function captureBytes(path: string): Uint8Array {
  const bytes = readFileSync(join(corporaFolder, path));
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

/** What tshark and an independent duplicate filter say about a capture. */
export interface CaptureTruth {
  readonly format: string;
  readonly packets: number;
  readonly linktype: number;
  readonly tshark_errors: readonly string[];
  readonly summary: {
    readonly tcp_streams: number;
    /** Connections by Zeek's conn_state, ONEWAY and S0*. */
    readonly tcp_states: Readonly<Record<string, number>>;
    readonly syn: number;
    readonly unanswered_connects: number;
    readonly refused_connects: number;
    readonly captured_twice: number;
    readonly retransmission: number;
    readonly retransmission_not_dup: number;
    readonly spurious_retransmission: number;
    readonly out_of_order: number;
    readonly duplicate_ack: number;
    readonly lost_segment: number;
    readonly ack_lost_segment: number;
    readonly dns_queries: number;
    readonly dns_rcodes: Readonly<Record<string, number>>;
  };
}

/** The first line of a capture's truth file; undefined if there is none. */
export function truthOf(path: string): CaptureTruth | undefined {
  const [first] = truthLines(path);
  return first === undefined ? undefined : (JSON.parse(first) as CaptureTruth);
}

/** A line of a truth file: of a capture, a TCP connection, a TLS handshake, an HTTP message … */
export type TruthRecord = Readonly<Record<string, unknown>> & { readonly kind: string };

/** What the lines of a capture's truth file hold, each of its kind. */
export function truthRecords(path: string): TruthRecord[] {
  return truthLines(path).map((line) => JSON.parse(line) as TruthRecord);
}

/** The lines of a capture's truth file, none if there is no such file. */
function truthLines(path: string): string[] {
  const [folder = '', ...rest] = path.split('/');
  const file = join(corporaFolder, folder, 'truth', `${rest.join('__')}.json`);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

/** What tshark reads of the TLS handshake of one connection. */
export interface TlsTruth {
  /** "tcp:0", "quic:0": the number of its stream. */
  readonly conn: string;
  readonly client_hello: number;
  readonly server_hello: number;
  readonly sni: string | null;
  /** Alerts in clear. */
  readonly alerts: readonly {
    readonly level: number;
    readonly desc: number;
    readonly from: 'orig' | 'resp';
  }[];
}

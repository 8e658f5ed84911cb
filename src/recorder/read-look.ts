import { integer, list, nullable, object, text, type Shape } from '../bundle/shape.ts';
import type { TcpdumpCounters } from '../capture/tcpdump-output.ts';
import type { FindingId } from '../detect/finding.ts';
import type { FoundRecorder, RecorderEnd, RecorderOrder, RingFile } from './recorder.ts';

/** Names of recorders: a folder's name, and a word that users type. */
export const recorderNamePattern: RegExp = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** What tcpdump makes of `-w r -W N`. */
const ringFileName = /^r\d{1,4}$/;
const maxRecorders = 64;
const maxFiles = 4096;

const findingId: Shape<FindingId> = text(64) as Shape<FindingId>;

const orderShape: Shape<RecorderOrder> = object<RecorderOrder>({
  name: text(40),
  asked: text(512),
  interfaceName: text(16),
  filter: list(text(8192), 4096),
  snapLengthBytes: integer(1, 262_144),
  ringBytes: integer(1),
  startedAt: text(40),
  ttlSeconds: integer(1),
  until: nullable(findingId),
  beforeSeconds: integer(0),
  afterSeconds: integer(0),
});

/** What one recorder's lines say so far. */
interface Draft {
  order: RecorderOrder | undefined;
  why: string;
  state: string;
  hit: number | null;
  readonly log: string[];
  readonly files: RingFile[];
}

/**
 * Reads what the far side says of its recorders. It comes from a container, so nothing of it is believed
 * beyond its form; what is not as this program writes it is left out and counted in `unreadable`.
 */
export function readLook(output: string): {
  readonly recorders: readonly FoundRecorder[];
  readonly unreadable: number;
} {
  const drafts: Draft[] = [];
  for (const line of output.split('\n')) {
    const at = line.indexOf(' ');
    const [key, value] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    if (key === 'recorder' && drafts.length < maxRecorders)
      drafts.push({ order: undefined, why: '', state: '', hit: null, log: [], files: [] });
    const draft = drafts.at(-1);
    if (draft !== undefined) takeLine(draft, key, value);
  }
  const recorders = drafts.flatMap((draft) => (draft.order === undefined ? [] : [found(draft, draft.order)]));
  return { recorders, unreadable: drafts.length - recorders.length };
}

function takeLine(draft: Draft, key: string, value: string): void {
  if (key === 'meta') draft.order = readOrder(value);
  if (key === 'why') draft.why = value;
  if (key === 'state') draft.state = value;
  if (key === 'hit') draft.hit = wholeSeconds(value);
  if (key === 'log') draft.log.push(value);
  if (key === 'file' && draft.files.length < maxFiles) draft.files.push(...readFile(value));
}

function readOrder(json: string): RecorderOrder | undefined {
  try {
    const order = orderShape(JSON.parse(json), '');
    return recorderNamePattern.test(order.name) ? order : undefined;
  } catch {
    return undefined; // counted as unreadable
  }
}

function readFile(value: string): RingFile[] {
  const [name = '', size = '', start = ''] = value.split(' ');
  const sizeBytes = /^\d{1,15}$/.test(size) ? Number(size) : NaN;
  if (!ringFileName.test(name) || !Number.isFinite(sizeBytes)) return [];
  return [{ name, sizeBytes, firstSeconds: firstRecordSeconds(Buffer.from(start, 'hex')) }];
}

/** Time of the first record behind a pcap file's header, in either byte order; null: there is none. */
export function firstRecordSeconds(start: Buffer): number | null {
  if (start.length < 40) return null;
  const [little, big] = [start.readUInt32LE(0), start.readUInt32BE(0)];
  for (const [magic, isLittle] of [
    [little, true],
    [big, false],
  ] as const) {
    if (magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) continue;
    const read = (at: number): number => (isLittle ? start.readUInt32LE(at) : start.readUInt32BE(at));
    return read(24) + read(28) / (magic === 0xa1b23c4d ? 1e9 : 1e6);
  }
  return null;
}

function found(draft: Draft, order: RecorderOrder): FoundRecorder {
  const [word, status, at] = draft.state.split(' ');
  const endedSeconds = wholeSeconds(at ?? '');
  return {
    order,
    ended: draft.state === '' ? null : endOf(draft.why, word === 'lost' ? '' : (status ?? '')),
    endedSeconds,
    triggeredSeconds: draft.hit,
    files: draft.files,
    counters: readCounters(draft.log),
    message: draft.log.findLast((line) => !/packets? (captured|received|dropped)/.test(line)) ?? '',
  };
}

function endOf(why: string, status: string): RecorderEnd {
  if (why === 'ttl' || why === 'trigger' || why === 'stopped') return why;
  return status === '0' ? 'stopped' : 'failed';
}

/** The latest counters: at its end tcpdump prints a line for each, when asked by USR1 all of them in one. */
function readCounters(log: readonly string[]): TcpdumpCounters {
  const latest = (pattern: RegExp): number | null => {
    const match = log.map((line) => pattern.exec(line)).findLast((one) => one !== null);
    return match === undefined ? null : Number(match?.[1]);
  };
  return {
    captured: latest(/(\d{1,15}) packets? captured/),
    receivedByFilter: latest(/(\d{1,15}) packets? received by filter/),
    droppedByKernel: latest(/(\d{1,15}) packets? dropped by kernel/),
    droppedByInterface: latest(/(\d{1,15}) packets? dropped by interface/),
  };
}

function wholeSeconds(text: string): number | null {
  return /^\d{1,11}$/.test(text) ? Number(text) : null;
}

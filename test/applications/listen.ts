import type { Application, ApplicationProtocol, Ending } from '../../src/applications/application.ts';
import { Segment } from '../../src/applications/application.ts';
import { ByteBudget } from '../../src/applications/byte-budget.ts';
import { ApplicationEvents } from '../../src/applications/events.ts';
import type { ApplicationEvent, EventFields } from '../../src/applications/events.ts';

/** One payload that an application is handed. */
export interface Said {
  readonly by: 'client' | 'server';
  readonly bytes: Uint8Array;
  /** Bytes that were captured of it; all, unless said otherwise. */
  readonly captured?: number;
  readonly afterGap?: boolean;
}

/** What was noted, in order. */
export interface Heard {
  readonly kinds: readonly string[];
  /** The fields of the first event of a kind. */
  readonly fields: (kind: string) => EventFields | undefined;
}

const ENDING: Ending = {
  how: 'open',
  resetFrame: 0,
  lastNs: 60e9,
  endNs: 60e9,
  closedNs: 60e9,
  clientFin: false,
  serverFin: false,
  lossless: true,
  clientAcked: true,
  roundTripNs: 1e6,
};

/** How many bytes all applications of a capture may keep. */
const BUDGET_BYTES = 16 << 20;

/**
 * Hands payloads to a protocol, one each millisecond; null if it does not recognise the first. Throws if memory that
 * was taken of the budget is not given back at the end.
 */
export function listen(
  protocol: ApplicationProtocol,
  said: readonly Said[],
  ending: Partial<Ending> = {},
  each: (event: ApplicationEvent) => void = () => undefined,
): Heard | null {
  const events = new ApplicationEvents(() => undefined);
  const budget = new ByteBudget();
  let application: Application | undefined;
  for (const [index, { by, bytes, captured = bytes.length, afterGap = false }] of said.entries()) {
    const segment = new Segment();
    // Nothing may be read outside of the captured bytes, so that there is nothing.
    segment.view = new DataView(bytes.slice(0, captured).buffer);
    segment.captured = captured;
    segment.length = bytes.length;
    segment.fromServer = by === 'server';
    segment.afterGap = afterGap;
    segment.timeNs = index * 1e6;
    segment.frame = index + 1;
    if (application === undefined && !protocol.recognise(segment)) return null;
    application ??= protocol.open(events, budget);
    application.take(segment);
  }
  application?.end({ ...ENDING, ...ending });
  if (!budget.take(BUDGET_BYTES)) throw new Error('memory was not given back');
  const all = [...events.all.values()];
  for (const event of all) each(event);
  return {
    kinds: all.map(({ kind }) => kind),
    fields: (kind) => all.find((event) => event.kind === kind)?.fields,
  };
}

/** The payloads cut into pieces of at most so many bytes. */
export function inPieces(said: readonly Said[], pieceBytes: number): Said[] {
  return said.flatMap(({ by, bytes }) =>
    Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, i) => ({
      by,
      bytes: bytes.slice(i * pieceBytes, (i + 1) * pieceBytes),
    })),
  );
}

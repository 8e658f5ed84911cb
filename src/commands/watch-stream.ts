import type { Io } from '../io.ts';
import { LiveFindings } from '../live-findings.ts';
import type { Analysis } from '../pipeline.ts';
import { amount, byteSize, thousands } from '../report/amounts.ts';
import { type CaptureTaker, feedFile, type ReadOutcome } from './capture-file.ts';
import { findingLine } from './finding-line.ts';
import { hashSeed } from './hash-seed.ts';

const TICK_MS = 1000;
/** A SYN without an answer is called so after 3 s: a stretch must be longer than that by far. */
const STRETCH_TICKS = 10;
/** After Ctrl-C, what the writer of the pipe has still in hand is awaited for so long. */
const DRAIN_MS = 2000;

/**
 * Feeds standard input to an analysis and says meanwhile on stderr what is found, one line each, and on a terminal how
 * far it is. Ctrl-C ends the reading, not the analysis.
 */
export async function feedWatched(analysis: Analysis, io: Io): Promise<ReadOutcome> {
  const live = new LiveFindings(hashSeed());
  const taker: CaptureTaker = {
    write: (chunk) => {
      analysis.write(chunk);
      live.write(chunk);
    },
    // Used for files only, which are read faster than anybody looks.
    reserve: () => analysis.reserve(),
    commit: (lengthBytes) => analysis.commit(lengthBytes),
    process: () => analysis.process(),
  };
  const ending = new AbortController();
  const interrupted = Promise.withResolvers<undefined>();
  const release = io.onInterrupt(() => interrupted.resolve(undefined));
  const watching = watch(analysis, live, io, ending.signal);
  try {
    const stdin = until(
      io.stdin,
      interrupted.promise.then(() => io.sleep(DRAIN_MS, ending.signal)),
    );
    return await feedFile('-', taker, { ...io, stdin });
  } finally {
    ending.abort();
    release();
    await watching;
  }
}

async function watch(analysis: Analysis, live: LiveFindings, io: Io, signal: AbortSignal): Promise<void> {
  let found = 0;
  let isLineOpen = false;
  for (let tick = 1; ; tick += 1) {
    await io.sleep(TICK_MS, signal);
    if (signal.aborted) break;
    const findings = tick % STRETCH_TICKS === 0 ? live.next() : [];
    found += findings.length;
    const wipe = isLineOpen ? '\r\u001b[K' : '';
    if (findings.length > 0)
      await io.stderr.write(`${wipe}${findings.map((finding) => `${findingLine(finding)}\n`).join('')}`);
    if (!io.stderr.isTty) continue;
    const soFar = found === 0 ? 'nothing found yet' : `${amount(found, 'finding')} so far`;
    await io.stderr.write(
      `\r\u001b[K${thousands(tick)} s, ${amount(analysis.packets, 'packet')}, ${byteSize(analysis.bytes)}, ${soFar}`,
    );
    isLineOpen = true;
  }
  if (isLineOpen) await io.stderr.write('\r\u001b[K');
}

/** The same bytes, until they end or `over` resolves. One promise for each piece: nothing gathers while a stream lasts. */
async function* until(stdin: AsyncIterable<Uint8Array>, over: Promise<unknown>): AsyncGenerator<Uint8Array> {
  const chunks = stdin[Symbol.asyncIterator]();
  let isOver = false;
  let stop = (): void => undefined;
  void over.then(() => {
    isOver = true;
    stop();
  });
  while (!isOver) {
    const next = Promise.withResolvers<IteratorResult<Uint8Array>>();
    stop = () => next.resolve({ done: true, value: undefined });
    chunks.next().then(next.resolve, next.reject);
    const { done, value } = await next.promise;
    if (done === true) return;
    yield value;
  }
}

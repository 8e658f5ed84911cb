import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Received between two collections: what of it is still held in dead buffers is at most a few times as much. */
const INTERVAL_BYTES = 4 << 20;

/**
 * Makes a counter of received bytes that has V8 free dead buffers in time. Left alone, it lets 64 MB of
 * them gather before it looks, on top of what several captures need themselves. One collection takes
 * some milliseconds, for the heap itself is small.
 */
export function bufferCollector(): (lengthBytes: number) => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let sinceBytes = 0;
  return (lengthBytes) => {
    sinceBytes += lengthBytes;
    if (sinceBytes < INTERVAL_BYTES) return;
    sinceBytes = 0;
    collect();
  };
}

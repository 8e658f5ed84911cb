import { resolve } from 'node:path';
import { defaults } from '../capture/defaults.ts';
import { filterTokens } from '../capture/filter.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { type OutputOptions, outputOptions, wholeNumber } from './output-flags.ts';
import { type RungOptions, rungOptions } from './rung-options.ts';
import { durationMs, sizeBytes } from './sizes.ts';

/** Where the raw capture goes besides the analysis. */
export type WriteTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'stdout' }
  | { readonly kind: 'file'; readonly path: string };

/** Everything that `trace` was asked for, with defaults filled in; nothing was asked of the cluster yet. */
export interface TraceOptions extends OutputOptions, RungOptions {
  /** As written, "pod/checkout". */
  readonly target: string;
  readonly durationMs: number;
  readonly filter: readonly string[];
  /** undefined: eth0, or what there is. */
  readonly interfaceName: string | undefined;
  readonly count: number | undefined;
  readonly maxBytes: number;
  readonly snapLengthBytes: number;
  readonly write: WriteTarget;
  readonly isBundled: boolean;
  readonly isFull: boolean;
  readonly isVerbose: boolean;
}

/** The largest number of packets that a classic capture is asked for. */
const MAX_COUNT = 1_000_000_000;
/** tcpdump's own largest snap length. */
const MAX_SNAP_LENGTH = 262_144;
/** Below this no header is whole. */
const MIN_SNAP_LENGTH = 96;

/** Completes and validates the flags of `trace`. Throws UserError. */
export function traceOptions(given: Given, io: Io): TraceOptions {
  const { operands } = given;
  const duration = textOf(given, 'duration');
  const count = textOf(given, 'count');
  const maxBytes = textOf(given, 'max-bytes');
  const snaplen = textOf(given, 'snaplen');
  const write = writeTarget(textOf(given, 'write'), io);
  if (write.kind === 'stdout' && io.stdout.isTty) {
    throw new UserError(
      'the capture cannot be written to a terminal',
      'it is binary data, and -w - sends it to stdout',
      'kubectl netdebug trace pod/NAME -w - | wireshark -k -i -',
    );
  }
  return {
    ...outputOptions(given),
    ...rungOptions(given, io),
    target: operands[0] ?? '',
    durationMs: duration === undefined ? defaults.durationMs.value : durationMs('duration', duration),
    filter: filterTokens(textOf(given, 'filter') ?? ''),
    interfaceName: textOf(given, 'interface'),
    count: count === undefined ? undefined : wholeNumber('count', count, 1, MAX_COUNT),
    maxBytes: maxBytes === undefined ? defaults.maxBytes.value : sizeBytes('max-bytes', maxBytes),
    snapLengthBytes:
      snaplen === undefined
        ? defaults.snapLengthBytes.value
        : wholeNumber('snaplen', snaplen, MIN_SNAP_LENGTH, MAX_SNAP_LENGTH),
    write,
    isBundled: isGiven(given, 'bundle'),
    isFull: isGiven(given, 'full'),
    isVerbose: isGiven(given, 'verbose'),
  };
}

function writeTarget(text: string | undefined, io: Io): WriteTarget {
  if (text === undefined) return { kind: 'none' };
  if (text === '')
    throw new UserError('--write needs a file name', 'an empty one was given', '-w capture.pcap');
  return text === '-' ? { kind: 'stdout' } : { kind: 'file', path: resolve(io.cwd, text) };
}

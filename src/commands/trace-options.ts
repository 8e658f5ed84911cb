import { resolve } from 'node:path';
import { defaults } from '../capture/defaults.ts';
import { filterTokens } from '../capture/filter.ts';
import { DEFAULT_INTERFACE } from '../capture/interfaces.ts';
import type { Direction } from '../capture/tcpdump-command.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { PlaceRequest } from '../target/find-places.ts';
import { type Given, isGiven, listOf, textOf } from './command.ts';
import { type OutputOptions, outputOptions, wholeNumber } from './output-flags.ts';
import { type RungOptions, rungOptions } from './rung-options.ts';
import { durationMs, sizeBytes } from './sizes.ts';
import { type UntilOptions, untilOptions } from './trace-until.ts';

/** Where the raw capture goes besides the analysis. */
export type WriteTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'stdout' }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string };

/** Everything that `trace` was asked for, with defaults filled in; nothing was asked of the cluster yet. */
export interface TraceOptions extends OutputOptions, RungOptions {
  /** What to trace; the namespace is the connection's. */
  readonly request: Omit<PlaceRequest, 'namespace'>;
  /** Whom the traffic is with, as written; undefined: everybody. */
  readonly to: string | undefined;
  /** The nodes of the pods are captured as well. */
  readonly withNodes: boolean;
  /** The nodes behind findings are looked into. */
  readonly readsNodes: boolean;
  /** More places than the default are meant. */
  readonly isConfirmed: boolean;
  readonly durationMs: number;
  readonly filter: readonly string[];
  /** Empty: that of the default route; "all" and "any" as chooseInterfaces has them. */
  readonly interfaceNames: readonly string[];
  /** The finding that ends it; undefined: none does. */
  readonly until: UntilOptions | undefined;
  /** undefined: both. */
  readonly direction: Direction | undefined;
  readonly count: number | undefined;
  /** All captures together. */
  readonly maxBytes: number;
  /** All captures together, through the API server. */
  readonly bytesPerSecond: number;
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
  const direction = textOf(given, 'direction');
  const maxRate = textOf(given, 'max-rate');
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
    request: placeRequest(given),
    to: textOf(given, 'to'),
    withNodes: isGiven(given, 'nodes'),
    readsNodes: isGiven(given, 'read-node'),
    isConfirmed: isGiven(given, 'yes'),
    durationMs: duration === undefined ? defaults.durationMs.value : durationMs('duration', duration),
    filter: filterTokens(textOf(given, 'filter') ?? ''),
    interfaceNames: interfaceNames(given),
    until: untilOptions(given),
    direction: direction === 'in' || direction === 'out' ? direction : undefined,
    count: count === undefined ? undefined : wholeNumber('count', count, 1, MAX_COUNT),
    maxBytes: maxBytes === undefined ? defaults.maxBytes.value : sizeBytes('max-bytes', maxBytes),
    bytesPerSecond: maxRate === undefined ? defaults.bytesPerSecond.value : sizeBytes('max-rate', maxRate),
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

/** Inside the pod, on lo, a mesh's proxy takes over what the application sends. */
function interfaceNames(given: Given): readonly string[] {
  const named = listOf(given, 'interface');
  if (!isGiven(given, 'mesh')) return named;
  return [...(named.length === 0 ? [DEFAULT_INTERFACE] : named), 'lo'];
}

function writeTarget(text: string | undefined, io: Io): WriteTarget {
  if (text === undefined) return { kind: 'none' };
  if (text === '')
    throw new UserError('--write needs a file name', 'an empty one was given', '-w capture.pcap');
  if (text === '-') return { kind: 'stdout' };
  return { kind: text.endsWith('/') ? 'folder' : 'file', path: resolve(io.cwd, text) };
}

function placeRequest(given: Given): Omit<PlaceRequest, 'namespace'> {
  const selector = textOf(given, 'selector');
  const isAllNamespaces = isGiven(given, 'all-namespaces');
  if (given.operands.length === 0 && selector === undefined)
    throw new UserError(
      'trace needs a target',
      'neither TYPE/NAME nor a selector was given',
      'kubectl netdebug trace pod/checkout -n shop\nkubectl netdebug trace -l app=checkout -n shop\nkubectl netdebug trace --help',
    );
  return { words: given.operands, selector, isAllNamespaces };
}

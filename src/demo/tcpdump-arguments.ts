/** What a tcpdump command line asks for, as far as a replay can follow it (tcpdump(8)). */
export interface TcpdumpArguments {
  readonly interfaceName: string;
  /** Packets after which it ends; Infinity without `-c`. */
  readonly count: number;
  readonly snapLengthBytes: number;
  /** `-d`: compile the filter, print it, and end. */
  readonly compileOnly: boolean;
  readonly filter: string;
}

const DEFAULT_SNAP_LENGTH_BYTES = 262_144;
/** Options that take a value, in any form that getopt knows. */
const WITH_VALUE = 'BcCEFGijmMQrsTVwWyzZ';
const LONG_WITH_VALUE: readonly string[] = [
  '--interface',
  '--snapshot-length',
  '--buffer-size',
  '--count',
  '--direction',
  '--time-stamp-precision',
  '--time-stamp-type',
  '--linktype',
  '--relinquish-privileges',
  '--print-sampling',
];

/** Reads the arguments that follow the program's name. */
export function parseTcpdumpArguments(argv: readonly string[]): TcpdumpArguments {
  const options = new Map<string, string>();
  let at = 0;
  for (; at < argv.length && (argv[at] ?? '').startsWith('-') && argv[at] !== '--'; at += 1) {
    at += takeOption(argv[at] ?? '', argv[at + 1] ?? '', options);
  }
  if (argv[at] === '--') at += 1;
  const snap = Number(options.get('s') ?? options.get('--snapshot-length') ?? 0);
  const count = Number(options.get('c') ?? 0);
  return {
    interfaceName: options.get('i') ?? options.get('--interface') ?? 'eth0',
    count: count > 0 ? count : Number.POSITIVE_INFINITY,
    snapLengthBytes: snap > 0 ? snap : DEFAULT_SNAP_LENGTH_BYTES,
    compileOnly: options.has('d'),
    filter: argv.slice(at).join(' '),
  };
}

/** Takes one argument; gives 1 if the next one was its value. */
function takeOption(argument: string, next: string, options: Map<string, string>): number {
  if (argument.startsWith('--')) {
    const [name = '', value] = argument.split('=', 2);
    const needsNext = value === undefined && LONG_WITH_VALUE.includes(name);
    options.set(name, value ?? (needsNext ? next : ''));
    return needsNext ? 1 : 0;
  }
  for (let at = 1; at < argument.length; at += 1) {
    const letter = argument[at] ?? '';
    if (!WITH_VALUE.includes(letter)) {
      options.set(letter, '');
      continue;
    }
    const glued = argument.slice(at + 1);
    options.set(letter, glued || next);
    return glued === '' ? 1 : 0;
  }
  return 0;
}

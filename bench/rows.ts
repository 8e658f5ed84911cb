import type { InputName } from './inputs.ts';

/** What the program is compared with. */
export type Anchor = 'tcpdump' | 'tshark' | 'kubectl' | 'gzip';

/** One line of the result: the program against an anchor, and the goal for it. */
export interface Row {
  readonly what: string;
  readonly anchor: Anchor;
  /** The capture to analyse; absent: `words` are the whole command line. */
  readonly input?: InputName;
  readonly words?: readonly string[];
  /** Most that the ratio may be; absent: printed for information. */
  readonly wallGoal?: number;
  readonly cpuGoal?: number;
  /** `quick` rows are always measured, `large` ones only with --large. */
  readonly size: 'quick' | 'usual' | 'large';
  /** Most runs; for an anchor that takes minutes and is far from the goal. */
  readonly mostRuns?: number;
}

/** Most resident memory for any capture, MiB. */
export const PEAK_GOAL_MIB = 128;

/** All rows; a new one is a line here and, if it needs one, an input in inputs.ts. */
export const ROWS: readonly Row[] = [
  { what: 'start: --version', words: ['--version'], anchor: 'kubectl', wallGoal: 1.5, size: 'quick' },
  { what: 'start: --help', words: ['--help'], anchor: 'kubectl', wallGoal: 1.5, size: 'quick' },
  { what: '100 MB, 16 flows', input: 'bulk-100mb.pcap', anchor: 'tcpdump', wallGoal: 3, size: 'quick' },
  { what: '100 MB, nanoseconds', input: 'bulk-100mb-ns.pcap', anchor: 'tcpdump', wallGoal: 3, size: 'quick' },
  { what: '100 MB, pcapng', input: 'bulk-100mb.pcapng', anchor: 'tcpdump', wallGoal: 3, size: 'quick' },
  { what: '100 MB, gzip', input: 'bulk-100mb.pcap.gz', anchor: 'gzip', size: 'quick' },
  { what: '100 MB, SYN flood', input: 'syn-100mb.pcap', anchor: 'tcpdump', size: 'quick' },
  {
    what: '100 MB, 16 flows',
    input: 'bulk-100mb.pcap',
    anchor: 'tshark',
    cpuGoal: 1 / 10,
    size: 'usual',
    mostRuns: 3,
  },
  { what: '200 MB, DNS', input: 'dns-200mb.pcap', anchor: 'tcpdump', size: 'usual' },
  { what: '1 GB, 16 flows', input: 'bulk-1gb.pcap', anchor: 'tcpdump', wallGoal: 0.9, size: 'usual' },
  { what: '1 GB, 750,000 flows', input: 'short-1gb.pcap', anchor: 'tcpdump', wallGoal: 1.4, size: 'usual' },
  { what: '4 GB, 900,000 flows', input: 'short-4gb.pcap', anchor: 'tcpdump', wallGoal: 1, size: 'large' },
  { what: '720 MB, SYN flood', input: 'syn-720mb.pcap', anchor: 'tcpdump', size: 'large' },
  {
    what: '1 GB, 16 flows',
    input: 'bulk-1gb.pcap',
    anchor: 'tshark',
    cpuGoal: 1 / 30,
    size: 'large',
    mostRuns: 1,
  },
];

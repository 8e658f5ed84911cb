import type { Finding } from '../detect/finding.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { Report } from '../report/report.ts';
import type { PacketFilter } from '../select/finding-packets.ts';
import { packetRow, type PacketRow } from '../select/packet-row.ts';
import { SecondPass } from '../select/second-pass.ts';
import { findingsOf, NothingSelected, type Selectable, selectPackets } from '../select/select-packets.ts';
import { parseSelection, type Selection, TERMS } from '../select/selection.ts';
import { feedFile } from './capture-file.ts';
import { type Given, textOf } from './command.ts';

/** Packets that are listed; more are counted. */
const MAX_ROWS = 1000;

/** What of a file is asked for besides its report. */
export interface SelectionOptions {
  /** Id or number of the findings whose evidence is listed instead of the report. */
  readonly frames: string | undefined;
  /** Packets that are listed instead of the report or, with `file`, written. */
  readonly selected: { readonly text: string; readonly selection: Selection } | undefined;
  /** Where packets are written: the selected ones or, without a selection, those of several captures merged. */
  readonly file: string | undefined;
}

/** Completes the flags that select packets. Throws UserError if they do not go together. */
export function selectionOptions(given: Given): SelectionOptions {
  const [frames, file] = ['frames', 'write'].map((name) => textOf(given, name));
  const { select = [] } = given.values;
  const texts = Array.isArray(select) ? (select as readonly string[]) : [];
  const [path = 'FILE'] = given.operands;
  if (frames !== undefined && texts.length > 0 && file === undefined)
    throw new UserError(
      '--frames and --select cannot both be listed',
      '--frames lists what proves a finding, --select whatever it selects',
      `kubectl netdebug analyze ${path} --select finding=${frames}`,
    );
  const asked = frames !== undefined || texts.length > 0;
  if (asked && (given.operands.length !== 1 || given.operands[0] === '-'))
    throw new UserError(
      'packets can be selected from one file only',
      'it is read twice: to analyse it, and for its packets',
      'kubectl netdebug analyze FILE --select host=10.0.0.1,port=443',
    );
  return { frames, selected: texts.length === 0 ? undefined : selected(texts), file };
}

function selected(texts: readonly string[]): SelectionOptions['selected'] {
  const [selection, wrong] = parseSelection(texts);
  if (wrong !== '')
    throw new UserError(
      `--select cannot be "${texts.join('" "')}"`,
      wrong,
      ['--select takes, with commas between what must all hold:', ...TERMS.map((term) => `  ${term}`)].join(
        '\n',
      ),
    );
  return { text: texts.join(' or '), selection };
}

/** The findings with this id or number. Throws UserError if there is none. */
export function findingsWith(report: Report, text: string): readonly Finding[] {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : null;
  return orUserError(() => findingsOf(text, number, report.findings));
}

/** The filter of a selection. Throws UserError for what the report does not have, or what has no packets of its own. */
export function filterOf(report: Report, selection: Selection): PacketFilter {
  const filter = orUserError(() => selectPackets(selection, selectableOf(report)));
  for (const term of selection.flat()) {
    if (term.by !== 'finding') continue;
    const findings = findingsOf(term.id, term.number, report.findings);
    if (findings.every(({ client, frames }) => client === '' && frames.length === 0))
      throw new UserError(
        `no packets belong to ${term.id}`,
        'it is about the capture itself, not about conversations',
        'choose another finding: kubectl netdebug analyze FILE',
      );
  }
  return filter;
}

function orUserError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof NothingSelected)) throw error;
    throw new UserError('nothing is selected', error.message, 'kubectl netdebug analyze FILE -o wide', {
      cause: error,
    });
  }
}

function selectableOf(report: Report): Selectable {
  const addresses = new Map<string, Set<string>>();
  const add = (name: string, address: string): void => {
    const key = name.toLowerCase();
    addresses.set(key, (addresses.get(key) ?? new Set()).add(address));
  };
  for (const [address, name] of Object.entries(report.names)) {
    // "svc/payments.shop": with its kind, without it, and by its bare name.
    const [, bare = ''] = /^(?:[a-z]+\/)?([^ ]*)/.exec(name) ?? [];
    for (const known of new Set([name, bare, bare.split('.')[0] ?? ''])) add(known, address);
  }
  for (const [address, { names }] of Object.entries(report.seenNames))
    for (const name of names) add(name, address);
  return { findings: report.findings, conversations: report.conversations, addresses };
}

/** Reads a file once more for the packets with these numbers. */
export async function readRows(
  path: string,
  numbers: ReadonlySet<number>,
  io: Io,
): Promise<ReadonlyMap<number, PacketRow>> {
  const rows = new Map<number, PacketRow>();
  const pass = new SecondPass((frame, packet, clock) => {
    if (numbers.has(frame.number)) rows.set(frame.number, packetRow(frame, packet, clock));
  });
  await feedFile(path, pass, io);
  return rows;
}

/** Reads a file once more for the packets that are selected: the first of them, and how many there are. */
export async function readSelected(
  path: string,
  isSelected: PacketFilter,
  io: Io,
): Promise<{ readonly rows: readonly PacketRow[]; readonly count: number }> {
  const rows: PacketRow[] = [];
  let count = 0;
  const pass = new SecondPass((frame, packet, clock) => {
    if (!isSelected(packet)) return;
    count++;
    if (rows.length < MAX_ROWS) rows.push(packetRow(frame, packet, clock));
  });
  await feedFile(path, pass, io);
  return { rows, count };
}

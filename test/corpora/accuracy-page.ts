import { reasonOf } from './differences.ts';
import type { Comparison } from './differences.ts';
import { expectationsOf } from './expectations.ts';
import { alarmsOf } from './false-alarms.ts';
import type { FalseAlarms } from './false-alarms.ts';

/** `docs/accuracy.md`: what the captures with known answers say of the engine, from what was measured. */
export function accuracyPage(comparison: Comparison, alarms: readonly FalseAlarms[]): string {
  return [
    `# How right the analysis is

Measured on captures of other projects and on captures of known faults, which belong to others and are not part of this
repository. \`npm run accuracy\` measures anew and writes this page; the tests in \`test/corpora/\` hold every line of it.
The other side is tshark 4.0.17, and a filter of its own for packets that were captured twice.`,
    expectationsPart(),
    alarmsPart(alarms),
    differencesPart(comparison),
  ].join('\n\n');
}

function expectationsPart(): string {
  const all = ['captures', 'lab'].flatMap(expectationsOf);
  const count = (list: 'must' | 'mustNot'): number => all.reduce((sum, one) => sum + one[list].length, 0);
  const healthy = all.filter((one) => one.healthy).length;
  return `## Known faults

${all.length} captures with known answers: ${count('must')} findings that must be made are made, ${count('mustNot')} that must not be made are not, and nothing
above info is found in ${healthy} healthy ones. There is no list of exceptions.`;
}

function alarmsPart(all: readonly FalseAlarms[]): string {
  const rows = all
    .filter(({ theirs, ours }) => alarmsOf({ ...theirs }) + alarmsOf({ ...ours }) > 0)
    .map(
      ({ path, theirs, ours }) =>
        `| ${nameOf(path)} | ${theirs.retransmissions} | ${theirs.outOfOrder} | ${theirs.duplicateAcks} | ${theirs.lost} | ${alarmsOf({ ...ours })} |`,
    );
  const total = (key: 'retransmissions' | 'outOfOrder' | 'duplicateAcks' | 'lost'): number =>
    all.reduce((sum, { theirs }) => sum + theirs[key], 0);
  const ours = all.reduce((sum, one) => sum + alarmsOf({ ...one.ours }), 0);
  const healthy = all.filter(({ kind }) => kind === 'healthy').length;
  return `## False alarms

What tshark's expert mode notes in the ${all.length - healthy} captures of which packets were captured more than once, and in ${healthy} healthy ones.
Retransmissions are those beyond the true ones. Ours are retransmissions and out-of-order segments counted where there
are none, and findings above info: any in a healthy capture, those about loss and delay in one with copies. Captures
without a false alarm on either side are left out of the table (${all.length - rows.length}).

| capture | retransmissions (tshark) | out of order (tshark) | duplicate ACK (tshark) | segment not captured (tshark) | ours |
|---|---|---|---|---|---|
${rows.join('\n')}
| **all ${all.length}** | **${total('retransmissions')}** | **${total('outOfOrder')}** | **${total('duplicateAcks')}** | **${total('lost')}** | **${ours}** |`;
}

function differencesPart({ captures, facts, differences }: Comparison): string {
  const rows = differences.map(
    (one) =>
      `| ${nameOf(one.path)} | ${one.fact} | ${one.theirs} | ${one.ours} | ${reasonOf(one) ?? '**not explained**'} |`,
  );
  return `## Counts

${facts} facts of ${captures} captures – packets, copies, TCP conversations with their packets and how far they got, retransmissions without copies, spurious
ones, out of order, refused and unanswered connections, DNS queries and response codes, TLS handshakes with the names
asked for and alerts, QUIC, HTTP/1 and HTTP/2 statuses – are equal in ${facts - differences.length} cases. These differ:

| capture | fact | tshark | ours | why ours is right |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function nameOf(path: string): string {
  return `\`${path.replace(/^captures\//, '')}\``;
}

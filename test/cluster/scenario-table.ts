import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Played } from './play.ts';
import type { Scenario } from './scenario.ts';

/*
 * docs/scenarios.md: what the program says to each fault on a real cluster, with the state of each cause's source that
 * said it. Written by scripts/scenarios.ts, read back by it and by the test that fails when a source has changed since.
 */

/** The page, from the repository's root. */
export const tablePath = 'docs/scenarios.md';

/** A line of the first table. */
export interface ScenarioRow {
  readonly scenario: string;
  readonly cni: string;
  readonly title: string;
  readonly findings: string;
  /** '–' where there is none. */
  readonly cause: string;
  readonly confidence: string;
  /** What `check` said: its first cause and that one's confidence, behind "open" if the way is. */
  readonly check: string;
  readonly seconds: string;
  readonly result: string;
}

/** A line of the second table: a cause, and the first 16 hexadecimal digits of the SHA-256 of its source file. */
export interface CauseRow {
  readonly cause: string;
  readonly hash: string;
}

/** What the page records. */
export interface ScenarioTable {
  readonly scenarios: readonly ScenarioRow[];
  readonly causes: readonly CauseRow[];
}

const NONE = '–';
const SCENARIO_HEAD =
  '| fault | on | what is wrong | findings | cause | confidence | check | seconds | result |';
const CAUSE_HEAD = '| cause | source |';

/** The present hash of a cause's source file. */
export function hashOf(cause: string): string {
  const source = readFileSync(new URL(`../../src/explain/${cause}.ts`, import.meta.url));
  return createHash('sha256').update(source).digest('hex').slice(0, 16);
}

/** The line of a scenario that was played. */
export function rowOf({ name, title }: Scenario, cni: string, played: Played): ScenarioRow {
  const cause = played.causes[0];
  return {
    scenario: name,
    cni,
    title: cell(title),
    findings: played.findings.join(', ') || NONE,
    cause: cause?.id ?? NONE,
    confidence: cause?.confidence ?? NONE,
    check: checkCell(played.checked),
    seconds: String(played.seconds),
    result: played.wrong.length === 0 ? 'as expected' : `wrong: ${cell(played.wrong.join('; '))}`,
  };
}

function checkCell(checked: Played['checked']): string {
  if (checked === null) return NONE;
  const [first] = checked.causes;
  const cause = first === undefined ? [] : [`${first.id} (${first.confidence})`];
  return [...(checked.outcome === 'open' || first === undefined ? [checked.outcome] : []), ...cause].join(
    ', ',
  );
}

/** New lines take the place of the old ones of the same scenario and pod network; `isKnown` drops those that are gone. */
export function merge(
  old: ScenarioTable,
  rows: readonly ScenarioRow[],
  causes: readonly string[],
  isKnown: (scenario: string, cni: string) => boolean,
): ScenarioTable {
  const key = ({ scenario, cni }: ScenarioRow): string => `${scenario} ${cni}`;
  const merged = new Map([...old.scenarios, ...rows].map((row) => [key(row), row]));
  const proven = new Set(rows.filter(({ result }) => result === 'as expected').map(({ cause }) => cause));
  return {
    scenarios: [...merged.values()]
      .filter(({ scenario, cni }) => isKnown(scenario, cni))
      .toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
    causes: causes.flatMap((cause) => {
      const before = old.causes.find((row) => row.cause === cause);
      if (proven.has(cause)) return [{ cause, hash: hashOf(cause) }];
      return before === undefined ? [] : [before];
    }),
  };
}

/** The page as Markdown. */
export function toMarkdown({ scenarios, causes }: ScenarioTable): string {
  return `# Faults on a real cluster, and what is said to them

Written by \`npm run scenarios\`, which makes each fault on the test cluster (\`test/cluster/\`), runs traffic, traces the
client, runs \`check\` on the way, undoes the fault and does both again. A result is *as expected* if the right cause
stands first in both, no wrong one is named, the trace's ticket gives the same report without the cluster, a printed
policy opens the way when it is applied, and after the undo the trace finds nothing and the check calls the way open.
The seconds include making and undoing the fault, both traces and checks, and whatever plays at the same time. What a
person reads under each fault is in \`scenarios/\`.

${SCENARIO_HEAD}
|${' --- |'.repeat(9)}
${scenarios.map((row) => `| ${[row.scenario, row.cni, row.title, row.findings, row.cause, row.confidence, row.check, row.seconds, row.result].join(' | ')} |`).join('\n')}

The state of each cause's source file (\`src/explain/\`) that was seen to be right; a test fails when it has changed since.

${CAUSE_HEAD}
|${' --- |'.repeat(2)}
${causes.map(({ cause, hash }) => `| ${cause} | ${hash} |`).join('\n')}
`;
}

/** Reads the page back; an empty table from text that is none. */
export function parseTable(markdown: string): ScenarioTable {
  const rows = (head: string): string[][] => {
    const [, below = ''] = markdown.split(`${head}\n`);
    const lines = below.split('\n');
    const end = lines.findIndex((line) => !line.startsWith('|'));
    return lines.slice(1, end).map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((text) => text.trim()),
    );
  };
  return {
    scenarios: rows(SCENARIO_HEAD).map(
      ([
        scenario = '',
        cni = '',
        title = '',
        findings = '',
        cause = '',
        confidence = '',
        check = '',
        seconds = '',
        result = '',
      ]) => ({
        scenario,
        cni,
        title,
        findings,
        cause,
        confidence,
        check,
        seconds,
        result,
      }),
    ),
    causes: rows(CAUSE_HEAD).map(([cause = '', hash = '']) => ({ cause, hash })),
  };
}

/** Text that does not end its cell or its line. */
function cell(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/\s+/g, ' ').slice(0, 300).trim();
}

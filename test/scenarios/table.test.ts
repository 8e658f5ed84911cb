import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainers } from '../../src/explain/index.ts';
import type { Played } from '../cluster/play.ts';
import {
  hashOf,
  merge,
  parseTable,
  rowOf,
  tablePath,
  toMarkdown,
  type ScenarioTable,
} from '../cluster/scenario-table.ts';
import { scenarios } from '../cluster/scenarios/index.ts';

const page = readFileSync(new URL(`../../${tablePath}`, import.meta.url), 'utf8');
const table = parseTable(page);
const causes = explainers.map(({ id }) => id);

describe('docs/scenarios.md', () => {
  test('is as it is written', () => {
    expect(toMarkdown(table)).toBe(page);
  });

  test('has a line for each scenario on each pod network that it plays on, and all are as expected', () => {
    expect(table.scenarios.map(({ scenario, cni }) => `${scenario} ${cni}`)).toEqual(
      scenarios.flatMap(({ name, on }) => on.map((cni) => `${name} ${cni}`)).toSorted(),
    );
    expect(table.scenarios.filter(({ result }) => result !== 'as expected')).toEqual([]);
  });

  test('names the same cause for a check, or says that the way is open where nothing fails', () => {
    const other = table.scenarios.filter(({ cause, check }) => !check.includes(`${cause} (`));
    expect(other.filter(({ check }) => !check.startsWith('open'))).toEqual([]);
    const open = scenarios.filter(({ name }) => other.some(({ scenario }) => scenario === name));
    expect(
      open.filter(({ expect: { outcome, causes: right } }) => outcome !== 'healthy' && right.length > 0),
    ).toEqual([]);
  });

  test('has seen each cause first, at least likely, with its source as it is now (npm run scenarios)', () => {
    const seen = table.scenarios.filter(({ confidence }) => ['likely', 'certain'].includes(confidence));
    expect(causes.filter((id) => !seen.some(({ cause }) => cause === id))).toEqual([]);
    expect(table.causes).toEqual(causes.map((cause) => ({ cause, hash: hashOf(cause) })));
  });
});

describe('a run of some scenarios', () => {
  const played = (wrong: readonly string[]): Played => ({
    scenario: 'healthy',
    findings: ['tcp-refused'],
    causes: [{ id: 'coredns-down', confidence: 'certain' }],
    checked: null,
    seconds: 7,
    shown: '',
    wrong,
  });
  const [scenario = scenarios[0]] = scenarios.filter(({ name }) => name === 'healthy');
  const old: ScenarioTable = {
    scenarios: [],
    causes: causes.map((cause) => ({ cause, hash: 'of old' })),
  };

  test('replaces their lines and the hashes of the causes that were right', () => {
    if (scenario === undefined) throw new Error('no scenario healthy');
    const once = merge(old, [rowOf(scenario, 'bridge', played(['a | b\nc']))], causes, () => true);
    expect(once.causes).toEqual(old.causes);
    expect(once.scenarios.map(({ result }) => result)).toEqual(['wrong: a / b c']);
    const again = merge(once, [rowOf(scenario, 'bridge', played([]))], causes, () => true);
    expect(again.scenarios.map(({ result }) => result)).toEqual(['as expected']);
    expect(again.causes.filter(({ hash }) => hash !== 'of old')).toEqual([
      { cause: 'coredns-down', hash: hashOf('coredns-down') },
    ]);
    expect(parseTable(toMarkdown(again))).toEqual(again);
  });

  test('tells what the check said', () => {
    if (scenario === undefined) throw new Error('no scenario healthy');
    const checked = { outcome: 'blocked', causes: [{ id: 'coredns-down', confidence: 'likely' }] };
    const cellOf = (more: Partial<Played>): string =>
      rowOf(scenario, 'bridge', { ...played([]), ...more }).check;
    expect(cellOf({ checked })).toBe('coredns-down (likely)');
    expect(cellOf({ checked: { ...checked, outcome: 'open', causes: [] } })).toBe('open');
    expect(cellOf({ checked: { ...checked, outcome: 'open' } })).toBe('open, coredns-down (likely)');
    expect(cellOf({})).toBe('–');
  });

  test('drops what there is no more', () => {
    if (scenario === undefined) throw new Error('no scenario healthy');
    const row = rowOf(scenario, 'bridge', played([]));
    expect(merge({ ...old, scenarios: [row] }, [], causes, () => false).scenarios).toEqual([]);
  });
});

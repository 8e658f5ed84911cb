import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect, detectors } from '../../src/detect/index.ts';
import { icmpMeaning, parseIcmpKey } from '../../src/detect/icmp-meaning.ts';
import { CLIENT, observe } from '../conversations/observe.ts';
import { stories } from './stories.ts';

const SOURCES = join(import.meta.dirname, '../../src/detect');
const ids = detectors.map(({ id }) => id);

describe('what a detector says', () => {
  const speaking = stories.filter((story) => story.expected !== undefined);
  test.each(speaking)('$id: $name', ({ findings, expected = {} }) => {
    expect(findings).toHaveLength(1);
    const { text = '', ...rest } = expected;
    expect(findings[0]).toMatchObject(rest);
    if (text.startsWith('…')) expect(findings[0]?.text).toContain(text.slice(1));
    else if (text !== '') expect(findings[0]?.text).toBe(text);
  });

  const silent = stories.filter((story) => story.expected === undefined);
  test.each(silent)('$id says nothing: $name', ({ id, name, findings }) => {
    // An empty capture is no capture of no packets only where its file is empty as well.
    expect(findings, `${id}: ${name}`).toEqual([]);
  });

  test('findings have a time within the capture, frames in order, and a severity not above their detector’s', () => {
    const order = ['info', 'warning', 'error'];
    for (const { id, findings } of stories) {
      const worst = detectors.find((detector) => detector.id === id)?.severity ?? 'info';
      for (const finding of findings) {
        expect(order.indexOf(finding.severity)).toBeLessThanOrEqual(order.indexOf(worst));
        expect(finding.frames).toEqual(finding.frames.toSorted((a, b) => a - b));
        expect(finding.firstSeen <= finding.lastSeen).toBe(true);
        expect(finding.text).not.toMatch(/undefined|NaN|Infinity|\n/u);
      }
    }
  });
});

test('the details name one conversation that shows it, or query', () => {
  const examples = ['tcp-syn-no-answer', 'tcp-refused', 'tcp-loss', 'dns-nxdomain', 'nat-state-lost'].map(
    (id) => stories.find((story) => story.id === id && story.expected !== undefined)?.findings[0],
  );
  expect(examples.map((finding) => finding?.details.example?.client)).toEqual([
    `${CLIENT}:40000`,
    `${CLIENT}:40000`,
    `${CLIENT}:40000`,
    `${CLIENT}:5353`,
    `${CLIENT}:40000`,
  ]);
  for (const finding of examples) expect(finding?.details.example?.server).toBe(finding?.server);
});

describe('the registry', () => {
  test('has its rows in order, each once', () => {
    expect(ids).toEqual([...new Set(ids)].toSorted());
  });

  test('has every id of a finding, each in a file of its name', () => {
    const union =
      readFileSync(join(SOURCES, 'finding.ts'), 'utf8').match(/export type FindingId =([^;]+);/u)?.[1] ?? '';
    expect([...union.matchAll(/'([^']+)'/gu)].map((match) => match[1])).toEqual(ids);
    const files = readdirSync(SOURCES);
    for (const id of ids) {
      expect(files).toContain(`${id}.ts`);
      expect(readFileSync(join(SOURCES, `${id}.ts`), 'utf8')).toContain(`id: '${id}'`);
    }
  });

  test.each(detectors)('$id has a page without gaps', ({ doc }) => {
    for (const text of [doc.title, doc.seen, doc.meaning]) expect(text.trim().length).toBeGreaterThan(10);
    for (const list of [doc.causes, doc.misleads, doc.next]) {
      expect(list.length).toBeGreaterThan(0);
      for (const item of list) expect(item.trim().length).toBeGreaterThan(5);
    }
  });

  test.each(ids)('%s has a story in which it speaks and one of its own in which it does not', (id) => {
    const own = stories.filter((story) => story.id === id);
    expect(own.some((story) => story.expected !== undefined)).toBe(true);
    expect(own.filter((story) => story.expected === undefined).length).toBeGreaterThan(2);
  });

  test('findings come worst first', () => {
    const severities = detect(observe([], { problems: ['a', 'b'], dropped: 1 })).map(
      ({ severity }) => severity,
    );
    expect(severities).toEqual(['warning', 'warning', 'warning']);
  });
});

describe('ICMP codes', () => {
  test.each([
    ['10.0.0.1 3 3', 'port unreachable'],
    ['10.0.0.1 3 1', 'host unreachable'],
    ['10.0.0.1 3 13', 'communication prohibited'],
    ['10.0.0.1 3 99', 'type 3, code 99'],
    ['fd00::1 1 4', 'port unreachable'],
    ['fd00::1 1 0', 'no route'],
  ])('%s means %s', (key, meaning) => {
    expect(parseIcmpKey(key).meaning).toBe(meaning);
    const { sender, type, code } = parseIcmpKey(key);
    expect(icmpMeaning(sender, type, code)).toBe(meaning);
  });
});

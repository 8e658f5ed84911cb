import { expect, test } from 'vitest';
import type { CapturePair } from '../../src/matching/crossing.ts';
import { namingOf } from '../../src/report/naming.ts';
import type { Report } from '../../src/report/report.ts';
import { timelineOf } from '../../src/report/timeline.ts';
import { renderWide } from '../../src/report/wide.ts';
import { capture, finding, group, OPTIONS, report } from './builders.ts';

const at = (second: number): string => `2026-11-21T10:04:${String(second).padStart(2, '0')}.000000Z`;

function told(of: Report): string[] {
  return timelineOf(of, namingOf(of, 'short')).events.map(
    ({ time, text }) => `${time.slice(17, 19)} ${text}`,
  );
}

test('captures, findings and silences stand in the order of time', () => {
  const findings = [
    finding({ firstSeen: at(20), lastSeen: at(40), count: 12 }),
    finding({
      id: 'http-5xx',
      severity: 'warning',
      firstSeen: at(15),
      lastSeen: at(15),
      count: 1,
      server: '',
    }),
  ];
  const conversations = [
    group({ firstSeen: at(12), lastSeen: at(16) }),
    group({ firstSeen: at(13), lastSeen: at(14) }),
    group({ firstSeen: at(26), lastSeen: at(40) }),
  ];
  const captures = [capture({ firstSeen: at(12), lastSeen: at(40) })];
  expect(told(report({ captures, findings, conversations }))).toEqual([
    '12 first packet of the capture',
    '15 2 http-5xx: pod/client',
    '16 silence: no conversation under way for 10 s',
    '20 1 tcp-syn-no-answer: pod/client → svc/payments:443, for the first time',
    '40 1 tcp-syn-no-answer: pod/client → svc/payments:443, for the last time (12 times in 20 s)',
    '40 last packet of the capture (ended by duration)',
  ]);
});

test('several captures have letters', () => {
  const captures = [
    capture({ firstSeen: at(12), lastSeen: at(40), ended: 'file' }),
    capture({ firstSeen: at(11), lastSeen: at(41) }),
  ];
  expect(
    told(report({ captures, findings: [finding({ capture: 1, firstSeen: at(20), lastSeen: at(20) })] })),
  ).toEqual([
    '11 first packet of capture B',
    '12 first packet of capture A',
    '20 1 tcp-syn-no-answer in B: pod/client → svc/payments:443',
    '40 last packet of capture A',
    '41 last packet of capture B (ended by duration)',
  ]);
});

test('several captures are told by one clock, that of the first, also where two have nothing in common', () => {
  const captures = [12, 17, 7].map((second) => capture({ firstSeen: at(second), lastSeen: at(second + 20) }));
  const pairOf = (first: number, second: number, clockOffsetMs: number | null): CapturePair => ({
    first,
    second,
    matched: 10,
    missedByFirst: 0,
    missedBySecond: 0,
    clockOffsetMs,
    clockErrorMs: clockOffsetMs === null ? null : 0.5,
    thereMs: null,
    backMs: null,
    problem: '',
  });
  const findings = [finding({ capture: 1, firstSeen: at(25), lastSeen: at(25) })];
  const of = { captures, findings, pairs: [pairOf(1, 2, -10_000), pairOf(0, 2, null), pairOf(0, 1, 5000)] };
  expect(told(report(of))).toEqual([
    '12 first packet of capture A',
    '12 first packet of capture B',
    '12 first packet of capture C',
    '20 1 tcp-syn-no-answer in B: pod/client → svc/payments:443',
    '32 last packet of capture A (ended by duration)',
    '32 last packet of capture B (ended by duration)',
    '32 last packet of capture C (ended by duration)',
  ]);
  const shown = renderWide(report(of), OPTIONS);
  expect(shown).toContain('capture B by the clock of A: its own is 5.000 s ahead');
  expect(shown).toContain('capture C by the clock of A: its own is 5.000 s behind');
  expect(renderWide(report({ captures, findings, pairs: [] }), OPTIONS)).toContain(
    'capture C by its own clock: its order among the others is not proven',
  );
});

test('what is too much is counted; notes go first', () => {
  const notes = Array.from({ length: 50 }, () =>
    finding({ id: 'latency-split', severity: 'info', count: 1 }),
  );
  const errors = Array.from({ length: 50 }, () => finding({ count: 1 }));
  const much = report({ findings: [...errors, ...notes] });
  const { events, leftOut } = timelineOf(much, namingOf(much, 'short'));
  expect(events.filter(({ severity }) => severity === 'error')).toHaveLength(50);
  expect([events.length, leftOut]).toEqual([60, 42]);
  expect(renderWide(much, OPTIONS)).toContain('\n42 more events, the findings with -o json\n');
});

test('a capture without packets, and one without findings, has no timeline', () => {
  const empty = report({ captures: [capture({ firstSeen: '', lastSeen: '' })] });
  expect(told(empty)).toEqual([]);
  expect(renderWide(report(), OPTIONS)).not.toContain('EVENT');
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLook } from '../../src/recorder/read-look.ts';
import { fileHeader } from '../capture/fake-container.ts';
import { order, recordAt } from './orders.ts';

const meta = `recorder recorder\nmeta ${JSON.stringify(order)}\n`;
const start = (seconds: number): string =>
  Buffer.concat([fileHeader(), recordAt(seconds)])
    .subarray(0, 40)
    .toString('hex');

test('a running recorder tells its order, its counters and how far back its ring goes', () => {
  const { recorders, unreadable } = readLook(
    `${meta}log tcpdump: listening on eth0\nlog 3 packets captured, 4 packets received by filter, 0 packets dropped by kernel\nlog 5 packets captured, 7 packets received by filter, 1 packet dropped by kernel\nfile r00 1000 ${start(1_700_000_000.5)}\nfile r01 24 ${fileHeader().toString('hex')}\n`,
  );
  expect(unreadable).toBe(0);
  expect(recorders).toEqual([
    {
      order,
      ended: null,
      endedSeconds: null,
      triggeredSeconds: null,
      files: [
        { name: 'r00', sizeBytes: 1000, firstSeconds: 1_700_000_000.5 },
        { name: 'r01', sizeBytes: 24, firstSeconds: null },
      ],
      counters: { captured: 5, receivedByFilter: 7, droppedByKernel: 1, droppedByInterface: null },
      message: 'tcpdump: listening on eth0',
    },
  ]);
});

test.each([
  ['why trigger\nhit 1700000000\nstate ended 0 1700000030\n', 'trigger', 1_700_000_030],
  ['why ttl\nstate ended 0 1700000030\n', 'ttl', 1_700_000_030],
  ['state ended 1 1700000030\n', 'failed', 1_700_000_030],
  ['state lost\n', 'failed', null],
])('%j is read as its end', (lines, ended, endedSeconds) => {
  expect(readLook(meta + lines).recorders[0]).toMatchObject({ ended, endedSeconds });
});

test('what another program wrote there is counted, not believed', () => {
  const evil = JSON.stringify({ ...order, name: '../../etc' });
  expect(readLook(`recorder a\nmeta {}\nrecorder b\nmeta ${evil}\nrecorder c\n`)).toEqual({
    recorders: [],
    unreadable: 3,
  });
  const { recorders } = readLook(`${meta}file ../x 5 00\nfile r00 x 00\nfile r00 99999999999999999 00\n`);
  expect(recorders[0]?.files).toEqual([]);
});

test('any text is read without an exception', () => {
  const words = fc.constantFrom(
    'recorder',
    'meta',
    'file',
    'log',
    'state',
    'hit',
    'why',
    ' ',
    '\n',
    '{',
    'r0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (parts) => {
      const { recorders, unreadable } = readLook(meta + parts.join(' '));
      expect(recorders.length + unreadable).toBeGreaterThan(0);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTcpdumpOutput } from '../../src/capture/tcpdump-output.ts';

const output = `tcpdump: verbose output suppressed
tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 2048 bytes
1 packet captured
12 packets received by filter
3 packets dropped by kernel
0 packets dropped by interface
netdebug-exit 0
`;

test('is read alike wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: output.length })), (places) => {
      const events: string[] = [];
      const reader = readTcpdumpOutput({
        onReady: () => events.push('ready'),
        onTrailer: (status) => events.push(`exit ${status}`),
      });
      const cuts = [0, ...places.toSorted((a, b) => a - b), output.length];
      for (const [index, end] of cuts.slice(1).entries())
        reader.push(Buffer.from(output.slice(cuts[index], end)));
      expect(events).toEqual(['ready', 'exit 0']);
      expect(reader.counters()).toEqual({
        captured: 1,
        receivedByFilter: 12,
        droppedByKernel: 3,
        droppedByInterface: 0,
      });
      expect(reader.messages()).toEqual(['tcpdump: verbose output suppressed']);
      expect(reader.exitStatus()).toBe(0);
    }),
  );
});

test('an endless line takes no memory', () => {
  const reader = readTcpdumpOutput({ onReady: () => undefined, onTrailer: () => undefined });
  for (let index = 0; index < 100; index += 1) reader.push(Buffer.alloc(10_000, 'x'));
  reader.push(Buffer.from('\n'));
  expect(reader.messages()[0]?.length).toBeLessThanOrEqual(4096);
});

test('only the latest messages are kept', () => {
  const reader = readTcpdumpOutput({ onReady: () => undefined, onTrailer: () => undefined });
  for (let index = 0; index < 100; index += 1) reader.push(Buffer.from(`message ${index}\n`));
  expect(reader.messages().at(-1)).toBe('message 99');
  expect(reader.messages()).toHaveLength(20);
});

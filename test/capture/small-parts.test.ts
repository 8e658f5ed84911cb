import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findCaptureProblems } from '../../src/capture/capture-problems.ts';
import { parseResolvConf } from '../../src/capture/container-facts.ts';
import { noCounters } from '../../src/capture/counters.ts';
import { chooseImage } from '../../src/capture/debug-image.ts';
import { defaults } from '../../src/capture/defaults.ts';
import { createPace } from '../../src/capture/pace.ts';

test.each([
  [
    'nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local\noptions ndots:5\n',
    { nameservers: ['10.96.0.10'], search: ['shop.svc.cluster.local', 'svc.cluster.local'], ndots: 5 },
  ],
  [
    '# comment\nnameserver 1.1.1.1 ; x\ndomain a\nsearch b c\noptions timeout:1 ndots:99\n',
    { nameservers: ['1.1.1.1'], search: ['b', 'c'], ndots: 15 },
  ],
  ['options ndots:x\nnameserver\n', { nameservers: [], search: [], ndots: 1 }],
])('resolv.conf %j', (text, expected) => {
  expect(parseResolvConf(text)).toEqual(expected);
});

test('the image comes from the flag, then the environment, then the config file, then the default', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'netdebug-home-'));
  const environment = { HOME: home };
  expect(chooseImage(undefined, environment)).toBe(defaults.image.value);
  mkdirSync(path.join(home, '.config', 'kubectl-netdebug'), { recursive: true });
  const file = path.join(home, '.config', 'kubectl-netdebug', 'config.yaml');
  writeFileSync(file, 'image: mirror.example/netshoot:v1\n');
  expect(chooseImage(undefined, environment)).toBe('mirror.example/netshoot:v1');
  expect(chooseImage('', { ...environment, NETDEBUG_IMAGE: 'env.example/x' })).toBe('env.example/x');
  const pinned = `a/b@sha256:${'0'.repeat(64)}`;
  expect(chooseImage(pinned, { ...environment, NETDEBUG_IMAGE: 'env.example/x' })).toBe(pinned);
  for (const content of ['image: [1]\n', 'image: "a b"\n', '{']) {
    writeFileSync(file, content);
    expect(() => chooseImage(undefined, environment)).toThrow(
      expect.objectContaining({ name: 'UserError' }) as Error,
    );
  }
  rmSync(home, { recursive: true });
});

test.each([
  [
    'all is well',
    {
      counters: { ...noCounters, captured: 100, droppedByKernel: 1 },
      packets: 100,
      exitStatus: 0,
      messages: [],
    },
    [],
  ],
  [
    'one record cut by the stop',
    { counters: { ...noCounters, captured: 100 }, packets: 99, exitStatus: 143, messages: [] },
    [],
  ],
  [
    'kernel drops, which are counted apart',
    {
      counters: { ...noCounters, captured: 90, droppedByKernel: 10 },
      packets: 90,
      exitStatus: 0,
      messages: [],
    },
    [],
  ],
  [
    'nothing but drops, which are counted apart',
    { counters: { ...noCounters, captured: 0, droppedByKernel: 5 }, packets: 0, exitStatus: 0, messages: [] },
    [],
  ],
  [
    'killed',
    { counters: noCounters, packets: 5, exitStatus: 137, messages: [] },
    ['tcpdump had to be killed'],
  ],
  [
    'no counters',
    { counters: noCounters, packets: 5, exitStatus: 0, messages: [] },
    ["tcpdump's counters did not arrive"],
  ],
] as const)('problems of a capture: %s', (_, facts, expected) => {
  const problems = findCaptureProblems(facts);
  expect(problems).toHaveLength(expected.length);
  for (const [index, start] of expected.entries()) expect(problems[index]).toContain(start);
});

test('the pace lets a burst of one second pass and then holds back', () => {
  let nowMs = 0;
  const pace = createPace(1000, () => nowMs);
  expect(pace(1000)).toBeUndefined();
  expect(pace(10)).toBeInstanceOf(Promise);
  nowMs += 1000;
  expect(pace(900)).toBeUndefined();
  expect(createPace(Infinity)(1e12)).toBeUndefined();
});

import { expect, test } from 'vitest';
import type { ProbeResult } from '../../src/check/check-report.ts';
import { findingsOfProbes } from '../../src/check/probe-findings.ts';
import { CLIENT } from '../explain/builders.ts';
import { podNetwork } from '../explain/pod-networks.ts';

const client = { text: 'pod/shop/client', pod: CLIENT, address: '10.244.1.5' };
const small: ProbeResult = {
  layer: 'mtu',
  what: '',
  status: 'failed',
  seen: '',
  server: '10.244.2.7:8080',
  passedBytes: 536,
};

test('answers that come in small segments only are a path that does not carry those of the pod', () => {
  const network = podNetwork('client', [], {
    interfaces: [
      { name: 'lo', mtuBytes: 65_536 },
      { name: 'eth0', mtuBytes: 1450 },
    ],
  });
  expect(findingsOfProbes([small], client, [network])).toMatchObject([
    {
      id: 'path-mtu-black-hole',
      client: '10.244.1.5',
      server: '10.244.2.7:8080',
      frames: [],
      details: { by: 'server', passedBytes: 536, lostBytes: 1398 },
    },
  ]);
  expect(findingsOfProbes([small], client, [])).toMatchObject([{ details: { lostBytes: 1448 } }]);
});

test('what was not compared, or came whole, is none', () => {
  const { passedBytes: _, ...without } = small;
  expect(findingsOfProbes([without, { ...small, status: 'skipped' }], client, [])).toEqual([]);
});

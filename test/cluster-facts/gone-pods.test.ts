import { expect, test } from 'vitest';
import { findGonePods, notePods } from '../../src/cluster/gone-pods.ts';
import { facts, pod } from '../explain/builders.ts';
import { HEALTHY } from './answers.ts';
import { fakeApi } from './fake-api.ts';

const noted = [
  pod('stays', { address: '10.244.2.11' }),
  pod('deleted', { address: '10.244.2.12', labels: { app: 'x' }, owner: 'ReplicaSet/x' }),
  pod('replaced-0', { address: '10.244.2.13' }),
  pod('ended', { address: '10.244.2.14' }),
  pod('had-ended', { address: '10.244.2.15', phase: 'Failed' }),
  pod('starting', {}),
];
const now = [
  pod('stays', { address: '10.244.2.11' }),
  pod('replaced-0', { address: '10.244.2.23', createdAt: '2026-11-21T10:04:10Z' }),
  pod('ended', { address: '10.244.2.14', phase: 'Succeeded' }),
];

test('pods that are deleted, replaced or have ended since are told, others not', () => {
  expect(findGonePods(noted, facts({ pods: now }))).toEqual([
    {
      namespace: 'shop',
      name: 'deleted',
      addresses: ['10.244.2.12'],
      labels: { app: 'x' },
      node: 'node2',
      owner: 'ReplicaSet/x',
      how: 'deleted',
    },
    expect.objectContaining({ name: 'ended', how: 'ended' }) as unknown,
    expect.objectContaining({ name: 'replaced-0', how: 'replaced' }) as unknown,
  ]);
});

test('nothing is gone as far as is known where the pods could not be read again', () => {
  expect(findGonePods(noted, facts({ pods: null }))).toEqual([]);
  expect(findGonePods(noted, facts({ pods: [], partial: { pods: ['back'] } }))).toEqual([]);
});

test('the pods of each namespace are noted', async () => {
  const pods = await notePods(fakeApi(HEALTHY), ['back', 'nowhere']);
  expect(pods.map(({ name }) => name)).toEqual(pods.length === 0 ? [] : ['payments-1']);
});

import { expect, test } from 'vitest';
import { toPodLifeFacts } from '../../src/cluster/pod-life.ts';

test('ends, limits and times of a pod’s containers are taken over', () => {
  const pod = {
    metadata: { deletionTimestamp: '2026-11-21T10:04:30Z' },
    spec: { containers: [{ name: 'app', resources: { limits: { cpu: '500m', memory: '64Mi' } } }] },
    status: {
      conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-21T10:04:01Z' }],
      containerStatuses: [
        {
          name: 'app',
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: {
            terminated: {
              reason: 'OOMKilled',
              exitCode: 137,
              startedAt: '2026-11-21T10:03:00Z',
              finishedAt: '2026-11-21T10:04:00Z',
            },
          },
        },
      ],
    },
  };
  expect(toPodLifeFacts(pod)).toEqual({
    deletedAt: '2026-11-21T10:04:30Z',
    readyChangedAt: '2026-11-21T10:04:01Z',
    containers: [
      {
        name: 'app',
        restarts: 2,
        runsSince: '',
        waitsFor: 'CrashLoopBackOff',
        lastEnd: {
          at: '2026-11-21T10:04:00Z',
          began: '2026-11-21T10:03:00Z',
          reason: 'OOMKilled',
          exitCode: 137,
        },
        cpuLimit: '500m',
        memoryLimit: '64Mi',
      },
    ],
  });
});

test('a container that has ended and not come back tells its own end, not an earlier one', () => {
  const end = (finishedAt: string): object => ({ terminated: { reason: 'Error', exitCode: 1, finishedAt } });
  const status = { name: 'app', state: end('2026-11-21T10:04:00Z'), lastState: end('2026-11-21T10:00:00Z') };
  const [container] = toPodLifeFacts({ status: { containerStatuses: [status] } }).containers;
  expect(container?.lastEnd).toEqual({ at: '2026-11-21T10:04:00Z', reason: 'Error', exitCode: 1 });
  expect(toPodLifeFacts({ status: { containerStatuses: [null, 7, {}] } }).containers).toHaveLength(3);
});

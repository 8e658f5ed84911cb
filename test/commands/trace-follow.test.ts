import { describe, expect, test } from 'vitest';
import { settleBounded } from '../../src/commands/bounded.ts';
import { followPods } from '../../src/commands/trace-follow.ts';
import { refreshPeers } from '../../src/commands/trace-peer.ts';
import type { TraceRun } from '../../src/commands/trace-run.ts';
import type { Io } from '../../src/io.ts';
import type { KubeConnection } from '../../src/kube/exec-api.ts';
import { ApiError } from '../../src/kube/kube-api.ts';
import { parsePeer } from '../../src/target/peer.ts';
import type { Place } from '../../src/target/place.ts';
import { container } from '../capture/fake-container.ts';
import { world } from './world.ts';

/** A world in which time passes in `turns` steps; then `over` aborts. */
function passing(turns: number, over: AbortController): Io {
  let left = turns;
  const sleep = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    left -= 1;
    if (left < 0) over.abort();
  };
  return { ...world(), sleep };
}

const pod = (name: string): object => ({
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'web' } },
  status: { phase: 'Running', podIPs: [{ ip: `10.0.0.${name.length}` }] },
});

describe('pods that come while a trace runs', () => {
  test('join once each; an API server that fails for a while changes nothing', async () => {
    const over = new AbortController();
    const answers: (object[] | ApiError)[] = [
      [pod('a')],
      new ApiError(500, '', 'it is down'),
      [pod('a'), pod('bb')],
      [pod('bb'), pod('ccc')],
    ];
    const api = {
      list: async () => {
        const answer = answers.shift() ?? [];
        if (answer instanceof ApiError) throw answer;
        return answer;
      },
    } as unknown as KubeConnection;
    const request = { words: [], selector: 'app=web', isAllNamespaces: false, namespace: 'shop' };
    const known = [{ kind: 'pod', pod: pod('a'), asked: '-l app=web' }] as Place[];
    const joined: string[][] = [];
    const join = async (places: readonly Place[]): Promise<void> => {
      joined.push(places.map((place) => (place.kind === 'pod' ? place.pod.metadata.name : '')));
    };
    await followPods(api, { request, known, join }, passing(4, over), over.signal);
    expect(joined).toEqual([['bb'], ['ccc']]);
  });
});

describe('a peer whose addresses change', () => {
  test('widens the filter when there are new ones, and only then', async () => {
    const over = new AbortController();
    const endpoints = [['10.0.0.1'], ['10.0.0.1', '10.0.0.2'], ['10.0.0.2']];
    const api = {
      get: async () => ({
        metadata: { name: 'web', namespace: 'shop' },
        spec: { clusterIPs: ['10.96.0.1'] },
      }),
      list: async () => [{ endpoints: [{ addresses: endpoints.shift() ?? [] }] }],
    } as unknown as KubeConnection;
    const filters: string[] = [];
    const running = { refilter: (filter: readonly string[]) => void filters.push(filter.join(' ')) };
    const known = ['10.96.0.1', '10.0.0.1'].map((net) => ({ net, port: undefined }));
    const narrowed = [
      {
        container,
        peer: { peer: parsePeer('svc/web', 'shop'), addresses: known },
        points: [{ running, source: { vantagePoint: 'pod/shop/client eth0' } }],
      },
    ];
    const said: string[] = [];
    const run = { narrowed } as unknown as TraceRun;
    await refreshPeers(api, run, ['tcp'], (line) => void said.push(line), passing(3, over), over.signal);
    expect(filters).toEqual([
      '( tcp ) and ( ( host 10.96.0.1 ) or ( host 10.0.0.1 ) or ( host 10.0.0.2 ) or icmp or icmp6 or arp )',
    ]);
    expect(said).toEqual([
      'svc/web is now at 10.0.0.2 as well: the filter of pod/shop/client eth0 changes, which leaves a short gap',
    ]);
  });
});

test('so many at a time, and each result in its place', async () => {
  let running = 0;
  let most = 0;
  const results = await settleBounded([3, 1, 2, 5, 4], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (item === 5) throw new Error('five');
    return item * 10;
  });
  expect(most).toBe(2);
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
    30,
    10,
    20,
    'failed',
    40,
  ]);
});

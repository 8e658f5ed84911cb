import { expect, test } from 'vitest';
import {
  MAX_NODES_READ,
  readNodeNetworks,
  type NodeReadOptions,
} from '../../src/nodes/read-node-networks.ts';
import { startNodeServer } from '../capture/fake-node-server.ts';
import { statusObject } from '../kube/fake-api-server.ts';

const said: string[] = [];
const options: NodeReadOptions = {
  image: 'x.example/netshoot:v1',
  imagePullPolicy: 'IfNotPresent',
  debugNamespace: 'ops',
  services: [],
  now: () => new Date('2026-11-21T10:05:00Z'),
  say: (line) => void said.push(line),
  signal: undefined,
};
const look = '=== sysctls\nnet/ipv4/ip_forward:0\n=== interfaces\n=== end\n';

test('a node is read by a pod in its network that may list filters, and the pod is deleted', async () => {
  await using server = await startNodeServer({ look });
  const { networks, unreadable } = await readNodeNetworks(server.api, ['node1'], options);
  expect(networks).toMatchObject([
    {
      node: 'node1',
      readAt: '2026-11-21T10:05:00.000Z',
      sysctls: { 'net.ipv4.ip_forward': 0 },
      routes: null,
    },
  ]);
  expect(unreadable.map(({ what }) => what)).toContain('routes of node node1');
  const [pod] = server.created;
  expect(pod?.spec).toMatchObject({
    nodeName: 'node1',
    hostNetwork: true,
    activeDeadlineSeconds: 180,
    containers: [
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { add: ['NET_RAW', 'NET_ADMIN'] },
        },
      },
    ],
  });
  expect(pod?.spec).not.toHaveProperty('hostPID');
  expect(pod?.spec).not.toHaveProperty('volumes');
  expect(server.deleted).toEqual([pod?.metadata.name]);
  expect(said.at(-1)).toMatch(/^creates pod ops\/netdebug-.* on node node1 to read its network settings/);
});

test('what could not be read stands beside what could', async () => {
  await using server = await startNodeServer({ look });
  const { networks, unreadable } = await readNodeNetworks(server.api, ['node1', 'gone'], options);
  expect(networks.map(({ node }) => node)).toEqual(['node1']);
  expect(unreadable.find(({ what }) => what === 'the network of node gone')?.why).toMatch(/gone/);
});

test('a refusal names what would help, and nothing is created', async () => {
  const refuse = (): ReturnType<typeof statusObject> =>
    statusObject(
      403,
      'Forbidden',
      'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces',
    );
  await using server = await startNodeServer({ look, refuse });
  const { networks, unreadable } = await readNodeNetworks(server.api, ['node1'], options);
  expect([networks, server.created]).toEqual([[], []]);
  expect(unreadable).toMatchObject([
    { what: 'the network of node node1', why: expect.stringContaining('Pod Security') as string },
  ]);
  expect(unreadable[0]?.fix).toContain('--debug-namespace');
});

test('a program that does not come to its end is no reading, and its pod is deleted', async () => {
  await using server = await startNodeServer({ look: '=== sysctls\nnet/ipv4/ip_forward:0\n' });
  const { networks, unreadable } = await readNodeNetworks(server.api, ['node1'], options);
  expect(networks).toEqual([]);
  expect(unreadable[0]?.why).toContain('before its end');
  expect(server.deleted).toHaveLength(1);
});

test('more nodes than the bound are named', async () => {
  await using server = await startNodeServer({ look });
  const nodes = ['node1', ...Array.from({ length: MAX_NODES_READ }, (_, index) => `other${index}`)];
  const { unreadable } = await readNodeNetworks(server.api, nodes, options);
  expect(unreadable.at(-1)).toMatchObject({
    what: `the network of node other${MAX_NODES_READ - 1}`,
    why: `${MAX_NODES_READ} nodes are looked into at most`,
  });
});

import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { needs } from '../../src/access/needs.ts';
import { rolesJson, rolesYaml } from '../../src/access/roles.ts';
import type { RoleRequest } from '../../src/access/roles.ts';
import { main } from '../../src/cli.ts';
import { world } from '../commands/world.ts';

const request: RoleRequest = {
  namespace: 'shop',
  debugNamespace: 'netdebug',
  isClusterWide: false,
  users: [],
  groups: [],
};
const needed = (...words: string[]) => needs.filter(({ word }) => words.includes(word));
const documents = (yaml: string): unknown[] =>
  parseAllDocuments(yaml).map((document) => document.toJS() as unknown);

test('a trace takes one Role with four rights on three resources', () => {
  expect(documents(rolesYaml(needed('trace'), request))).toEqual([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'netdebug', namespace: 'shop' },
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] },
        { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] },
      ],
    },
  ]);
});

test('what is needed in several places is several roles, each with its binding', () => {
  const people = { ...request, users: ['jane: x'], groups: ['on-call'] };
  const roles = documents(rolesYaml(needed('node'), people)) as { kind: string; metadata: object }[];
  expect(roles.map(({ kind, metadata }) => ({ kind, ...metadata }))).toEqual([
    { kind: 'Role', name: 'netdebug', namespace: 'shop' },
    { kind: 'RoleBinding', name: 'netdebug', namespace: 'shop' },
    { kind: 'Role', name: 'netdebug-node', namespace: 'netdebug' },
    { kind: 'RoleBinding', name: 'netdebug-node', namespace: 'netdebug' },
    { kind: 'ClusterRole', name: 'netdebug' },
    { kind: 'ClusterRoleBinding', name: 'netdebug' },
  ]);
  const apiGroup = 'rbac.authorization.k8s.io';
  expect(roles[1]).toMatchObject({
    subjects: [
      { apiGroup, kind: 'User', name: 'jane: x' },
      { apiGroup, kind: 'Group', name: 'on-call' },
    ],
  });
});

test('for all namespaces it is one ClusterRole, and each rule says what it is for', () => {
  const yaml = rolesYaml(needed('trace', 'cleanup'), { ...request, isClusterWide: true });
  expect(documents(yaml)).toMatchObject([{ kind: 'ClusterRole', metadata: { name: 'netdebug' } }]);
  expect(yaml).toContain(
    '# for trace, cleanup\n- apiGroups: [""]\n  resources: ["pods"]\n  verbs: ["get", "list", "delete"]\n',
  );
  expect(yaml).toContain('# for trace\n- apiGroups: [""]\n  resources: ["pods/ephemeralcontainers"]');
});

test.each(needs.map(({ word }) => [word]))('JSON and YAML of %s are the same objects', (word) => {
  const people = { ...request, users: ['jane'] };
  const list = JSON.parse(rolesJson(needed(word), people)) as { items: unknown[] };
  expect(list.items).toEqual(documents(rolesYaml(needed(word), people)));
});

test('the command takes the namespace as kubectl does, and asks no server', async () => {
  const io = world({ env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  expect(await main(['rbac', 'trace', '-n', 'shop', '--server', 'http://127.0.0.1:1'], io)).toBe(0);
  expect(io.out()).toBe(rolesYaml(needed('trace'), request));
});

test('the table names every need and its verbs', async () => {
  const io = world({ env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  expect(await main(['rbac', '-o', 'table'], io)).toBe(0);
  expect(io.out()).toMatch(/^FOR +WHERE +RESOURCE +VERBS +WHAT FOR\ntrace +namespace +pods +get +trace pod/);
  expect(io.out()).toMatch(/^ +namespace +pods\/exec +get,create$/m);
  expect(io.out()).toMatch(/^ +namespace +endpointslices\.discovery\.k8s\.io +list$/m);
});

test('a word that it does not know is answered with those that it knows', async () => {
  const io = world({ env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  expect(await main(['rbac', 'trcae'], io)).toBe(2);
  expect(io.err()).toContain('did you mean trace?');
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evaluateWay } from '../../src/check/check.ts';
import { isStandIn } from '../../src/cluster/stand-in-address.ts';
import { clientAt } from '../../src/commands/check-ends.ts';
import { UserError } from '../../src/errors.ts';
import { manifestFacts } from '../../src/manifests/manifest-facts.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';
import { NOBODY } from '../check/evaluate.ts';

let folder: string;
let elsewhere: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netdebug-manifests-'));
  elsewhere = mkdtempSync(join(tmpdir(), 'netdebug-elsewhere-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(elsewhere, { recursive: true, force: true });
});
const put = (name: string, text: string, where = folder): void => writeFileSync(join(where, name), text);
const problems = async (): Promise<string[]> =>
  (await readManifests(folder)).problems.map(({ what, why }) => `${what}: ${why}`);

const pod = (name: string, more = ''): string =>
  `kind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}${more}}\n`;

describe('files', () => {
  test('several documents, lists, JSON, folders below', async () => {
    put('a.yaml', `${pod('one')}---\n${pod('two')}`);
    put('b.yml', `kind: List\nitems:\n- ${pod('three').replaceAll('\n', '\n  ')}\n`);
    mkdirSync(join(folder, 'below'));
    put('below/c.json', JSON.stringify({ kind: 'Pod', metadata: { name: 'four' } }));
    put('notes.txt', pod('five'));
    const { objects, problems: left } = await readManifests(folder);
    expect(objects).toHaveLength(4);
    expect(left).toEqual([]);
  });

  test('symbolic links are not followed out of the folder, nor in circles', async () => {
    put('real.yaml', pod('one'));
    put('secret.yaml', pod('two'), elsewhere);
    symlinkSync(join(elsewhere, 'secret.yaml'), join(folder, 'out.yaml'));
    symlinkSync(elsewhere, join(folder, 'away'));
    symlinkSync(folder, join(folder, 'circle'));
    symlinkSync(join(folder, 'real.yaml'), join(folder, 'same.yaml'));
    symlinkSync(join(folder, 'nowhere.yaml'), join(folder, 'dangling.yaml'));
    const { objects } = await readManifests(folder);
    expect(objects.map((object) => (object['metadata'] as { name: string }).name)).toEqual(['one', 'one']);
    expect(await problems()).toEqual([
      'manifest away: it is a symbolic link out of the folder',
      'manifest dangling.yaml: it is a symbolic link out of the folder',
      'manifest out.yaml: it is a symbolic link out of the folder',
    ]);
  });

  test('what is no YAML, too large or a bomb is named, and the rest is read', async () => {
    put('good.yaml', pod('one'));
    put('template.yaml', 'metadata:\n  name: {{ .Values.name }}\n');
    put('wrong.yaml', 'kind: Pod\n  metadata: [\n');
    put('large.yaml', `# ${'x'.repeat(5 * 1024 * 1024)}`);
    const nine = (name: string): string => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`;
    put(
      'bomb.yaml',
      `kind: Pod\na: &a [x]\nb: &b ${nine('a')}\nc: &c ${nine('b')}\nd: &d ${nine('c')}\ne: ${nine('d')}\n`,
    );
    expect(await problems()).toEqual([
      expect.stringMatching(/^manifest bomb\.yaml: it is no YAML: Excessive alias count/),
      'manifest large.yaml: it is larger than 4 MiB',
      'manifest template.yaml: it is a template whose values are not known: render it first',
      expect.stringMatching(/^manifest wrong\.yaml: it is no YAML: /),
    ]);
  });

  test('nothing to read is an error', async () => {
    await expect(readManifests(folder)).rejects.toThrow(UserError);
    await expect(readManifests(join(folder, 'missing'))).rejects.toThrow(UserError);
  });
});

describe('a cluster of manifests', () => {
  const web =
    'spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}}}';
  test.each(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])(
    'the template of a %s is a pod',
    async (kind) => {
      put('a.yaml', `kind: ${kind}\nmetadata: {name: web}\n${web}\n`);
      const { pods } = manifestFacts(await readManifests(folder), 'shop');
      expect(pods).toMatchObject([
        { namespace: 'shop', name: 'web', owner: `${kind}/web`, labels: { app: 'web' }, ready: true },
      ]);
      expect(isStandIn(pods?.[0]?.addresses[0] ?? 'none')).toBe(true);
    },
  );

  test('that of a CronJob lies deeper', async () => {
    put(
      'a.yaml',
      'kind: CronJob\nmetadata: {name: web}\nspec: {jobTemplate: {spec: {template: {metadata: {labels: {app: web}}}}}}\n',
    );
    expect(manifestFacts(await readManifests(folder), 'shop').pods).toMatchObject([
      { labels: { app: 'web' } },
    ]);
  });

  const ask = async (rule: string, cni: boolean | null = null) => {
    put(
      'pods.yaml',
      `${pod('client')}---\n${pod('db')}---\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [${rule}]}\n`,
    );
    const facts = manifestFacts(await readManifests(folder), 'shop');
    const from = facts.pods?.find(({ name }) => name === 'client');
    const server = { ...NOBODY, pods: [{ namespace: 'shop', name: 'db' }], port: 5432 };
    const enforcer = {
      name: 'any',
      enforces: 'yes',
      denies: 'drop',
      rejectsAsService: false,
      ipBlockMatchesPods: cni,
    } as const;
    return evaluateWay({ client: clientAt(from!), server, isOfManifests: true, enforcer }, facts);
  };

  test('whether a block of addresses holds a pod whose address is not known depends', async () => {
    expect((await ask('{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}', true)).policy.verdict).toBe('depends');
    expect((await ask('{from: [{ipBlock: {cidr: 240.0.0.0/4}}]}', true)).policy.verdict).toBe('depends');
    expect((await ask('{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}', true)).policy.verdict).toBe('allow');
    expect((await ask('{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}', false)).policy.verdict).toBe('deny');
    expect((await ask('{from: [{podSelector: {matchLabels: {app: client}}}]}')).policy.verdict).toBe('allow');
  });

  test('a file that could not be read may hold another policy', async () => {
    put('broken.yaml', 'kind: NetworkPolicy\nspec: [\n');
    const admitted = await ask('{from: [{podSelector: {matchLabels: {app: client}}}]}');
    // What admits it stays, for policies only add to each other; the client's egress may be restricted by another.
    expect(admitted.policy).toMatchObject({
      verdict: 'unknown',
      ingress: { verdict: 'allow' },
      egress: { verdict: 'unknown' },
    });
    const other = await ask('{from: [{podSelector: {matchLabels: {app: other}}}]}');
    expect(other.policy.ingress.verdict).toBe('unknown');
  });

  test('addresses that only stand in are never shown', async () => {
    const found = await ask('{from: [{podSelector: {matchLabels: {app: other}}}]}');
    expect(found.causes).toMatchObject([{ id: 'networkpolicy-denies' }]);
    expect(JSON.stringify([found.layers, found.causes, found.names])).not.toMatch(/24\d\.\d+\.\d+/);
  });
});

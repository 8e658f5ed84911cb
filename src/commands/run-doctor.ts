import { debugNamespace as nodePodNamespace } from '../capture/node-pod.ts';
import { collectFacts } from '../cluster/collect.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Diagnosis, DoctorContext } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { checks, networkChecks } from '../doctor/index.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { readNodeNetworks, type NodeNetworksRead } from '../nodes/read-node-networks.ts';
import { amount, enumeration } from '../report/amounts.ts';
import { tableLines } from '../report/columns.ts';
import { plainText } from '../report/plain-text.ts';
import type { NodeObject } from '../target/place.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { rungOptions } from './rung-options.ts';

/** More namespaces are not tried one by one: each takes several dry runs. */
const MAX_NAMESPACES = 200;

/** Runs all checks; 0: captures work, 1: something failed, 2: no namespace could be tried. */
export async function runDoctor(given: Given, io: Io): Promise<number> {
  const { image, debugNamespace } = rungOptions(given, io);
  const api = connect(connectionValues(given.values), io.env);
  try {
    const namespaces = isGiven(given, 'all-namespaces') ? await allNamespaces(api) : [api.namespace];
    const context: DoctorContext = {
      api,
      namespaces,
      image,
      debugNamespace,
      nodes: once(async () => await api.list<NodeObject>('/api/v1/nodes')),
      facts: once(async () => await factsOf(api, namespaces, io)),
      nodeNetworks: once(async () => (isGiven(given, 'read-node') ? await readNodes(api, given, io) : null)),
    };
    const found = await examine(context, checks);
    const isJson = textOf(given, 'output') === 'json';
    await io.stdout.write(isJson ? json(api, namespaces, found) : text(found));
    if (!isGiven(given, 'quiet') && !isJson) await io.stderr.write(`${closing(found)}\n`);
    if (found.some(({ status }) => status === 'failed')) return 1;
    const ways = found.filter(({ check }) => check === 'way-in');
    return ways.every(({ status }) => status === 'unknown') ? 2 : 0;
  } finally {
    api.close();
  }
}

async function allNamespaces(api: KubeConnection): Promise<string[]> {
  const list = await api.list<{ readonly metadata: { readonly name: string } }>(
    '/api/v1/namespaces',
    {},
    MAX_NAMESPACES,
  );
  return list.map(({ metadata }) => metadata.name);
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return async () => await (answer ??= read());
}

async function factsOf(api: KubeConnection, namespaces: readonly string[], io: Io): Promise<Facts> {
  return await collectFacts(api, {
    targets: [],
    namespaces,
    resolver: null,
    topics: ['dns-server', 'routes'],
    now: io.now,
  });
}

/** All of them up to the bound; each takes a pod that is deleted again. */
async function readNodes(api: KubeConnection, given: Given, io: Io): Promise<NodeNetworksRead> {
  const nodes = await api.list<NodeObject>('/api/v1/nodes');
  const { image, imagePullPolicy = 'IfNotPresent', debugNamespace } = rungOptions(given, io);
  return await readNodeNetworks(
    api,
    nodes.map(({ metadata }) => metadata.name),
    {
      image,
      imagePullPolicy,
      debugNamespace: debugNamespace ?? nodePodNamespace,
      services: [],
      now: io.now,
      say: (line) => void io.stderr.write(`${line}\n`),
      signal: undefined,
    },
  );
}

function json(api: KubeConnection, namespaces: readonly string[], found: readonly Diagnosis[]): string {
  const answer = { schemaVersion: 1, server: api.server, namespaces, checks: found };
  return `${JSON.stringify(answer, null, 2)}\n`;
}

function text(found: readonly Diagnosis[]): string {
  const table = tableLines(together(found), [
    { title: 'CHECK', text: (row) => row.check },
    { title: 'OF', text: (row) => row.subject, optional: true },
    { title: 'STATUS', text: (row) => row.status },
    { title: 'SEEN', text: (row) => row.seen },
  ]);
  const fixes = [...Map.groupBy(found, ({ fix }) => fix)]
    .filter(([fix]) => fix !== '')
    .flatMap(([fix, rows]) => [
      '',
      `${[...new Set(rows.map(({ check, subject }) => plainText(`${check} ${subject}`.trim())))].join(', ')}:`,
      ...fix.split('\n').map((line) => `  ${plainText(line)}`),
    ]);
  return `${[...table, ...fixes].join('\n')}\n`;
}

const MAX_SUBJECTS = 4;

/** What is said of several things in the same words is one row. */
function together(found: readonly Diagnosis[]): Diagnosis[] {
  const same = Map.groupBy(found, ({ check, status, seen }) => JSON.stringify([check, status, seen]));
  return [...same.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    const [kind = '', ...names] = first.subject.split(' ');
    if (rows.length === 1 || names.length === 0) return rows;
    const subjects = rows.map(({ subject }) => subject.replace(`${kind} `, ''));
    return [{ ...first, subject: `${kind}s ${enumeration(subjects, MAX_SUBJECTS)}` }];
  });
}

/** The verdict in two sentences: how the network fares, and in how many of the namespaces a capture will work. */
function closing(found: readonly Diagnosis[]): string {
  return `VERDICT   ${networkWords(found)}; ${captureWords(found)}.`;
}

function networkWords(found: readonly Diagnosis[]): string {
  const own = found.filter(({ check }) => networkChecks.has(check));
  const ids = (status: Diagnosis['status']): string[] => [
    ...new Set(own.filter((one) => one.status === status).map(({ check }) => check)),
  ];
  const [failed, warned, unknown] = [ids('failed'), ids('warning'), ids('unknown')];
  const left = unknown.length === 0 ? '' : ` (not known: ${unknown.join(', ')})`;
  if (failed.length > 0) return `the network does not fare well: ${failed.join(', ')}${left}`;
  if (warned.length > 0) return `look at the network’s ${warned.join(', ')}${left}`;
  return `nothing amiss in the network${left}`;
}

/** In how many of the namespaces a capture will work. */
function captureWords(found: readonly Diagnosis[]): string {
  const ways = found.filter(({ check }) => check === 'way-in');
  const count = (status: Diagnosis['status']): number => ways.filter((way) => way.status === status).length;
  const parts = [
    ...(count('ok') > 0 ? [`debug containers work in ${amount(count('ok'), 'namespace')}`] : []),
    ...(count('warning') > 0 ? [`pods on nodes in ${amount(count('warning'), 'namespace')}`] : []),
    ...(count('failed') > 0 ? [`nothing works in ${amount(count('failed'), 'namespace')}`] : []),
    ...(count('unknown') > 0 ? [`${amount(count('unknown'), 'namespace')} could not be tried`] : []),
  ];
  return parts.length === 0 ? 'no namespace could be tried' : parts.join('; ');
}

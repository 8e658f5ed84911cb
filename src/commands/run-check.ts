import { evaluateWay, type CheckQuestion } from '../check/check.ts';
import type { CheckReport } from '../check/check-report.ts';
import { withProbes } from '../check/probed.ts';
import { type Obstacle, untriedReport } from '../check/untried.ts';
import { checkVerdict } from '../check/verdict.ts';
import type { Facts, ObjectName } from '../cluster/facts.ts';
import { findGonePods } from '../cluster/gone-pods.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { manifestFacts } from '../manifests/manifest-facts.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { judge } from '../pipeline.ts';
import { REFUSED } from '../probe/tcp-probe.ts';
import { version } from '../version.ts';
import { clientOf, podsInFacts, serverOf } from './check-ends.ts';
import { checkFacts, readFacts, topicsOfName } from './check-facts.ts';
import { runMatrix } from './check-matrix.ts';
import { type CheckOptions, checkOptions } from './check-options.ts';
import { checkStatus, printCheck } from './check-print.ts';
import { tryWay, type Tried } from './check-probe.ts';
import { parseFrom, parseToVia, type ToWord } from './check-words.ts';
import { type Given, textOf } from './command.ts';
import { connectionValues } from './connection-values.ts';
import { takeInterrupts } from './interrupts.ts';
import { topicsOf } from './fact-topics.ts';
import { withNodeNetworks } from './trace-read-nodes.ts';

/** Complete, validate, run. */
export async function runCheck(given: Given, io: Io): Promise<number> {
  const options = checkOptions(given, io);
  if (options.manifests !== undefined) {
    const namespace = textOf(given, 'namespace') ?? 'default';
    return options.isMatrix
      ? await runMatrix(null, namespace, options, io)
      : await finish(await checkManifests(options.manifests, namespace, options), options, io);
  }
  const api = connect(connectionValues(given.values), io.env);
  try {
    if (options.isMatrix) return await runMatrix(api, api.namespace, options, io);
    return await finish(await checkCluster(api, options, io), options, io);
  } finally {
    api.close();
  }
}

async function finish(report: CheckReport, options: CheckOptions, io: Io): Promise<number> {
  await printCheck(report, options.format, io);
  return checkStatus(report, options.failOn);
}

async function checkManifests(
  folder: string,
  namespace: string,
  options: CheckOptions,
): Promise<CheckReport> {
  const [from, to] = [parseFrom(options.from, namespace), parseToVia(options.to, options.via, namespace)];
  const facts = manifestFacts(await readManifests(folder), namespace);
  const client = clientOf(from, from.kind === 'object' ? podsInFacts(from.target, facts) : null, facts);
  const server = serverOf(to, to.kind === 'object' ? podsInFacts(to.target, facts) : null, facts);
  return evaluated({ client, server, isOfManifests: true, enforcer: options.enforcer }, facts);
}

async function checkCluster(api: KubeConnection, options: CheckOptions, io: Io): Promise<CheckReport> {
  const [from, to] = [
    parseFrom(options.from, api.namespace),
    parseToVia(options.to, options.via, api.namespace),
  ];
  const read = await checkFacts(api, from, to, options.isProbing ? [] : topicsOfName(to), io);
  const client = clientOf(from, read.fromPods, read.facts);
  const server = serverOf(to, read.toPods, read.facts);
  const question = { client, server, isOfManifests: false, enforcer: options.enforcer };
  if (!options.isProbing) return evaluated(question, read.facts);
  try {
    const tried = await tryWay(api, question, read.facts, options, io);
    const pods = [...(read.fromPods ?? []), ...(read.toPods ?? [])];
    const seen = await factsAfter(api, pods, to, tried, io);
    return triedReport(question, tried, await withNodes(api, seen, tried, options, io), options);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ApiError)) throw error;
    return untriedReport(evaluated(question, read.facts), obstacleOf(error), read.facts);
  }
}

/** What was seen is explained by the cluster as it is now; without anything to explain it is not asked again. */
async function factsAfter(
  api: KubeConnection,
  pods: readonly ObjectName[],
  to: ToWord,
  { result, facts }: Tried,
  io: Io,
): Promise<Facts> {
  if (result.findings.length === 0) return facts;
  const addresses = [...new Set(result.groups.map(({ serverAddress }) => serverAddress))];
  const { resolver, podNetworks = [] } = facts;
  const probed = { resolver, addresses, topics: topicsOf(result.findings) };
  const read = await readFacts(api, pods, to, probed, io);
  return { ...read, podNetworks, gonePods: findGonePods(facts.pods ?? [], read) };
}

async function withNodes(
  api: KubeConnection,
  facts: Facts,
  { result }: Tried,
  options: CheckOptions,
  io: Io,
): Promise<Facts> {
  if (!options.readsNodes) return facts;
  using interrupts = takeInterrupts(io);
  return await withNodeNetworks(api, facts, result.findings, options, io, interrupts.stop);
}

function evaluated(question: CheckQuestion, facts: Facts): CheckReport {
  const { layers, causes, policy, unknowns, names } = evaluateWay(question, facts);
  return {
    ...headOf(question),
    verdict: checkVerdict(layers, causes, {
      from: question.client.text,
      to: question.server.text,
      isProbed: false,
    }),
    layers,
    policy,
    probes: [],
    causes,
    policySuspects: [],
    unknowns,
    findings: [],
    captures: [],
    names,
  };
}

/** Whether a connection was not even refused: only then the nodes' settings may be behind it. */
function isCutOff({ probes }: Tried): boolean {
  return probes.some(
    ({ layer, status, seen }) => layer === 'connect' && status === 'failed' && seen !== REFUSED,
  );
}

function obstacleOf(error: UserError | ApiError): Obstacle {
  return error instanceof UserError
    ? { why: `${error.what}: ${error.why}`, next: error.fix }
    : { why: error.message, next: '' };
}

function triedReport(
  question: CheckQuestion,
  tried: Tried,
  facts: Facts,
  { image }: CheckOptions,
): CheckReport {
  const judged = judge([tried.result], facts, { toolVersion: version, image });
  const { layers, causes } = withProbes(tried.evaluation, tried.probes, judged);
  return {
    ...headOf(question),
    verdict: checkVerdict(layers, causes, {
      from: question.client.text,
      to: question.server.text,
      isProbed: true,
    }),
    layers,
    policy: tried.evaluation.policy,
    probes: tried.probes,
    causes,
    policySuspects: judged.policySuspects.map(({ text, next }) => ({ text, next })),
    unknowns: [
      ...(facts.nodeNetworks === undefined &&
      isCutOff(tried) &&
      causes.every(({ confidence }) => confidence !== 'certain')
        ? tried.evaluation.nodeUnknowns
        : []),
      ...judged.unknowns,
    ],
    findings: judged.findings,
    captures: judged.captures,
    names: { ...tried.evaluation.names, ...judged.names },
  };
}

function headOf({
  client,
  server,
}: CheckQuestion): Pick<CheckReport, 'checkVersion' | 'tool' | 'from' | 'to'> {
  return {
    checkVersion: '1.0',
    tool: { name: 'kubectl-netdebug', version },
    from: client.text,
    to: server.text,
  };
}

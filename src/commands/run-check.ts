import { evaluateWay, type CheckQuestion, type Evaluation } from '../check/check.ts';
import type { CheckReport } from '../check/check-report.ts';
import { checkVerdict } from '../check/verdict.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Io } from '../io.ts';
import { connect } from '../kube/connect.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { manifestFacts } from '../manifests/manifest-facts.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { version } from '../version.ts';
import { clientOf, podsInFacts, serverOf } from './check-ends.ts';
import { checkFacts } from './check-facts.ts';
import { type CheckOptions, checkOptions } from './check-options.ts';
import { checkStatus, printCheck } from './check-print.ts';
import { parseFrom, parseTo } from './check-words.ts';
import { type Given, textOf } from './command.ts';
import { connectionValues } from './connection-values.ts';

/** Complete, validate, run. */
export async function runCheck(given: Given, io: Io): Promise<number> {
  const options = checkOptions(given, io);
  if (options.manifests !== undefined)
    return await finish(
      await checkManifests(options.manifests, textOf(given, 'namespace') ?? 'default', options),
      options,
      io,
    );
  const api = connect(connectionValues(given.values), io.env);
  try {
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
  const [from, to] = [parseFrom(options.from, namespace), parseTo(options.to, namespace)];
  const facts = manifestFacts(await readManifests(folder), namespace);
  const client = clientOf(from, from.kind === 'object' ? podsInFacts(from.target, facts) : null, facts);
  const server = serverOf(to, to.kind === 'object' ? podsInFacts(to.target, facts) : null, facts);
  return evaluated({ client, server, isOfManifests: true, enforcer: options.enforcer }, facts);
}

async function checkCluster(api: KubeConnection, options: CheckOptions, io: Io): Promise<CheckReport> {
  const [from, to] = [parseFrom(options.from, api.namespace), parseTo(options.to, api.namespace)];
  const { facts, fromPods, toPods } = await checkFacts(api, from, to, io);
  const client = clientOf(from, fromPods, facts);
  const server = serverOf(to, toPods, facts);
  return evaluated({ client, server, isOfManifests: false, enforcer: options.enforcer }, facts);
}

function evaluated(question: CheckQuestion, facts: Facts): CheckReport {
  return reportOf(question, evaluateWay(question, facts));
}

function reportOf({ client, server }: CheckQuestion, evaluation: Evaluation): CheckReport {
  const { layers, causes, policy, unknowns, names } = evaluation;
  return {
    checkVersion: '1.0',
    tool: { name: 'kubectl-netdebug', version },
    verdict: checkVerdict(layers, causes, { from: client.text, to: server.text, isProbed: false }),
    from: client.text,
    to: server.text,
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

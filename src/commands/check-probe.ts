import { planDebugContainer, describePlan } from '../capture/ladder.ts';
import { readResolver } from '../capture/container-facts.ts';
import { enterPlace } from '../capture/start-container.ts';
import {
  evaluateIn,
  evaluateWay,
  openSurroundings,
  type CheckQuestion,
  type Evaluation,
} from '../check/check.ts';
import { isAskedName } from '../check/asked-name.ts';
import type { ProbeResult } from '../check/check-report.ts';
import { findingsOfProbes } from '../check/probe-findings.ts';
import { type Contrast, contrastsOf, isSilentOffNode } from '../check/contrast.ts';
import { splitServer } from '../cluster/address.ts';
import type { Facts } from '../cluster/facts.ts';
import type { Finding } from '../detect/finding.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import type { AnalysisResult } from '../pipeline.ts';
import { openProbePlace, type ProbePlace } from '../probe/programs.ts';
import { probeDns } from '../probe/dns-probe.ts';
import { probeIdle } from '../probe/idle-probe.ts';
import { planProbes, type ProbePlan } from '../probe/probe-plan.ts';
import { isTlsWaitedFor, runProbes } from '../probe/run-probes.ts';
import { probeContrasts } from '../probe/tcp-probe.ts';
import { plainText } from '../report/plain-text.ts';
import { findPlaces } from '../target/find-places.ts';
import { captureDuring, CHECK_DURATION_MS } from './check-capture.ts';
import type { CheckOptions } from './check-options.ts';
import { enterServers, type EnteredServers } from './check-servers.ts';
import { takeInterrupts, unlessStopped } from './interrupts.ts';

/** What came of trying a way from inside its pod. */
export interface Tried {
  readonly evaluation: Evaluation;
  readonly probes: readonly ProbeResult[];
  /** What was captured meanwhile, without what is about others. */
  readonly result: AnalysisResult;
  /** With the pod's resolver, and what the networks of the entered pods show. */
  readonly facts: Facts;
}

/** Enters the pod that asks, captures there, and tries the way. Throws UserError and ApiError if nothing can be tried. */
export async function tryWay(
  api: KubeConnection,
  question: CheckQuestion,
  facts: Facts,
  options: CheckOptions,
  io: Io,
): Promise<Tried> {
  const { pod } = question.client;
  if (pod === null)
    throw new UserError(
      'nothing can be sent from an address',
      'only a pod can be entered',
      'check with --no-probe',
    );
  using interrupts = takeInterrupts(io);
  const request = {
    words: [`${pod.namespace}/pod/${pod.name}`],
    selector: undefined,
    isAllNamespaces: false,
    namespace: pod.namespace,
  };
  const { places } = await findPlaces(api, { ...request, isFromNode: options.profile === 'node' });
  const [place] = places;
  if (place === undefined) throw new Error('no place');
  const durationMs = CHECK_DURATION_MS + options.watchMs;
  const plan = await planDebugContainer(api, place, { ...options, durationMs });
  const say = (line: string): void =>
    void (options.quiet ? undefined : io.stderr.write(`${plainText(line)}\n`));
  say(`${describePlan(plan)}.`);
  const entering = { durationMs, say, signal: interrupts.stop };
  const { ways } = options.entersServers ? evaluateWay(question, facts) : { ways: [] };
  await using servers = await enterServers(api, { ways }, options, entering);
  await using container = await enterPlace(api, plan, say, entering);
  await servers.networks.begin(place, container);
  const asked = { question, facts, servers, watchMs: options.watchMs };
  return await unlessStopped(interrupts, probe(api, { api, container }, asked, say, io));
}

/** What is tried, and what is known before. */
interface AskedWay {
  readonly question: CheckQuestion;
  readonly facts: Facts;
  readonly servers: EnteredServers;
  /** How long connections are kept unused, and the pod's own traffic is watched. */
  readonly watchMs: number;
}

async function probe(
  api: KubeConnection,
  { container }: Pick<ProbePlace, 'api' | 'container'>,
  { question, facts: raw, servers, watchMs }: AskedWay,
  say: (line: string) => void,
  io: Io,
): Promise<Tried> {
  const resolver = await readResolver(api, container);
  const facts = {
    ...raw,
    resolver,
    unreadable: raw.unreadable.filter(({ what }) => !what.includes('resolv.conf')),
  };
  const place = await openProbePlace(api, container);
  const around = openSurroundings(facts, question);
  const before = evaluateIn(around, question, false);
  const { targets, name, port } = planProbes(before);
  const contrasts = contrastsOf(before, around);
  const scope = {
    addresses: [...targets, ...contrasts].map(({ address }) => ({ net: address, port: undefined })),
    port: targets.length === 0 ? port : undefined,
  };
  say(
    `Trying the way from ${question.client.text} to ${question.server.text} from inside, which takes up to half a minute${watchMs === 0 ? '' : `, and ${Math.ceil(watchMs / 1000)} s`}.`,
  );
  const { value, result } = await captureDuring(
    api,
    container,
    scope,
    async () => {
      const asked = name === '' ? null : await probeDns(place, name);
      const evaluation = evaluateIn(around, { ...question, resolved: asked?.addresses ?? [] }, true);
      const probing = planProbes(evaluation);
      const probes = await runProbes(place, probing, io.now());
      const beside = isSilentOffNode(evaluation, probes) ? await probeContrasts(place, contrasts) : [];
      const kept = watchMs === 0 ? [] : await watchWay(place, probing, probes, watchMs, io);
      return {
        evaluation,
        probes: [...(asked?.results ?? []), ...probes, ...beside, ...kept],
      };
    },
    { watchMs, io },
  );
  const podNetworks = await servers.networks.read();
  const asked = new Set([
    ...value.probes.flatMap(({ layer, server }) => (layer === 'path' ? [] : [splitServer(server).address])),
    ...(resolver?.nameservers ?? []),
  ]);
  const plan = planProbes(value.evaluation);
  const isTlsBeside = value.probes.some((one) => isTlsWaitedFor(one, plan));
  const isName = (one: string): boolean => isAskedName(one, name, question.client.pod?.namespace ?? '');
  const findings = result.findings.filter(
    (one) => (isAbout(one, asked, isName) || isOfContrast(one, contrasts)) && !(isTlsBeside && isOfTls(one)),
  );
  const tried = findingsOfProbes(value.probes, question.client, podNetworks);
  return {
    ...value,
    facts: { ...facts, podNetworks },
    result: { ...result, findings: [...findings, ...tried] },
  };
}

/** Keeps connections unused where they can be used afterwards, and else only watches what the pod itself does. */
async function watchWay(
  place: ProbePlace,
  plan: ProbePlan,
  probes: readonly ProbeResult[],
  watchMs: number,
  io: Io,
): Promise<ProbeResult[]> {
  const isAnswered = ({ layer, status }: ProbeResult): boolean => layer === 'http' && status === 'ok';
  const [target] = plan.targets;
  if (target !== undefined && !plan.speaksTls && probes.some(isAnswered))
    return [await probeIdle(place, plan, target, watchMs)];
  await io.sleep(watchMs);
  return [];
}

/** TLS that was tried where plain HTTP was asked for is no fault of anybody's. */
function isOfTls({ id, details }: Finding): boolean {
  return (
    id.startsWith('tls-') || (id === 'wrong-protocol' && details.spoke?.asked.startsWith('TLS') === true)
  );
}

/** The application talks to others meanwhile, which is not what was asked about. */
function isAbout(
  { id, server, details }: Finding,
  asked: ReadonlySet<string>,
  isName: (name: string) => boolean,
): boolean {
  if (id === 'dns-nxdomain' || id === 'dns-search-waste' || id === 'dns-servfail' || id === 'dns-refused')
    return namesOf(details).some(isName);
  const { address } = splitServer(server);
  return address === '' || address === '*' || asked.has(address);
}

/** Of the pods that are only compared with, whether they answer is all that counts. */
function isOfContrast({ id, server }: Finding, contrasts: readonly Contrast[]): boolean {
  const { address } = splitServer(server);
  return id === 'tcp-syn-no-answer' && contrasts.some((contrast) => contrast.address === address);
}

function namesOf({ walks = [], names = [] }: Finding['details']): readonly string[] {
  return [...walks.map((walk) => walk.name), ...names];
}

import type { ProbeResult } from '../check/check-report.ts';
import { probeDnsServer } from './dns-probe.ts';
import { isClosed, isUnfinished, probeEndpoints, probeHttp } from './http-probe.ts';
import { probeLargeRequest, probeSmallSegments } from './mtu-probe.ts';
import { serverText, type ProbePlan, type ProbeTarget } from './probe-plan.ts';
import type { ProbePlace } from './programs.ts';
import { probeTcp } from './tcp-probe.ts';
import { type AskedHost, hasCertificate, probeTls } from './tls-probe.ts';

/** Probes that run at the same time: each is a stream through the API server. */
const AT_ONCE = 6;
const DNS_PORT = 53;
/** Servers that are asked in small segments as well, by four connections each. */
const MAX_COMPARED = 3;

/**
 * Tries what was planned, from the first layer on: connections to what is dialled and to each endpoint, then TLS and
 * HTTP to what is dialled, then HTTP to each endpoint, what did not come whole in small segments, and a large request.
 * What builds on a probe that failed is not tried. Throws ApiError.
 */
export async function runProbes(place: ProbePlace, plan: ProbePlan, now: Date): Promise<ProbeResult[]> {
  if (plan.port === 0) return [withoutPort(plan)];
  if (plan.protocol !== 'TCP') return await withoutConnection(place, plan);
  const connects = await inTurns(plan.targets, async (target) => await probeTcp(place, target));
  const target = plan.targets.find((one, index) => one.isDialled && connects[index]?.status === 'ok');
  if (target === undefined) return connects;
  const above = await Promise.all([
    ...(plan.speaksTls ? [probeTls(place, target, askedHost(plan, now))] : []),
    ...(plan.speaksHttp ? [probeHttp(place, plan, target)] : []),
  ]);
  const isAnswered = above.some(
    ({ layer, status, seen }) => layer === 'http' && (status === 'ok' || seen.startsWith('HTTP')),
  );
  const reached = plan.asksEndpoints
    ? endpointsOf(plan.targets.filter((_, index) => connects[index]?.status === 'ok'))
    : [target];
  const beside = above.some((result) => isTlsWaitedFor(result, plan))
    ? await speaksTlsThere(place, target, askedHost(plan, now))
    : [];
  const each = reached.length > 1 ? await probeEndpoints(place, plan, reached) : [];
  const said = [...above, ...each].map((result) => (plan.isGuessed ? guessed(result) : result));
  const cut = new Set([...above, ...each].filter(isUnfinished).map(({ server }) => server));
  const unfinished = [target, ...reached].filter(
    (one, index, all) => cut.has(serverText(one)) && all.indexOf(one) === index,
  );
  const small = await inTurns(
    unfinished.slice(0, MAX_COMPARED),
    async (one) => await probeSmallSegments(place, plan, one),
  );
  // Last: what it makes a router say, the pod keeps in mind, and asks for smaller segments from then on.
  // Not where an endpoint fails anyway: what a server makes of so large a header would stand beside it as a failure.
  const isSound = [...above, ...each].every(
    (one) => one.layer !== 'http' || one.status !== 'failed' || isUnfinished(one),
  );
  const large =
    isAnswered && isSound
      ? await inTurns(reached.slice(0, AT_ONCE), async (one) => await probeLargeRequest(place, plan, one))
      : [];
  return [...connects, ...beside, ...said, ...small, ...large];
}

/** Those behind a Service's address; all, where it has none. */
function endpointsOf(targets: readonly ProbeTarget[]): readonly ProbeTarget[] {
  const behind = targets.filter(({ isDialled }) => !isDialled);
  return behind.length > 0 ? behind : targets;
}

function askedHost(plan: ProbePlan, now: Date): AskedHost {
  return { name: tlsName(plan), isNamed: plan.isNamed, now };
}

/** Whether a request in clear was met by silence, and TLS is tried beside it. */
export function isTlsWaitedFor(result: ProbeResult, { speaksTls, isGuessed }: ProbePlan): boolean {
  return !speaksTls && !isGuessed && isClosed(result);
}

/** What a server says that closes on a request in clear; [] if it does not speak TLS. Its certificate is no fault then. */
async function speaksTlsThere(
  place: ProbePlace,
  target: ProbeTarget,
  asked: AskedHost,
): Promise<ProbeResult[]> {
  const result = await probeTls(place, target, { ...asked, isNamed: false });
  return hasCertificate(result)
    ? [{ ...result, status: 'ok', what: `${result.what}, tried as plain HTTP was not answered` }]
    : [];
}

/** What the port's number alone made us try proves nothing when it fails; an HTTP status or a certificate was said all the same. */
export function guessed(result: ProbeResult): ProbeResult {
  const isSpoken = result.seen.startsWith('HTTP') || result.seen.startsWith('the certificate');
  return result.status !== 'failed' || isSpoken
    ? result
    : {
        ...result,
        status: 'skipped',
        seen: `nobody says that ${result.layer.toUpperCase()} is spoken there (${result.seen})`,
      };
}

function withoutPort({ hostName }: ProbePlan): ProbeResult {
  const seen = 'which port is asked is not known: write TO:PORT';
  return { layer: 'connect', what: `TCP to ${hostName}`, status: 'skipped', seen, server: '' };
}

/** '' where an address is dialled. */
function tlsName({ hostName }: ProbePlan): string {
  return /^[\d.]+$|:/.test(hostName) ? '' : hostName;
}

/** UDP and SCTP have no handshake that a stranger could ask for; DNS servers answer everybody. */
async function withoutConnection(
  place: ProbePlace,
  { targets, protocol, port }: ProbePlan,
): Promise<ProbeResult[]> {
  if (protocol === 'UDP' && port === DNS_PORT)
    return await inTurns(
      targets,
      async ({ address, port: number, what }) => await probeDnsServer(place, address, number, what),
    );
  const [first] = targets;
  if (first === undefined) return [];
  return [
    {
      layer: 'udp',
      what: `${protocol} to ${first.what}`,
      status: 'skipped',
      seen: `a silence over ${protocol} would say nothing: no answer can be expected without the application's own words`,
      server: '',
    },
  ];
}

async function inTurns(
  targets: readonly ProbeTarget[],
  probe: (target: ProbeTarget) => Promise<ProbeResult>,
): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (let at = 0; at < targets.length; at += AT_ONCE)
    results.push(...(await Promise.all(targets.slice(at, at + AT_ONCE).map(probe))));
  return results;
}

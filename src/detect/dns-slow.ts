import { endpointText } from '../conversations/address.ts';
import type { Observations } from '../conversations/observations.ts';
import type { Symptom } from '../conversations/samples.ts';
import type { Detector } from './detector.ts';
import { dnsProtocol, dnsServerUses } from './dns-servers.ts';
import type { DnsServerUse } from './dns-servers.ts';
import { finding, joinEvidence, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Above the 95th percentile are five answers of a hundred. */
const MANY_SHARE = 0.05;
const MIN_ANSWERS_FOR_PERCENTILE = 20;

/*
 * Seen: an answer after more than 1 s, or more than 5 % of the answers after more than 200 ms.
 * Means: the DNS server, or the one it forwards to, is slow, or a first query was lost and repeated.
 * False positives: single names outside the cluster whose own servers are slow: info.
 */
function detect(observations: Observations): Finding[] {
  return dnsServerUses(observations)
    .map((use) => slowUse(observations, use))
    .filter((slow) => slow !== undefined);
}

function slowUse(observations: Observations, use: DnsServerUse): Finding | undefined {
  const answers = use.results.reduce((sum, result) => sum + result.answers.count, 0);
  const symptoms = (id: string): Symptom[] =>
    use.results.map((result) => result.seen(id)).filter((symptom) => symptom !== undefined);
  const slow = joinEvidence(symptoms('slow'));
  const late = joinEvidence([...symptoms('slow'), ...symptoms('delayed')]);
  const isOften = late.count / answers > MANY_SHARE;
  if (slow.count === 0 && (!isOften || answers < MIN_ANSWERS_FOR_PERCENTILE)) return undefined;
  const evidence = slow.count > 0 ? slow : late;
  const concerned = use.results.filter(
    (result) => result.seen(slow.count > 0 ? 'slow' : 'delayed') !== undefined,
  );
  const longestNs = Math.max(
    ...[...symptoms('slow'), ...symptoms('delayed')].map((symptom) => symptom.largest.get('tookNs') ?? 0),
  );
  const names = [...new Set(concerned.map((result) => observations.names.text(result.nameId)))];
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return finding(observations, 'dns-slow', evidence, {
    severity: isOften ? 'warning' : 'info',
    confidence: 'high',
    client: use.client,
    server: endpointText(use.server, 53),
    protocol: dnsProtocol(concerned),
    text: `${late.count} of ${plural(answers, 'answer')} took more than 200 ms, the slowest ${Math.round(longestNs / 1e6)} ms (${shown})`,
    details: { attempts: answers, names: names.slice(0, 16) },
  });
}

/** D8: DNS answers that take long. */
export const dnsSlow: Detector = {
  id: 'dns-slow',
  severity: 'warning',
  doc: {
    title: 'DNS answers take long',
    seen: 'More than 5 % of the answers take more than 200 ms, or one takes more than a second.',
    meaning: 'Every new connection by name waits for this first.',
    causes: [
      'CoreDNS is short of CPU (its limit throttles it)',
      'the upstream resolver is slow or far away',
      'a first query was lost and the repeated one was answered',
    ],
    misleads: [
      'A single slow name outside the cluster may be the fault of that name’s own servers; then it is info only.',
    ],
    next: [
      'kubectl top pods -n kube-system -l k8s-app=kube-dns',
      'kubectl get configmap coredns -n kube-system -o yaml   (forward, cache)',
    ],
  },
  detect,
};

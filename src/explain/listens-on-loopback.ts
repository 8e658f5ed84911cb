import { isIPv6 } from '../cluster/address.ts';
import { listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { command, firstOf } from './paste.ts';
import { isForeignReset, serverPods, socketText, type ServerPod } from './server-pods.ts';

/** A program listens on the port, but not on the pod's address. */
export const listensOnLoopback: Explainer = {
  id: 'listens-on-loopback',
  doc: {
    title: 'The program listens on an address that others do not reach',
    meaning:
      'A program that binds to 127.0.0.1 or ::1 is reached from inside its pod only, however the Service is set up: for every other pod its port is closed and answers with a reset. The same happens to who dials the pod’s IPv6 address while the program listens on IPv4 only. Many frameworks bind to localhost by default, and a test inside the pod works.',
    recognition:
      'A reset answers the SYN, and the server pod’s own table of sockets has that port on the loopback address only, or only in the other address family. The table is read only of pods that are traced, or entered by check --enter-servers; without it, this is part of nobody-listens.',
    caveats:
      'The sockets are read at the end of the capture. A sidecar in the same pod may be meant to pass traffic on to the loopback address; then the sidecar does not listen.',
    fix: 'Make the program bind to 0.0.0.0, or :: where the pod has IPv6 addresses: often a flag such as --host, --bind or --listen.',
  },
  explain(situation: Situation): Explained {
    const causes = situation.findings
      .filter((placed) => placed.finding.id === 'tcp-refused' && !isForeignReset(placed))
      .flatMap((placed) => cause(placed, serverPods(placed, situation)));
    return { causes, unknowns: [] };
  },
};

function cause(placed: PlacedFinding, servers: readonly ServerPod[]): DraftCause[] {
  const deaf = servers.filter(({ listening }) => listening === 'loopback' || listening === 'elsewhere');
  const [first] = deaf;
  if (first === undefined) return [];
  const { pod, port } = first;
  const where = listed(first.sockets.map(socketText));
  const whom = deaf.length === 1 ? `pod ${path(pod)}` : `${deaf.length} pods, among them ${path(pod)},`;
  return [
    {
      confidence: confidenceOf(placed, servers, deaf),
      findingIndexes: [placed.index],
      text:
        first.listening === 'loopback'
          ? `The program on port ${port} of ${whom} listens on ${where} only, which nobody outside the pod reaches`
          : `The program on port ${port} of ${whom} listens on ${where} only, not on ${first.address}, which was dialled`,
      evidence: [packets(placed), ...deaf.slice(0, 3).map(socketEvidence)],
      fix: `make the program bind to ${isIPv6(first.address) ? '[::]' : '0.0.0.0'}:${port} instead of ${where} (a flag or a setting such as host, bind or listen), then restart it`,
      next: firstOf(
        command([pod.name, pod.namespace], `kubectl get pod ${pod.name} -n ${pod.namespace} -o yaml`),
        'kubectl netdebug explain listens-on-loopback',
      ),
    },
  ];
}

/** Certain if the sockets make exactly this: every server is deaf, or those that are not answered the rest. */
function confidenceOf(
  { group, finding }: PlacedFinding,
  servers: readonly ServerPod[],
  deaf: readonly ServerPod[],
): CauseConfidence {
  const answered = group?.outcomes.answered ?? finding.details.succeeded ?? 0;
  if (servers.some(({ pod }) => pod.sidecars.length > 0)) return 'possible';
  if (deaf.length === servers.length) return answered === 0 ? 'certain' : 'likely';
  const isExplained = servers.every((server) => deaf.includes(server) || server.listening === 'yes');
  return answered > 0 && isExplained ? 'certain' : 'likely';
}

function socketEvidence({ pod, port, sockets, address }: ServerPod): string {
  const programs = [...new Set(sockets.map(({ program }) => program).filter((program) => program !== ''))];
  const who = programs.length === 0 ? '' : ` (${listed(programs)})`;
  return `sockets of pod ${path(pod)} on port ${port} at the end of the capture: ${listed(sockets.map(socketText))}${who}; it was dialled at ${address}`;
}

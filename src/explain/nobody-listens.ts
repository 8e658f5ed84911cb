import { endsBehind } from './container-ends.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { command, firstOf } from './paste.ts';
import {
  isForeignReset,
  nobodyEvidence,
  openPorts,
  serverPods,
  unreadSockets,
  type ServerPod,
} from './server-pods.ts';
import { otherPorts } from './wrong-port.ts';

/** The packets reach the pod, and no program of it takes connections on that port. */
export const nobodyListens: Explainer = {
  id: 'nobody-listens',
  doc: {
    title: 'No program in the pod listens on the port',
    meaning:
      'A connection to a port on which no program listens is answered with a reset by the pod’s own kernel; the application sees "connection refused". A container port in the pod’s manifest is a note for readers: it opens nothing. The program has not started yet, has ended, or listens on another port or address.',
    recognition:
      'A reset answers the SYN, the address is that of a running pod (or of a Service with such endpoints), and in the pod’s own table of sockets nobody listens on the port. The table is read only of pods that are traced, or entered by check --enter-servers; where no server was, it is likely at most, and "nobody" includes a program that listens on 127.0.0.1 only.',
    caveats:
      'The sockets are read at the end of the capture: a program that started or ended meanwhile looks different then. A firewall or a mesh’s proxy may refuse in the pod’s name; a time to live that differs from that of the pod’s other packets gives it away, and nothing is said then. A container that ended is server-crashed, a Service that sends to another port than the pods have is target-port-mismatch.',
    fix: 'Look at the program’s log: did it start, and on which port does it listen? Set its port, or send to the one that it has.',
  },
  explain(situation: Situation): Explained {
    const refused = situation.findings
      .filter(({ finding }) => finding.id === 'tcp-refused')
      .map((placed) => ({ placed, servers: serverPods(placed, situation) }))
      .filter(({ placed, servers }) => isOurs(placed, servers, situation));
    return {
      causes: refused.flatMap(({ placed, servers }) => cause(placed, servers)),
      unknowns: refused.flatMap(({ servers }) => unreadSockets(servers, situation)),
    };
  },
};

function isOurs(placed: PlacedFinding, servers: readonly ServerPod[], { directory }: Situation): boolean {
  const isDns = placed.service !== null && directory.isClusterDns(placed.service);
  return servers.length > 0 && !isDns && !isForeignReset(placed);
}

function cause(placed: PlacedFinding, servers: readonly ServerPod[]): DraftCause[] {
  const silent = servers.filter(({ listening }) => listening === 'nobody');
  const unread = servers.filter(({ listening }) => listening === 'unknown');
  const accused = silent.length > 0 ? silent : unread;
  if (accused.length === 0 || (silent.length === 0 && unread.length < servers.length)) return [];
  if (otherPorts(placed, servers) !== null) return [];
  // Their containers have ended: that is the better story.
  const pods = accused.map(({ pod }) => pod);
  if (endsBehind(pods, placed.finding).length > 0) return [];
  const [first] = accused;
  if (first === undefined) return [];
  const whom = accused.length === 1 ? `pod ${path(first.pod)}` : `pods ${listed(pods.map(path))}`;
  const others = [...new Set(silent.flatMap(openPorts))];
  const elsewhere = others.length > 0 ? `; programs there listen on ${listed(others.map(String))}` : '';
  return [
    {
      confidence: confidenceOf(placed, servers),
      findingIndexes: [placed.index],
      text:
        silent.length > 0
          ? `No program in ${whom} listens on port ${first.port}${elsewhere}`
          : `Nobody takes connections to port ${first.port} of ${whom}: no program listens there, or one that listens on 127.0.0.1 only`,
      evidence: [
        packets(placed),
        ...accused.slice(0, 3).map(socketEvidence),
        ...servers.filter(({ listening }) => listening === 'yes').map(listenerEvidence),
      ],
      fix: fixOf(first, others),
      next: firstOf(
        command(
          [first.pod.name, first.pod.namespace],
          `kubectl logs ${first.pod.name} -n ${first.pod.namespace} --all-containers --tail=50`,
        ),
        'kubectl netdebug explain nobody-listens',
      ),
    },
  ];
}

/** Certain only if the sockets that were read make exactly this: all refuse, or the ones that do are the ones without. */
function confidenceOf({ group, finding }: PlacedFinding, servers: readonly ServerPod[]): CauseConfidence {
  const answered = group?.outcomes.answered ?? finding.details.succeeded ?? 0;
  const states = servers.map(({ listening }) => listening);
  if (servers.some(({ pod }) => pod.sidecars.length > 0)) return 'possible';
  if (states.every((state) => state === 'nobody')) return answered === 0 ? 'certain' : 'likely';
  if (states.includes('nobody'))
    return answered > 0 && states.every((state) => state === 'nobody' || state === 'yes')
      ? 'certain'
      : 'likely';
  const isRunning = servers.every(({ pod }) => pod.phase === 'Running' && pod.containerProblems.length === 0);
  return answered === 0 && isRunning ? 'likely' : 'possible';
}

function socketEvidence(server: ServerPod): string {
  const { pod, port, listening } = server;
  const declared = pod.containerPorts.some((own) => own.port === port && own.protocol === 'TCP');
  const note = declared ? `declares container port ${port}` : `does not declare container port ${port}`;
  return listening === 'nobody'
    ? `${nobodyEvidence(server)}; it ${note}`
    : `Pod ${path(pod)} is ${pod.phase} and ${note}; its sockets were not read`;
}

function listenerEvidence({ pod, port, sockets }: ServerPod): string {
  return `pod ${path(pod)} has ${count(sockets.length, 'socket')} that listen on port ${port}`;
}

function fixOf({ pod, port }: ServerPod, others: readonly number[]): string {
  const instead =
    others.length > 0 ? `, or dial ${others.length === 1 ? 'the port' : 'one of the ports'} that it has` : '';
  return `find out in the log of pod ${path(pod)} whether its program runs and where it listens, then make it listen on 0.0.0.0:${port}${instead}`;
}

import { count, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { command, firstOf } from './paste.ts';
import { serverPods, socketText, unreadSockets, type ServerPod } from './server-pods.ts';

/** Findings of a SYN, or the end of a handshake, that the server's kernel drops because nobody takes connections; and of requests that wait. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'tcp-syn-no-answer',
  'tcp-syn-ack-no-answer',
  'tcp-slow-connect',
  'http-no-response',
]);

/** The server's program does not take its connections as fast as they come. */
export const acceptQueueFull: Explainer = {
  id: 'accept-queue-full',
  doc: {
    title: 'The server’s accept queue is full',
    meaning:
      'The kernel finishes handshakes by itself and keeps the connections until the program takes them. As many wait as the program allowed in listen(), and net.core.somaxconn at most; while the queue is full, Linux drops further SYNs without a word. To clients the server is there for some connections and dead for others.',
    recognition:
      'Some SYNs to a port stay without an answer while others to the same port are answered, and in the server pod’s network the socket’s queue is full or ListenOverflows grew during the capture. Both are read only of pods that are traced, or entered by check --enter-servers.',
    caveats:
      'ListenOverflows counts all ports of the pod together, so it is certain only with a queue that is full, or where the pod has one TCP port. Loss on the way looks the same at the client alone; it is at most possible without the server.',
    fix: 'The program is overloaded or stuck: look at what it waits for, give it more workers or replicas. A larger backlog (in the program, and net.core.somaxconn) only helps against short bursts.',
  },
  explain(situation: Situation): Explained {
    const dropped = situation.findings
      .filter(({ finding }) => SYMPTOMS.has(finding.id))
      .map((placed) => ({ placed, servers: serverPods(placed, situation) }))
      .filter(({ placed }) => wasAnswered(placed, situation));
    return {
      causes: dropped.flatMap(({ placed, servers }) => cause(placed, servers)),
      // With several servers, one that is silent for another reason is more likely.
      unknowns: dropped.flatMap(({ servers }) =>
        servers.length === 1 ? unreadSockets(servers, situation) : [],
      ),
    };
  },
};

/** Whether others got through to the same server, seen by this client or by any. */
function wasAnswered({ finding, group }: PlacedFinding, { groups }: Situation): boolean {
  const answered = group?.outcomes.answered ?? finding.details.succeeded ?? 0;
  return (
    answered > 0 || groups.some(({ server, outcomes }) => server === finding.server && outcomes.answered > 0)
  );
}

function cause(placed: PlacedFinding, servers: readonly ServerPod[]): DraftCause[] {
  const full = servers.filter((server) => isFull(server) || overflows(server) > 0);
  const [server] = full;
  if (server === undefined) return [];
  const { pod, port } = server;
  const socket = fullest(server);
  // A request without a response waits in the queue, or with a program that took it: that is not seen.
  const confidence = placed.finding.id === 'http-no-response' ? 'likely' : confidenceOf(server, servers);
  return [
    {
      confidence,
      ...(confidence === 'certain' ? { isRead: true } : {}),
      findingIndexes: [placed.index],
      text: `The program on port ${port} of pod ${path(pod)} does not take its connections: ${isFull(server) && socket !== undefined ? `${socket.waiting} wait in a queue for ${socket.backlog ?? 0}` : `the queue was full ${count(overflows(server), 'time')} during the capture`}, and the kernel drops further ones`,
      evidence: [packets(placed), ...queueEvidence(server), ...counterEvidence(server)],
      fix: `find out what the program in pod ${path(pod)} waits for, and give it more workers, more CPU or more replicas; for bursts, a larger backlog in its listen() (${socket?.backlog ?? 'unknown'} now; net.core.somaxconn, ${server.network?.maxBacklog ?? 'unknown'} in this pod, is the most)`,
      next: firstOf(
        command(
          [pod.name, pod.namespace],
          `kubectl logs ${pod.name} -n ${pod.namespace} --all-containers --tail=50`,
        ),
        'kubectl netdebug explain accept-queue-full',
      ),
    },
  ];
}

function confidenceOf(server: ServerPod, servers: readonly ServerPod[]): CauseConfidence {
  if (servers.length > 1 && servers.some(({ network }) => network === null)) return 'likely';
  const ports = new Set(
    server.network?.sockets?.flatMap((socket) => (socket.protocol === 'TCP' ? [socket.port] : [])),
  );
  return overflows(server) > 0 && (isFull(server) || ports.size === 1) ? 'certain' : 'likely';
}

function fullest({ sockets }: ServerPod): ServerPod['sockets'][number] | undefined {
  return sockets.toSorted((a, b) => b.waiting - a.waiting)[0];
}

/** The kernel lets one more wait than the bound, and drops then (sk_acceptq_is_full). */
function isFull(server: ServerPod): boolean {
  const socket = fullest(server);
  return socket !== undefined && socket.backlog !== null && socket.waiting > socket.backlog;
}

function overflows({ network }: ServerPod): number {
  return network?.increases?.['TcpExtListenOverflows'] ?? 0;
}

function queueEvidence(server: ServerPod): string[] {
  const socket = fullest(server);
  if (socket === undefined) return [];
  const bound = socket.backlog === null ? '' : `, and ${socket.backlog} may`;
  return [
    `socket ${socketText(socket)} of pod ${path(server.pod)} at the end of the capture: ${count(socket.waiting, 'connection')} waiting to be accepted${bound}`,
  ];
}

function counterEvidence(server: ServerPod): string[] {
  const { pod, network } = server;
  if (network === null || network.increases === null) return [];
  const drops = network.increases['TcpExtListenDrops'] ?? 0;
  return [
    `counters of pod ${path(pod)} during the capture: ListenOverflows +${overflows(server)}, ListenDrops +${drops}`,
  ];
}

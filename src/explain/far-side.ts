import type { PodFacts, ServiceFacts, ServicePortFacts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import { count, path } from './evidence.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import { plainText } from './plain.ts';

/** Who answers at the address that a finding is about. */
export interface FarSide {
  /** "port 443 of Service shop/web", "port 8443 of pod shop/web-1", "10.1.2.3:443". */
  readonly name: string;
  /** "Service shop/web", "pod shop/web-1", or the address: whose port it is. */
  readonly owner: string;
  readonly service: ServiceFacts | null;
  readonly port: ServicePortFacts | null;
  /** Pods that may have answered, behind the Service or at the address; empty: none is known. */
  readonly pods: readonly PodFacts[];
  /** Port numbers at which they were asked. */
  readonly numbers: readonly number[];
}

/** What a port is meant for, as its name, appProtocol or well-known number says; '': it does not say. */
export type Meant = 'tls' | 'plain' | '';

const TLS_NAME = /^(https|tls|grpcs|wss|ssl)(-|$)/;
const PLAIN_NAME = /^(http|http2|h2c|grpc|ws)(-|$)/;
const TLS_NUMBERS: ReadonlySet<number> = new Set([443, 6443, 8443, 9443]);
const PLAIN_NUMBERS: ReadonlySet<number> = new Set([80, 8080]);

/** Looks up who answers at a finding's address. */
export function farSideOf(placed: PlacedFinding, situation: Situation): FarSide {
  const { address, port: number, finding } = placed;
  const view = situation.viewOf(placed);
  if (view !== null) {
    const numbers = view.usable.flatMap(({ ports }) =>
      ports.filter(({ name }) => name === view.port?.name).map(({ port }) => port),
    );
    return {
      name: `port ${number} of Service ${path(view.service)}`,
      owner: `Service ${path(view.service)}`,
      service: view.service,
      port: view.port,
      pods: [...new Set(view.usable.flatMap(({ pod }) => (pod === null ? [] : [pod])))],
      numbers: [...new Set(numbers)],
    };
  }
  const pod = situation.directory.podAt(address);
  const owner = pod === null ? address : `pod ${path(pod)}`;
  const name = pod === null ? finding.server : `port ${number} of ${owner}`;
  return { name, owner, service: null, port: null, pods: pod === null ? [] : [pod], numbers: [number] };
}

/** "pod shop/client", or its address. */
export function askerOf({ client, finding }: PlacedFinding): string {
  return client === null ? finding.client : `pod ${path(client)}`;
}

/** What the dialled port is meant for. */
export function meantFor({ port }: FarSide, dialled: number): Meant {
  const named = port?.name ?? '';
  if (TLS_NAME.test(named)) return 'tls';
  if (PLAIN_NAME.test(named)) return 'plain';
  if (TLS_NUMBERS.has(dialled)) return 'tls';
  return PLAIN_NUMBERS.has(dialled) ? 'plain' : '';
}

/** "Service port 443 (named https) goes to port 8080 of its pods", [] where no Service was dialled. */
export function portEvidence({ service, port, numbers }: FarSide): string[] {
  if (service === null || port === null) return [];
  const name = port.name === '' ? '' : ` (named ${port.name})`;
  return [
    `Service ${path(service)}: port ${port.port}${name} goes to port ${numbers.join(', ')} of its pods`,
  ];
}

/** "Pod shop/web-1: Running, ready, 2 restarts, app: CrashLoopBackOff", of a few of the pods. */
export function podStates({ pods }: FarSide): string[] {
  return pods.slice(0, 3).map((pod) => {
    const restarts = pod.restarts > 0 ? `, ${count(pod.restarts, 'restart')}` : '';
    const problems = pod.containerProblems.length > 0 ? `, ${pod.containerProblems.join(', ')}` : '';
    return `Pod ${path(pod)} on ${pod.node}: ${pod.phase}, ${pod.ready ? 'ready' : 'not ready'}${restarts}${problems}`;
  });
}

/** Every group of the run with the same server address and port, whoever the client is. */
export function groupsAt({ finding }: PlacedFinding, { groups }: Situation): ConversationGroup[] {
  return groups.filter(({ server, protocol }) => server === finding.server && protocol === 'TCP');
}

/** Findings of the given id between the same two ends, in the same capture. */
export function besides(
  { finding }: PlacedFinding,
  situation: Situation,
  isMeant: (other: PlacedFinding) => boolean,
): PlacedFinding[] {
  return situation.findings.filter(
    (other) =>
      other.finding.client === finding.client &&
      other.finding.server === finding.server &&
      other.finding.capture === finding.capture &&
      isMeant(other),
  );
}

/** The text with a capital letter, as the begin of a sentence. */
export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** A peer's own word for a sentence: bounded and on one line. */
export function quoted(word: string): string {
  return plainText(word).slice(0, 120);
}

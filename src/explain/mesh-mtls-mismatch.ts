import { packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { askerOf, capital, farSideOf, type FarSide } from './far-side.ts';
import { isInMesh, isIntoMesh, isMeshHello } from './mesh-signs.ts';
import { demandedTls, type DemandedTls } from './mutual-tls.ts';
import { command, firstOf } from './paste.ts';
import { best } from './unserved.ts';

/** Findings that a proxy which demands mutual TLS makes of a client without it. */
const CLOSED: ReadonlySet<string> = new Set(['http-no-response', 'tcp-reset-midstream']);

/** One side speaks the mesh's mutual TLS, the other does not. */
export const meshMtlsMismatch: Explainer = {
  id: 'mesh-mtls-mismatch',
  doc: {
    title: 'One side is in the mesh and speaks mutual TLS, the other is not',
    meaning:
      'A mesh’s proxies speak mutual TLS to each other. A proxy that is told to do so towards a pod without sidecar is not understood there; a pod outside the mesh that speaks in clear to one whose PeerAuthentication is STRICT is cut off by the proxy.',
    recognition:
      'A ClientHello that offers the application protocol "istio" is answered in clear, or not at all, by pods without sidecar. Or every request in clear of a pod without sidecar is closed or reset by pods with one, without a response.',
    caveats:
      'A program behind a sidecar may close connections by itself: without a STRICT PeerAuthentication that was read, the second form is only possible. The labels that select pods for a sidecar say nothing; what counts is whether the pod has one.',
    fix: 'Give both pods a sidecar (restart the one that was started before the injection), or let the DestinationRule or the PeerAuthentication of this host not demand mutual TLS.',
  },
  explain(situation: Situation): Explained {
    const plain = situation.findings.filter((placed) => isCutOff(placed, situation));
    return {
      causes: [
        ...situation.findings.flatMap((placed) => outOfMesh(placed, situation)),
        ...[...Map.groupBy(plain, ({ finding }) => `${finding.client} ${finding.server}`).values()].flatMap(
          (group) => intoMesh(group, situation),
        ),
      ],
      unknowns: plain.flatMap((placed) => modeUnread(placed, situation)),
    };
  },
};

/** The client's proxy speaks the mesh's TLS to pods without one. */
function outOfMesh(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { id, details } = placed.finding;
  const isInClear = id === 'wrong-protocol' && details.spoke?.answered.startsWith('TLS') !== true;
  if (!isMeshHello(placed) || (!isInClear && id !== 'tls-no-server-hello')) return [];
  const far = farSideOf(placed, situation);
  if (far.pods.length === 0 || far.pods.some(isInMesh)) return [];
  return [
    {
      confidence: isInClear ? 'certain' : 'likely',
      findingIndexes: [placed.index],
      text: `The mesh’s proxy of ${askerOf(placed)} speaks mutual TLS to ${far.name}, whose pods have no sidecar`,
      evidence: [
        packets(placed),
        `the ClientHello offers ${(details.tls?.protocols ?? []).join(', ')}: it is a mesh’s`,
        ...sidecarEvidence(far),
      ],
      fix: `give the pods of ${far.owner} a sidecar (they have to be created anew after the injection is switched on), or set tls.mode of their DestinationRule to DISABLE`,
      next: firstOf(
        namespaceOf(
          far,
          (namespace) => `kubectl get destinationrules.networking.istio.io -n ${namespace} -o yaml`,
        ),
        'kubectl get destinationrules.networking.istio.io -A',
      ),
    },
  ];
}

/** Every request in clear of a pod outside the mesh was closed by pods inside. */
function isCutOff(placed: PlacedFinding, situation: Situation): boolean {
  const { id, details } = placed.finding;
  const isClosed = id === 'tls-client-certificate' || (CLOSED.has(id) && details.by === 'server');
  const far = farSideOf(placed, situation);
  if (!isClosed || (details.succeeded ?? 0) > 0 || !isIntoMesh(placed, far.pods)) return false;
  return demandsOf(far, situation).every((one) => one === undefined || one.mode === 'STRICT');
}

function intoMesh(group: readonly PlacedFinding[], situation: Situation): DraftCause[] {
  const [placed] = group;
  if (placed === undefined) return [];
  const far = farSideOf(placed, situation);
  const policies = new Set(demandsOf(far, situation).map((one) => one?.policy ?? ''));
  return [
    {
      confidence: best(group.map((one) => surenessOf(one, far, situation))),
      findingIndexes: group.map(({ index }) => index),
      text: `${capital(askerOf(placed))} has no sidecar, and the sidecars behind ${far.name} cut its connections off: they demand the mesh’s mutual TLS`,
      evidence: [
        ...group.map(packets),
        ...sidecarEvidence(far),
        ...[...policies]
          .filter((name) => name !== '')
          .map((name) => `PeerAuthentication ${name}: mode STRICT`),
      ],
      fix: `give ${askerOf(placed)} a sidecar, or set the mode of the PeerAuthentication for ${far.owner} to PERMISSIVE`,
      next: 'kubectl get peerauthentications.security.istio.io -A -o yaml',
    },
  ];
}

/** What is demanded of clients at each port of each pod that may have answered. */
function demandsOf({ pods, numbers }: FarSide, { facts }: Situation): (DemandedTls | undefined)[] {
  return pods.flatMap((pod) => numbers.map((port) => demandedTls(pod, port, facts)));
}

/** A policy that was read explains it alone; a request for a client certificate is the proxy's own word. */
function surenessOf(placed: PlacedFinding, far: FarSide, situation: Situation): CauseConfidence {
  const demands = demandsOf(far, situation);
  if (demands.length > 0 && demands.every((one) => one?.mode === 'STRICT')) return 'certain';
  return placed.finding.id === 'tls-client-certificate' ? 'likely' : 'possible';
}

function modeUnread(placed: PlacedFinding, situation: Situation): Unknown[] {
  const far = farSideOf(placed, situation);
  if (surenessOf(placed, far, situation) !== 'possible') return [];
  return [
    {
      what: `whether the sidecars behind ${far.name} demand mutual TLS`,
      why: 'the modes of the PeerAuthentications that are for them are not known',
      next: 'kubectl get peerauthentications.security.istio.io -A -o yaml',
    },
  ];
}

function sidecarEvidence({ pods }: FarSide): string[] {
  return pods
    .slice(0, 3)
    .map((pod) =>
      isInMesh(pod)
        ? `Pod ${path(pod)} has ${pod.sidecars.join(', ') || 'the label of the ambient mesh'}`
        : `Pod ${path(pod)} has no sidecar`,
    );
}

function namespaceOf({ service, pods }: FarSide, text: (namespace: string) => string): string {
  const namespace = service?.namespace ?? pods[0]?.namespace ?? '';
  return command([namespace], text(namespace));
}

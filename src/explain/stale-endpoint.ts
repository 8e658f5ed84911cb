import type { EndpointAddress } from '../cluster/directory.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { count, listed, packets, path } from './evidence.ts';
import { command, firstOf } from './paste.ts';
import { isSilence } from './policies.ts';
import { selectedPods } from '../service/port-view.ts';
import { readAt } from './unserved.ts';

/** The traffic goes to an address that no pod has any more. */
export const staleEndpoint: Explainer = {
  id: 'stale-endpoint',
  doc: {
    title: 'The address belongs to no pod',
    meaning:
      'A Service still lists an endpoint whose pod is gone (often an EndpointSlice that was filled by hand, or whose controller does not run), or the client itself keeps an old pod address (a headless Service, a cached name). Nobody answers there.',
    recognition:
      'ICMP host unreachable about three seconds after the SYN, silence, or unanswered ARP requests, for a Service with an endpoint address, or for a dialled address, that lies in the pods’ range and that no pod has.',
    caveats:
      'A pod that was deleted between the capture and the reading of the facts looks the same. Endpoints outside the pods’ ranges are taken for machines outside the cluster and never called stale.',
    fix: 'Correct or delete the hand-made endpoint; otherwise find out why the endpoint controller does not, or make the client look the name up again.',
  },
  explain(situation: Situation): Explained {
    const causes = situation.findings
      .filter(isSymptom)
      .flatMap((placed) =>
        placed.service === null ? directDial(placed, situation) : throughService(placed, situation),
      );
    return { causes, unknowns: [] };
  },
};

function isSymptom({ finding }: PlacedFinding): boolean {
  return (
    // As information it is what a neighbour asks for.
    (finding.id === 'arp-no-answer' && finding.severity !== 'info') ||
    isSilence(finding) ||
    isHostUnreachable(finding.id, finding.details.icmp)
  );
}

function isHostUnreachable(
  id: string,
  icmp: { readonly type: number; readonly code: number } | undefined,
): boolean {
  return (
    id === 'tcp-rejected-by-icmp' &&
    icmp !== undefined &&
    ((icmp.type === 3 && icmp.code <= 1) || (icmp.type === 1 && (icmp.code === 0 || icmp.code === 3)))
  );
}

function throughService(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const view = situation.viewOf(placed);
  const service = placed.service;
  if (view === null || service === null) return [];
  const stale = view.usable.filter(
    (endpoint) => endpoint.pod === null && situation.directory.lookup(endpoint.address).kind === 'stale',
  );
  if (stale.length === 0) return [];
  const all = stale.length === view.usable.length;
  const whole = all ? 'Its only' : `${stale.length} of its ${view.usable.length}`;
  return [
    {
      confidence: confidenceOf(placed, all),
      findingIndexes: [placed.index],
      text: `Service ${path(service)} sends to ${listed(stale.map(({ address }) => address))}, which no pod has: ${whole.toLowerCase()} ${stale.length === 1 && all ? 'endpoint is' : 'endpoints are'} stale`,
      evidence: [
        packets(placed),
        ...stale.slice(0, 5).map((endpoint) => sliceEvidence(endpoint, service.namespace)),
        ...liveInstead(
          selectedPods(situation.facts, service).flatMap((pod) => (pod.ready ? pod.addresses : [])),
        ),
        readAt(situation),
      ],
      fix: fixOf(stale, service),
      next: firstOf(
        command(
          [service.name, service.namespace],
          `kubectl get endpointslices -n ${service.namespace} -l kubernetes.io/service-name=${service.name} -o yaml`,
        ),
        'kubectl netdebug explain stale-endpoint',
      ),
    },
  ];
}

function confidenceOf({ finding, group }: PlacedFinding, all: boolean): CauseConfidence {
  if (!isSilence(finding)) return all ? 'certain' : 'likely';
  return all || (group?.outcomes.answered ?? 0) > 0 ? 'likely' : 'possible';
}

function sliceEvidence(endpoint: EndpointAddress, namespace: string): string {
  const whose =
    endpoint.podName === ''
      ? 'names no pod'
      : `names pod ${endpoint.podName}, which does not exist or has another address`;
  return `EndpointSlice ${namespace}/${endpoint.slice}: endpoint ${endpoint.address} ${whose}`;
}

function liveInstead(addresses: readonly string[]): string[] {
  return addresses.length === 0 ? [] : [`the pods that the Service selects have ${listed(addresses)} now`];
}

function fixOf(
  stale: readonly EndpointAddress[],
  service: { readonly selector: unknown; readonly namespace: string; readonly name: string },
): string {
  const slice = stale[0]?.slice ?? '';
  if (service.selector !== null)
    return `find out why the EndpointSlices of Service ${path(service)} are not brought up to date: the controller manager, or a slice that was made by hand (${service.namespace}/${slice})`;
  const edit = command(
    [slice, service.namespace],
    `kubectl edit endpointslice ${slice} -n ${service.namespace}`,
  );
  return [
    `Service ${path(service)} has no selector, so its EndpointSlice is filled by hand: write the pods’ present addresses, or give the Service a selector`,
    edit,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function directDial(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const entry = situation.directory.lookup(placed.address);
  if (entry.kind !== 'stale') return [];
  const of =
    entry.service === null
      ? ''
      : `, though an EndpointSlice of Service ${path(entry.service)} still lists it`;
  return [
    {
      confidence: isSilence(placed.finding) ? 'likely' : 'certain',
      findingIndexes: [placed.index],
      text: `${placed.address} is a pod address that no pod has${of}: its pod is gone`,
      evidence: [
        packets(placed),
        `${count((situation.facts.pods ?? []).length, 'pod')} of the cluster looked through, none has ${placed.address}`,
        readAt(situation),
      ],
      fix: 'make the client look the name up again instead of keeping the address (a DNS cache, a connection pool, a configured pod address), or dial the Service',
      next: 'kubectl get pods -A -o wide',
    },
  ];
}

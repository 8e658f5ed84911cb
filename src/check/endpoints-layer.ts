import type { PodFacts } from '../cluster/facts.ts';
import { covers } from '../cluster/labels.ts';
import { count, listed, path } from '../explain/evidence.ts';
import type { CauseId } from '../explain/explanation.ts';
import { command } from '../explain/paste.ts';
import { viewService, type ServiceView } from '../service/port-view.ts';
import type { CheckCause } from './check-report.ts';
import { expectedCauses, HOST_UNREACHABLE, PORT_UNREACHABLE, type Expected } from './expected.ts';
import { causeText, layerOf, type JudgedLayer, type LayerInput } from './layer.ts';
import { recentEnd } from './recent-ends.ts';
import { podNamed } from './route.ts';
import { isWhole } from './ways.ts';

/** Causes that the facts alone let expect. */
const IDS: readonly CauseId[] = [
  'endpoints-not-ready',
  'local-traffic-policy-without-endpoint',
  'service-selector-mismatch',
  'service-without-endpoints',
  'stale-endpoint',
  'target-port-mismatch',
];

/** What stands behind the Service, or the pods that are dialled themselves. null: nothing of the cluster. */
export function endpointsLayer(input: LayerInput): JudgedLayer | null {
  const { route } = input;
  if (route.server.pods !== null) return podsLayer(input, route.server.pods);
  if (route.service === null || route.servicePort === null) return addressLayer(input);
  if (route.service.type === 'ExternalName') return null;
  const { address = '' } = route.dials[0] ?? {};
  const dialled = { address, port: route.port, protocol: route.protocol, node: route.client.pod?.node ?? '' };
  return ofView(viewService(input.facts, input.directory, route.service, dialled), input);
}

function ofView(view: ServiceView, input: LayerInput): JudgedLayer {
  const { service } = view;
  const next = command(
    [service.name, service.namespace],
    `kubectl get endpointslices -n ${service.namespace} -l kubernetes.io/service-name=${service.name}`,
  );
  switch (view.state) {
    case 'usable':
      return usable(view, input, next);
    case 'unknown':
    case 'external-name':
      return layerOf(
        'endpoints',
        'unknown',
        `the EndpointSlices of Service ${path(service)} could not be read`,
        { next },
      );
    default: {
      const causes =
        view.state === 'no-local-endpoint'
          ? expected(input, 'tcp-syn-no-answer', {})
          : expected(input, 'tcp-rejected-by-icmp', PORT_UNREACHABLE);
      return layerOf(
        'endpoints',
        'fails',
        causeText(causes, `Service ${path(service)} has no usable endpoint (${view.state})`),
        {
          causes,
          next,
        },
      );
    }
  }
}

function usable(view: ServiceView, input: LayerInput, next: string): JudgedLayer {
  const { service, endpoints } = view;
  const { directory, ways } = input;
  if (!view.sure)
    return layerOf(
      'endpoints',
      'unknown',
      `the EndpointSlices of Service ${path(service)} could not be read; pods that it selects are ready`,
      { next },
    );
  const stale = ways.filter(({ address }) => directory.lookup(address).kind === 'stale');
  if (stale.length > 0) {
    const causes = expected(input, 'tcp-rejected-by-icmp', HOST_UNREACHABLE);
    return layerOf(
      'endpoints',
      'fails',
      causeText(causes, `${stale.length} of ${count(ways.length, 'endpoint')} are addresses that no pod has`),
      { causes, next },
    );
  }
  const undeclared = expected(input, 'tcp-refused', {}).filter(({ id }) => id === 'target-port-mismatch');
  // What a container declares is information only: it may listen on other ports.
  if (undeclared.length > 0)
    return layerOf('endpoints', 'warning', causeText(undeclared, ''), {
      causes: undeclared.map((cause) => ({ ...cause, confidence: 'possible' })),
      next,
    });
  const notReady = endpoints.length - view.usable.length;
  const names = ways.map(({ address, to, port }) => `${to.kind === 'pod' ? path(to.pod) : address}:${port}`);
  const rest = notReady > 0 ? `; ${notReady} of ${endpoints.length} are not ready` : '';
  const seen = `${count(ways.length, 'endpoint')}: ${listed(names)}${rest}`;
  return served(
    input,
    seen,
    ways.flatMap(({ to }) => (to.kind === 'pod' ? [to.pod] : [])),
  );
}

/** Servers that are there, or that are there only until their program ends again. */
function served({ facts }: LayerInput, seen: string, servers: readonly PodFacts[]): JudgedLayer {
  const ended = recentEnd(servers, facts);
  return ended === null
    ? layerOf('endpoints', 'ok', seen)
    : layerOf('endpoints', 'warning', `${seen}; ${ended.text}`, { next: ended.next });
}

function expected(
  input: LayerInput,
  id: Expected['id'],
  details: NonNullable<Expected['details']>,
): CheckCause[] {
  const { route } = input;
  const dial = route.dials[0] ?? { address: route.service?.clusterIPs[0] ?? '', port: route.port };
  return expectedCauses(
    { id, client: route.client.address, dial, protocol: route.protocol, details },
    'endpoints',
    IDS,
    input,
  );
}

/** Pods that were named: whether they run, have an address and are ready. */
function podsLayer(
  input: LayerInput,
  names: NonNullable<LayerInput['route']['server']['pods']>,
): JudgedLayer {
  const { route, facts, isOfManifests } = input;
  const pods = names.map((name) => ({ name, pod: podNamed(name, facts) }));
  const unread = pods.filter(({ pod }) => pod === null);
  const [first] = unread;
  if (first !== undefined)
    return covers(facts, 'pods', first.name.namespace)
      ? layerOf('endpoints', 'fails', `pod ${path(first.name)} does not exist any more`)
      : layerOf('endpoints', 'unknown', `pod ${path(first.name)} could not be read`);
  const down = pods.flatMap(({ pod }) =>
    pod !== null && (pod.phase !== 'Running' || pod.addresses.length === 0) ? [pod] : [],
  );
  const show = (pod: { readonly name: string; readonly namespace: string }): string =>
    command([pod.name, pod.namespace], `kubectl describe pod ${pod.name} -n ${pod.namespace}`);
  if (down[0] !== undefined)
    return layerOf('endpoints', 'fails', `pod ${path(down[0])} is ${down[0].phase} and cannot answer`, {
      next: show(down[0]),
    });
  const unready = pods.find(({ pod }) => pod?.ready === false)?.pod ?? null;
  if (unready !== null)
    return layerOf(
      'endpoints',
      'warning',
      `pod ${path(unready)} is not ready; it is dialled directly, so that does not keep it from answering`,
      { next: show(unready) },
    );
  const where = pods.map(({ name, pod }) =>
    isOfManifests ? path(name) : `${path(name)} (${pod?.addresses[0] ?? ''})`,
  );
  const seen = `${count(pods.length, 'pod')} on port ${route.port}: ${listed(where)}`;
  return served(
    input,
    seen,
    pods.flatMap(({ pod }) => pod ?? []),
  );
}

/** An address that was named. */
function addressLayer(input: LayerInput): JudgedLayer | null {
  const { route, directory, facts } = input;
  const [dial] = route.dials;
  if (dial === undefined || route.service !== null || route.wantedService !== null) return null;
  const entry = directory.lookup(dial.address);
  if (entry.kind === 'stale') {
    const causes = expectedCauses(
      {
        id: 'tcp-rejected-by-icmp',
        client: route.client.address,
        dial,
        protocol: route.protocol,
        details: HOST_UNREACHABLE,
      },
      'endpoints',
      IDS,
      input,
    );
    return layerOf('endpoints', 'fails', causeText(causes, `no pod has ${dial.address}`), { causes });
  }
  if (entry.kind === 'unknown')
    return layerOf(
      'endpoints',
      'unknown',
      `${dial.address} is in the pods' range, and the pods that may have it were not all read`,
    );
  if (entry.kind === 'external' && !isWhole(facts))
    return layerOf(
      'endpoints',
      'unknown',
      `nothing that could be read has ${dial.address}, and not all was read`,
    );
  const name = entry.name === '' ? 'an address outside the cluster' : entry.name;
  return layerOf('endpoints', 'ok', `${dial.address} is ${name}`);
}

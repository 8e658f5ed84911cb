import { addressKey } from '../cluster/address.ts';
import { covers } from '../cluster/labels.ts';
import { clusterDomain } from '../explain/asked-service.ts';
import { path } from '../explain/evidence.ts';
import type { CauseId } from '../explain/explanation.ts';
import { command } from '../explain/paste.ts';
import { viewService } from '../service/port-view.ts';
import type { CheckCause } from './check-report.ts';
import { misconfigured } from './dns-config.ts';
import { expectedCauses, PORT_UNREACHABLE } from './expected.ts';
import { causeText, layerOf, type JudgedLayer, type LayerInput } from './layer.ts';
import { openRoute, type Route } from './route.ts';
import { waysOf } from './ways.ts';

const DNS_PORT = 53;
const IDS: readonly CauseId[] = [
  'coredns-down',
  'coredns-misconfigured',
  'dns-name-misspelt',
  'policy-blocks-dns',
];
/** Pods with other policies ask servers of their own, or their node's. */
const ASKS_CLUSTER: readonly string[] = ['ClusterFirst', 'ClusterFirstWithHostNet'];

/**
 * The name: whether the cluster's DNS has pods, whether policies let the client ask it, and whether the name is one of a
 * Service. null: no name is looked up.
 */
export function dnsLayer(input: LayerInput): JudgedLayer | null {
  const { route } = input;
  if (route.name === '') return null;
  const missing = missingName(input);
  if (missing !== null) return missing;
  if (input.isOfManifests) return null;
  const toServer = serverLayer(input);
  if (toServer !== null) return toServer;
  if (route.isExternal)
    return layerOf(
      'dns',
      'unknown',
      `${route.name} is no name of a Service: only a look-up shows whether it exists`,
    );
  return layerOf(
    'dns',
    'ok',
    `${route.name} is Service ${route.service === null ? route.name : path(route.service)}, and the cluster's DNS can be asked`,
  );
}

/** A Service of the cluster that is asked for and does not exist. */
function missingName(input: LayerInput): JudgedLayer | null {
  const { route, facts } = input;
  const { wantedService: wanted, service, name, client } = route;
  if (wanted === null || service !== null) return null;
  if (!covers(facts, 'services', wanted.namespace))
    return layerOf('dns', 'unknown', `the Services of namespace ${wanted.namespace} could not be read`, {
      next: `kubectl auth can-i list services -n ${wanted.namespace}`,
    });
  const full =
    name.endsWith('.') || route.server.name !== null ? name : `${name}.svc.${clusterDomain(facts)}`;
  const walk = { name: full, candidates: [full], types: ['A'], queries: 1, nxdomain: 1 };
  const dial = { address: facts.clusterDns?.clusterIPs[0] ?? '0.0.0.0', port: DNS_PORT };
  const causes = expectedCauses(
    { id: 'dns-nxdomain', client: client.address, dial, protocol: 'UDP', details: { walks: [walk] } },
    'dns',
    IDS,
    input,
  );
  return layerOf('dns', 'fails', causeText(causes, `there is no Service ${path(wanted)}`), {
    causes,
    next: command([wanted.namespace], `kubectl get services -n ${wanted.namespace}`),
  });
}

/** Why the cluster's DNS cannot be asked; null: it can, as far as is known. */
function serverLayer(input: LayerInput): JudgedLayer | null {
  const { facts, route, directory } = input;
  const { client } = route;
  const dns = facts.services?.find(
    ({ namespace, name }) =>
      namespace === facts.clusterDns?.service.namespace && name === facts.clusterDns.service.name,
  );
  const address = dns?.clusterIPs[0] ?? '';
  if (dns === undefined || address === '')
    return layerOf('dns', 'unknown', "the cluster's DNS could not be read");
  if (!asksClusterDns(input, dns.clusterIPs))
    return layerOf('dns', 'unknown', `${client.text} asks another DNS server than the cluster's`);
  const dial = { address, port: DNS_PORT };
  const view = viewService(facts, directory, dns, {
    ...dial,
    protocol: 'UDP',
    node: client.pod?.node ?? '',
  });
  const down = expected(input, 'dns-port-unreachable');
  if (down.some(({ id }) => id === 'coredns-down'))
    return layerOf('dns', 'fails', causeText(down, "the cluster's DNS has no ready pod"), { causes: down });
  if (!view.sure)
    return layerOf('dns', 'unknown', `the EndpointSlices of Service ${path(dns)} could not be read`);
  const faults = misconfigured(input, dial);
  if (faults.length > 0) return layerOf('dns', 'fails', causeText(faults, ''), { causes: faults });
  return deniedToAsk(input, dnsRoute(route, address, input));
}

function asksClusterDns({ facts, route: { client } }: LayerInput, clusterIPs: readonly string[]): boolean {
  const { resolver } = facts;
  if (resolver === null) {
    const { hostNetwork = false, dnsPolicy = 'ClusterFirst' } = client.pod ?? {};
    // A pod on its node's network asks as its node does unless it says otherwise.
    return ASKS_CLUSTER.includes(dnsPolicy) && (!hostNetwork || dnsPolicy !== 'ClusterFirst');
  }
  const known = new Set([...clusterIPs, '169.254.20.10'].map(addressKey));
  return resolver.nameservers.some((one) => known.has(addressKey(one)));
}

function dnsRoute({ client }: Route, address: string, { facts, directory }: LayerInput): Route {
  const server = {
    text: '',
    service: null,
    pods: null,
    name: null,
    addresses: [address],
    port: DNS_PORT,
    protocol: 'UDP',
    url: null,
  };
  return openRoute(client, server, facts, directory);
}

function deniedToAsk(input: LayerInput, route: Route): JudgedLayer | null {
  const ways = waysOf(route, input.facts, input.directory, input.policies);
  const denied = ways.filter(({ verdict }) => verdict.decision === 'deny');
  if (denied.length > 0) {
    const causes = expected(input, 'dns-no-answer');
    const reason =
      denied[0]?.verdict.egress.decision === 'deny'
        ? denied[0].verdict.egress.reason
        : (denied[0]?.verdict.ingress.reason ?? '');
    const isEnforced = input.enforcer.enforces !== 'no';
    return layerOf(
      'dns',
      isEnforced ? 'fails' : 'warning',
      `the policies deny DNS: ${reason}${isEnforced ? '' : '; nothing that enforces policies was recognised'}`,
      { causes },
    );
  }
  const doubt = ways.map(({ verdict }) => verdict).find(({ decision }) => decision !== 'allow');
  if (doubt === undefined) return null;
  const reason = doubt.egress.decision === 'allow' ? doubt.ingress.reason : doubt.egress.reason;
  return layerOf('dns', 'unknown', `whether policies allow DNS is not known: ${reason}`);
}

function expected(input: LayerInput, id: 'dns-port-unreachable' | 'dns-no-answer'): CheckCause[] {
  const { route, facts } = input;
  const dial = { address: facts.clusterDns?.clusterIPs[0] ?? '', port: DNS_PORT };
  const details = id === 'dns-port-unreachable' ? PORT_UNREACHABLE : {};
  return expectedCauses(
    { id, client: route.client.address, dial, protocol: 'UDP', details },
    'dns',
    IDS,
    input,
  );
}

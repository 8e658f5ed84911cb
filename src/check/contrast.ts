import { isIPv6 } from '../cluster/address.ts';
import { path } from '../explain/evidence.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import { hostOfPod } from '../policy/flow.ts';
import { portOn } from '../service/port-view.ts';
import type { ProbeResult } from './check-report.ts';
import type { Evaluation, Surroundings } from './check.ts';
import { dialText, type Dial } from './route.ts';

/** A pod that nobody asked about: whether it answers tells what the silence of another one means. */
export interface Contrast extends Dial {
  /** "pod/shop/payments-1:8080, on the same node". */
  readonly what: string;
}

/** On the client's own node, and on others: one proves nothing, more cost time. */
const MAX_HERE = 2;
const MAX_AWAY = 2;

/**
 * Ready pods of Services of the client's namespace and of the cluster's DNS, on the client's node and on others, that
 * policies let the client reach and that are not on the way that was asked about. [] where no pod off the node is on it: there is nothing to compare.
 */
export function contrastsOf(
  { route, ways }: Pick<Evaluation, 'route' | 'ways'>,
  { facts, directory, policies }: Pick<Surroundings, 'facts' | 'directory' | 'policies'>,
): Contrast[] {
  const { pod: client, address: own } = route.client;
  const nodes = new Set(ways.flatMap(({ to }) => (to.kind === 'pod' ? [to.pod.node] : [])));
  if (client === null || client.hostNetwork || ![...nodes].some((node) => node !== client.node)) return [];
  const from = hostOfPod(client, own);
  const asked = new Set([own, ...[...route.dials, ...ways].map(({ address }) => address)]);
  const isNear = ({ namespace, name }: { readonly namespace: string; readonly name: string }): boolean =>
    namespace === client.namespace || directory.isClusterDns({ namespace, name });
  const found = (facts.services ?? []).filter(isNear).flatMap((service) =>
    service.ports
      .filter(({ protocol }) => protocol === 'TCP')
      .slice(0, 1)
      .flatMap((servicePort) =>
        directory.endpointsOf(service).flatMap((endpoint) => {
          const { address, ready, pod } = endpoint;
          const port = portOn(endpoint, servicePort);
          const isMeant = ready && !asked.has(address) && isIPv6(address) === isIPv6(own);
          if (!isMeant || port === 0 || pod === null || pod.hostNetwork || pod.node === '') return [];
          const flow = { from, to: hostOfPod(pod, address), protocol: 'TCP', port };
          // A silence that a policy makes compares with nothing.
          if (evaluateFlow(policies, flow).decision !== 'allow') return [];
          const where = pod.node === client.node ? 'on the same node' : `on ${pod.node}`;
          return [{ address, port, node: pod.node, what: `pod/${path(pod)}:${port}, ${where}` }];
        }),
      ),
  );
  const distinct = [...new Map(found.map((one) => [one.address, one])).values()];
  const here = distinct.filter(({ node }) => node === client.node).slice(0, MAX_HERE);
  // Another node than those that were asked says more.
  const away = distinct
    .filter(({ node }) => node !== client.node)
    .toSorted((a, b) => Number(nodes.has(a.node)) - Number(nodes.has(b.node)))
    .slice(0, MAX_AWAY);
  return [...here, ...away].map(({ address, port, what }) => ({ address, port, what }));
}

/** Whether every pod off the client's node that was dialled kept silent. */
export function isSilentOffNode(
  { route, ways }: Pick<Evaluation, 'route' | 'ways'>,
  probes: readonly ProbeResult[],
): boolean {
  const own = route.client.pod?.node ?? '';
  const away = ways.filter(({ to }) => to.kind === 'pod' && to.pod.node !== own);
  const silent = new Set(
    probes.flatMap(({ layer, status, seen, server }) =>
      layer === 'connect' && status === 'failed' && seen.startsWith('no answer') ? [server] : [],
    ),
  );
  return away.length > 0 && away.every((way) => silent.has(dialText(way)));
}

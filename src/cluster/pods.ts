import type { KubeApi } from '../kube/kube-api.ts';
import type { ContainerPortFacts, ObjectName, PodFacts } from './facts.ts';
import { toPodLifeFacts } from './pod-life.ts';
import { asList, asNumber, asObject, asText, asTextMap, compareObjects } from './raw.ts';
import { readList, readObject, type ListRead } from './read-list.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Containers of service meshes that stand between the application and eth0. */
const SIDECARS: ReadonlySet<string> = new Set([
  'istio-proxy',
  'linkerd-proxy',
  'envoy-sidecar',
  'consul-dataplane',
  'kuma-sidecar',
]);
/** Waiting reasons that are part of an ordinary start. */
const ORDINARY_WAITING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', '']);

/** Reads the pods, and where lists are forbidden at least the traced ones. Never throws. */
export async function readPods(
  api: KubeApi,
  namespaces: readonly string[],
  targets: readonly ObjectName[],
): Promise<ListRead<PodFacts>> {
  const read = await readList(
    api,
    { base: '/api/v1', resource: 'pods', factList: 'pods' },
    namespaces,
    toPodFacts,
  );
  const pods = [...(read.items ?? [])];
  const missing = targets.filter(
    (target) => !pods.some((pod) => pod.namespace === target.namespace && pod.name === target.name),
  );
  for (const answer of await Promise.all(missing.map((target) => readObject(api, pathOf(target))))) {
    if ('object' in answer) pods.push(toPodFacts(answer.object));
  }
  const items = read.items === null && pods.length === 0 ? null : pods.toSorted(compareObjects);
  return { ...read, items };
}

function pathOf(pod: ObjectName): string {
  return `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}`;
}

/** Reduces a Pod of the API. */
export function toPodFacts(raw: unknown): PodFacts {
  const pod = asObject(raw);
  const metadata = asObject(pod['metadata']);
  const spec = asObject(pod['spec']);
  const status = asObject(pod['status']);
  const containers = [
    ...asList(spec['containers']),
    ...asList(spec['initContainers']).filter((init) => asObject(init)['restartPolicy'] === 'Always'),
  ].map(asObject);
  const states = [...asList(status['initContainerStatuses']), ...asList(status['containerStatuses'])].map(
    asObject,
  );
  const controller = asList(metadata['ownerReferences'])
    .map(asObject)
    .find((owner) => owner['controller'] === true);
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    labels: asTextMap(metadata['labels']),
    node: asText(spec['nodeName']),
    addresses: addressesOf(status),
    phase: asText(status['phase']),
    ready: asList(status['conditions'])
      .map(asObject)
      .some((condition) => condition['type'] === 'Ready' && condition['status'] === 'True'),
    terminating: asText(metadata['deletionTimestamp']) !== '',
    hostNetwork: spec['hostNetwork'] === true,
    ...dnsPolicyOf(spec),
    createdAt: asText(metadata['creationTimestamp']),
    restarts: states.reduce((sum, state) => sum + asNumber(state['restartCount']), 0),
    containerPorts: containers.flatMap(portsOf),
    containerProblems: states.map(problemOf).filter((problem) => problem !== ''),
    sidecars: containers
      .map((container) => asText(container['name']))
      .filter((name) => SIDECARS.has(name))
      .toSorted(),
    owner: controller === undefined ? '' : `${asText(controller['kind'])}/${asText(controller['name'])}`,
    life: toPodLifeFacts(pod),
  };
}

function dnsPolicyOf(spec: Raw): Pick<PodFacts, 'dnsPolicy'> {
  const dnsPolicy = asText(spec['dnsPolicy']);
  return dnsPolicy === '' || dnsPolicy === 'ClusterFirst' ? {} : { dnsPolicy };
}

function addressesOf(status: Raw): string[] {
  const all = [
    asText(status['podIP']),
    ...asList(status['podIPs']).map((entry) => asText(asObject(entry)['ip'])),
  ];
  return [...new Set(all.filter((address) => address !== ''))];
}

function portsOf(container: Raw): ContainerPortFacts[] {
  return asList(container['ports'])
    .map(asObject)
    .map((port) => ({
      name: asText(port['name']),
      port: asNumber(port['containerPort']),
      protocol: asText(port['protocol']) || 'TCP',
    }));
}

/** "payments: CrashLoopBackOff", "payments: OOMKilled, exit status 137"; '' if nothing is wrong. */
function problemOf(status: Raw): string {
  const name = asText(status['name']);
  const state = asObject(status['state']);
  const waiting = asText(asObject(state['waiting'])['reason']);
  if (!ORDINARY_WAITING.has(waiting)) return `${name}: ${waiting}`;
  const terminated = asObject(state['terminated']);
  const exitCode = asNumber(terminated['exitCode']);
  return exitCode === 0 ? '' : `${name}: ${asText(terminated['reason']) || 'ended'}, exit status ${exitCode}`;
}

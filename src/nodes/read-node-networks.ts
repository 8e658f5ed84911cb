import { runCommand } from '../capture/run-command.ts';
import { planNodePod, type NodePodOptions } from '../capture/plan-node-pod.ts';
import { enterPlace } from '../capture/start-container.ts';
import type { Unreadable } from '../cluster/facts.ts';
import type { NodeNetworkFacts } from '../cluster/node-network-facts.ts';
import { UserError } from '../errors.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { ApiError } from '../kube/kube-api.ts';
import { lookForPlaces } from '../target/find-places.ts';
import { nodeProgram } from './node-program.ts';
import { parseNode, type NodeRead } from './parse-node.ts';
import type { AskedService } from './parse-services.ts';

/** Nodes that are looked into at most: each takes a pod. */
export const MAX_NODES_READ = 5;
/** Services whose rules are looked for at most. */
const MAX_SERVICES = 20;
/** Time that a pod is given for the program, which sleeps a few seconds. */
const PROGRAM_MS = 20_000;

/** How nodes are looked into. */
export interface NodeReadOptions extends Pick<
  NodePodOptions,
  'image' | 'imagePullPolicy' | 'debugNamespace'
> {
  /** Services whose rules on the nodes matter. */
  readonly services: readonly AskedService[];
  /** The clock. */
  readonly now: () => Date;
  /** Told what is created, and what could not be removed. */
  readonly say: (line: string) => void;
  /** Ends the waiting; what was created is removed. */
  readonly signal: AbortSignal | undefined;
}

/** What the nodes showed; a node that could not be looked into stands in `unreadable`. */
export interface NodeNetworksRead {
  readonly networks: readonly NodeNetworkFacts[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * Looks into the networks of some nodes, all at once: a pod on each that joins the node's network, runs one program that
 * only reads, and is deleted; it ends by its deadline in any case. Only for users who asked for it (`--read-node`). More
 * than {@link MAX_NODES_READ} are not looked into, and said. Nothing here throws for one node.
 */
export async function readNodeNetworks(
  api: KubeConnection,
  nodes: readonly string[],
  options: NodeReadOptions,
): Promise<NodeNetworksRead> {
  const services = options.services.slice(0, MAX_SERVICES);
  const reads = await Promise.all(
    nodes.slice(0, MAX_NODES_READ).map(async (node): Promise<NodeRead | Unreadable> => {
      try {
        return await readNode(api, node, { ...options, services });
      } catch (error) {
        if (!(error instanceof UserError || error instanceof ApiError)) throw error;
        return notRead(node, error);
      }
    }),
  );
  const read = reads.filter((one): one is NodeRead => 'network' in one);
  return {
    networks: read.map(({ network }) => network),
    unreadable: [
      ...reads.filter((one): one is Unreadable => 'what' in one),
      ...read.flatMap(({ unreadable }) => unreadable),
      ...nodes.slice(MAX_NODES_READ).map((node) => ({
        what: `the network of node ${node}`,
        why: `${MAX_NODES_READ} nodes are looked into at most`,
        fix: '',
      })),
    ],
  };
}

function notRead(node: string, error: UserError | ApiError): Unreadable {
  return {
    what: `the network of node ${node}`,
    why: error.message,
    fix: error instanceof UserError ? error.fix : '',
  };
}

async function readNode(api: KubeConnection, node: string, options: NodeReadOptions): Promise<NodeRead> {
  const { places, left } = await lookForPlaces(api, {
    words: [`node/${node}`],
    selector: undefined,
    isAllNamespaces: false,
    namespace: api.namespace,
  });
  const [place] = places;
  if (place === undefined)
    throw left[0] ?? new UserError(`there is no node ${node}`, 'it was not found', 'kubectl get nodes');
  const { image, imagePullPolicy, debugNamespace, say, signal, services } = options;
  const plan = await planNodePod(api, place, {
    image,
    imagePullPolicy,
    debugNamespace,
    durationMs: PROGRAM_MS,
    isClientDryRun: false,
    readsNode: true,
  });
  say(
    `creates pod ${plan.namespace}/${plan.name} (${image}) on node ${node} to read its network settings; it changes nothing and is deleted afterwards.`,
  );
  await using pod = await enterPlace(api, plan, say, { signal });
  const { stdout, stderr, exitCode } = await runCommand(api, pod, nodeProgram(services));
  const read = parseNode(node, options.now().toISOString(), services, stdout);
  if (read !== undefined) return read;
  throw new UserError(
    `node ${node} could not be read`,
    stderr.trim().slice(0, 500) ||
      `the program in pod ${plan.namespace}/${plan.name} ended with ${exitCode} before its end`,
    'Name an image with sh, cat, grep, ip and iptables-save: --image REGISTRY/netshoot:TAG',
  );
}

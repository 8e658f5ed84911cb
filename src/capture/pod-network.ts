import { addressKey } from '../cluster/address.ts';
import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import type { PodObject } from '../target/pod-object.ts';
import { addressesOf } from './debug-container.ts';
import type { DebugContainer } from './debug-container.ts';
import { runCommand } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/** The kubelet's hash of a static pod's file: the id by which its cgroups are named. */
const configHash = 'kubernetes.io/config.hash';
/** A pod has one network; more are those of containers inside its containers. */
const maxNetworks = 8;
const maxProcesses = 256;

/** Prints "PID NETWORK START" of the processes whose cgroups name one of two texts; START as proc(5) counts it. */
const listScript = `started() { shift 19; echo "$1"; }
for file in $(grep -ls -F -e "$1" -e "$2" /proc/[0-9]*/cgroup | head -n ${maxProcesses}); do
pid=\${file#/proc/}; pid=\${pid%/cgroup}; read -r stat < /proc/$pid/stat || continue
echo "$pid $(readlink /proc/$pid/ns/net) $(started \${stat##*) })"
done`;

/**
 * Runs a program in the network of a process, if that process is still in the network in which it was
 * found: the number may belong to another process by now.
 */
const enterScript =
  '[ "$(readlink "/proc/$0/ns/net")" = "$1" ] || { echo "the pod\'s network is gone" >&2; exit 1; }; pid=$0; shift; exec nsenter -t "$pid" -n -- "$@"';

/** Which part of a container changes when it works in another pod's network. */
export type PodNetwork = Pick<DebugContainer, 'enter' | 'root'>;

/**
 * Finds the network of a pod from a container that sees its node's processes: by the pod's id in
 * their cgroups, in both spellings (cgroupfs and systemd), and only if that network has the
 * pod's address. Throws UserError if there is none.
 */
export async function findPodNetwork(
  api: ExecApi,
  container: DebugContainer,
  pod: PodObject,
): Promise<PodNetwork> {
  const addresses = addressesOf(pod);
  if (addresses.length === 0) throw noNetwork(pod, 'the pod has no address yet');
  const uid = pod.metadata.annotations?.[configHash] ?? pod.metadata.uid ?? '';
  if (!/^[0-9a-f-]{16,64}$/.test(uid)) throw noNetwork(pod, `"${uid}" is no id by which cgroups are named`);
  const spellings = [`pod${uid}`, `pod${uid.replaceAll('-', '_')}`];
  const { stdout } = await runTool(api, container, ['sh', '-c', listScript, 'sh', ...spellings]);
  const networks = oldestOfEach(stdout);
  for (const { pid, network } of networks) {
    const found = { enter: ['sh', '-c', enterScript, pid, network], root: `/proc/${pid}/root` };
    if (await hasAddress(api, { ...container, ...found }, addresses)) return found;
  }
  throw noNetwork(
    pod,
    networks.length === 0
      ? 'no process of its node belongs to it: it may have ended, or it runs in a virtual machine'
      : `none of the ${networks.length} networks of its processes has its address ${addresses.join(', ')}; a sandboxed runtime (Kata, gVisor) keeps it inside`,
  );
}

interface Network {
  readonly pid: string;
  readonly network: string;
}

/** The oldest process of each network: the pod's sandbox, which lives as long as the pod. Numbers are given out anew. */
function oldestOfEach(output: string): Network[] {
  const rows = [...output.matchAll(/^(\d+) (net:\[\d+\]) (\d+)$/gm)]
    .map(([, pid = '', network = '', start = '']) => ({ pid, network, start: Number(start) }))
    .toSorted((one, other) => one.start - other.start);
  return [...Map.groupBy(rows, (row) => row.network).values()]
    .flatMap(([first]) => (first === undefined ? [] : [first]))
    .slice(0, maxNetworks);
}

async function hasAddress(
  api: ExecApi,
  container: DebugContainer,
  addresses: readonly string[],
): Promise<boolean> {
  // The kernel's own tables: no program of the image has to print them.
  const { stdout } = await runTool(api, container, ['cat', '/proc/net/fib_trie', '/proc/net/if_inet6']);
  return addresses.some((address) => holdsAddress(stdout, address));
}

/** Throws UserError if the image lacks a program that this takes. */
async function runTool(
  api: ExecApi,
  container: DebugContainer,
  command: readonly string[],
): Promise<CommandResult> {
  const result = await runCommand(api, container, command);
  const missing = /([\w-]+): (?:command )?not found/.exec(result.stderr)?.[1];
  if (missing === undefined) return result;
  throw new UserError(
    `The image ${container.image} cannot enter the network of a pod`,
    `it has no ${missing}`,
    'Name one with sh, cat, grep, head, readlink, nsenter and tcpdump: --image REGISTRY/netshoot:TAG',
  );
}

/** Whether /proc/net/fib_trie and /proc/net/if_inet6 name this address as one of the network's own. */
export function holdsAddress(tables: string, address: string): boolean {
  const version4 = [...tables.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].map((match) => match[1] ?? '');
  const version6 = [...tables.matchAll(/^([0-9a-f]{32}) /gm)].map((match) =>
    (match[1] ?? '').replaceAll(/.{4}(?=.)/g, '$&:'),
  );
  return [...version4, ...version6].some((own) => addressKey(own) === addressKey(address));
}

function noNetwork(pod: PodObject, why: string): UserError {
  const { namespace, name } = pod.metadata;
  return new UserError(
    `The network of pod ${namespace}/${name} was not found on node ${pod.spec?.nodeName ?? '?'}`,
    why,
    `Is the pod still there? kubectl get pod ${name} -n ${namespace} -o wide; to capture all of its node instead: kubectl netdebug trace node/${pod.spec?.nodeName ?? 'NODE'}`,
  );
}

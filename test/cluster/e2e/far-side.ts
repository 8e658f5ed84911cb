import { readdirSync, readFileSync } from 'node:fs';
import { cluster } from '../cluster.ts';
import { run } from '../command.ts';
import { testNamespace, type TestPod } from './pods.ts';

/**
 * Command lines of the processes in a pod's debug containers, but for their idle main process and the
 * one `sleep` that it waits for: what a capture has there. Found by the container ids in
 * /proc/PID/cgroup (the nodes' processes are processes of this machine), never by name.
 */
export async function captureProcesses(pod: TestPod): Promise<string[]> {
  const path = 'jsonpath={.status.ephemeralContainerStatuses[*].containerID}';
  const said = await cluster.kubectl(['get', 'pod', pod.name, '-n', testNamespace, '-o', path]);
  const ids = said
    .split(' ')
    .map((id) => id.replace('containerd://', ''))
    .filter((id) => id !== '');
  const inside = readdirSync('/proc').flatMap((pid) => (/^\d+$/.test(pid) ? readProcess(pid, ids) : []));
  const idling = inside
    .filter((one) => one.pidInside === '1')
    .flatMap((main) => {
      // An orphan of a capture has this parent as well: only the very sleep counts.
      const ttlSeconds = /sleep (\d+)/.exec(main.commandLine)?.[1];
      const sleep = inside.find(
        (one) => one.parent === main.pid && one.commandLine === `sleep ${ttlSeconds}`,
      );
      return [main, ...(sleep === undefined ? [] : [sleep])];
    });
  return inside.filter((one) => !idling.includes(one)).map((one) => one.commandLine);
}

/** File of a pod's network namespace. */
export function podNamespace(pod: TestPod): string {
  const pid = readdirSync('/proc').find(
    (name) => /^\d+$/.test(name) && readProcess(name, [pod.uid]).length > 0,
  );
  if (pid === undefined) throw new Error(`no process of pod ${pod.name}`);
  return `/proc/${pid}/ns/net`;
}

/** Lets a pod send and take packets as they are on a wire: between virtual interfaces they are 64 KiB long else. */
export async function sendSinglePackets(pod: TestPod): Promise<void> {
  await run([
    'nsenter',
    `--net=${podNamespace(pod)}`,
    '--',
    'ethtool',
    '-K',
    'eth0',
    'tso',
    'off',
    'gso',
    'off',
    'gro',
    'off',
  ]);
}

interface Process {
  readonly pid: string;
  readonly pidInside: string;
  readonly parent: string;
  readonly commandLine: string;
}

/** The process, if its cgroup names one of these (ids of containers or pods). */
function readProcess(pid: string, ids: readonly string[]): Process[] {
  try {
    const cgroups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    if (!ids.some((id) => cgroups.includes(id))) return [];
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const pidInside = /^NSpid:.*\s(\d+)$/m.exec(status)?.[1] ?? '';
    return [
      {
        pid,
        pidInside,
        parent: /^PPid:\s*(\d+)/m.exec(status)?.[1] ?? '',
        commandLine: commandLine || status.slice(0, 80),
      },
    ];
  } catch {
    return []; // it ended in between
  }
}

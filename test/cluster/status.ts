import { existsSync, readFileSync } from 'node:fs';
import { tryKubectl } from './kubectl.ts';
import { nodes } from './nodes.ts';
import { readyFile } from './paths.ts';
import { isRunning, recordedProcesses, type ProcessRecord } from './processes.ts';

/** What there is of the cluster. */
export interface ClusterStatus {
  /** `up`: complete and both nodes Ready; `partial`: something is there; `down`: nothing is. */
  readonly state: 'up' | 'partial' | 'down';
  /** The pod network it was brought up with; empty unless it was completed. */
  readonly cni: string;
  readonly running: readonly ProcessRecord[];
  /** Recorded processes that have ended. */
  readonly ended: readonly ProcessRecord[];
  readonly nodesReady: number;
}

/** Reads the cluster's state from its pid files and its API server. */
export async function readStatus(): Promise<ClusterStatus> {
  const records = recordedProcesses();
  const running = records.filter(isRunning);
  const ended = records.filter((record) => !isRunning(record));
  const cni = existsSync(readyFile) ? readFileSync(readyFile, 'utf8').trim() : '';
  const nodesReady = running.length > 0 ? await countReadyNodes() : 0;
  const isComplete = cni !== '' && ended.length === 0 && nodesReady === nodes.length;
  const state = isComplete ? 'up' : records.length > 0 || cni !== '' ? 'partial' : 'down';
  return { state, cni, running, ended, nodesReady };
}

/** How many nodes the API server calls Ready; 0 if it does not answer within 5 s. */
export async function countReadyNodes(): Promise<number> {
  const path = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const answer = await tryKubectl(['get', 'nodes', '-o', `jsonpath=${path}`, '--request-timeout=5s']);
  return answer.stdout.split('\n').filter((line) => line === 'True').length;
}

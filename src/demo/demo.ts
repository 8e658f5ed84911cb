import { startServer } from './api-server.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import {
  DEFAULT_RECORDING,
  listRecordings,
  loadRecording,
  loadScenario,
  type Recording,
} from './recording.ts';

/** What a demonstration is told. */
export interface DemoRequest {
  /** Folder of the recordings. */
  readonly folder: string;
  /** undefined: list them all and run the default. */
  readonly name: string | undefined;
  /** Further words for `trace`, such as "-o", "wide". */
  readonly flags: readonly string[];
}

/** Runs `trace` with these words behind its name and gives its exit status; throws what it throws. */
export type RunTrace = (words: readonly string[]) => Promise<number>;

/** Time in which a recording's packets are replayed, and for which trace captures. */
const REPLAY_MS = 2500;
const DURATION = '3s';

/**
 * Replays a recording through `trace`: an API server on the loopback interface serves what was
 * recorded, trace captures from it as from any cluster. `say` takes the words around it. Gives 0 when
 * trace came to a verdict, whatever that was: the fault is the recording's. Throws UserError for an
 * unknown name, and what trace throws.
 */
export async function replayDemo(
  request: DemoRequest,
  trace: RunTrace,
  say: (text: string) => Promise<unknown>,
): Promise<number> {
  if (request.name === undefined) await say(await describeRecordings(request.folder));
  const recording = await loadRecording(request.folder, request.name ?? DEFAULT_RECORDING);
  const words = (kubeconfig: string): string[] => [
    ...traceWords(recording),
    '--kubeconfig',
    kubeconfig,
    '--duration',
    DURATION,
    ...request.flags,
  ];
  await say(`${introduction(recording)}\n`);
  await using server = await startServer(recording, { replayMs: REPLAY_MS });
  await using kubeconfig = await writeKubeconfig(server.url, recording.scenario.namespace);
  const exitStatus = await trace(words(kubeconfig.path));
  await say(`\nOn a cluster this run of trace ends with exit status ${exitStatus}.\n`);
  return 0;
}

function traceWords(recording: Recording): string[] {
  return [`pod/${recording.scenario.pod}`, '-n', recording.scenario.namespace];
}

function introduction(recording: Recording): string {
  const { title, see } = recording.scenario;
  return [
    `Recording ${recording.name}: ${title}. No cluster is contacted.`,
    `To see: ${see}`,
    `$ kubectl netdebug trace ${traceWords(recording).join(' ')}`,
    '',
  ].join('\n');
}

/** The recordings and how to run them. */
async function describeRecordings(folder: string): Promise<string> {
  const names = await listRecordings(folder);
  const scenarios = await Promise.all(names.map((name) => loadScenario(folder, name)));
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name, index) => `  ${name.padEnd(width)}  ${scenarios[index]?.title ?? ''}`);
  return [
    'Recorded incidents (kubectl netdebug demo NAME):',
    ...lines,
    '',
    `Running ${DEFAULT_RECORDING}.`,
    '',
  ].join('\n');
}

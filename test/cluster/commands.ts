import { withLock } from './lock.ts';
import { takeDown } from './down.ts';
import { adminKubeconfig, binFolder, kubectlPath } from './paths.ts';
import { logPath } from './processes.ts';
import { progress } from './progress.ts';
import { findScenario, startScenario, stopScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { readStatus } from './status.ts';
import { bringUp } from './up.ts';

/** What `npm run cluster --` does, by command; each returns the exit status. */
export const commands: Readonly<Record<string, (name: string | undefined) => Promise<number>>> = {
  up,
  down: async () => {
    await withLock('cluster', takeDown);
    progress('down');
    return 0;
  },
  status,
  fault: async (name) => (name === undefined ? listFaults() : await putFaultOn(name)),
  heal: async () => {
    await withLock('scenario', async () => await stopScenario());
    return 0;
  },
};

function listFaults(): number {
  for (const { name, title } of scenarios) process.stdout.write(`${name.padEnd(32)} ${title}\n`);
  return 0;
}

async function putFaultOn(name: string): Promise<number> {
  const scenario = findScenario(name);
  await withLock('scenario', async () => await startScenario(scenario));
  process.stdout.write(`${scenario.title}: trace ${scenario.target} -n ${scenario.namespace}\n`);
  return 0;
}

async function up(): Promise<number> {
  const isNew = await withLock('cluster', bringUp);
  if (!isNew) progress('already up');
  process.stdout.write(
    `export KUBECONFIG=${adminKubeconfig}\nexport PATH=${binFolder}:$PATH   # kubectl of the same version\n`,
  );
  return 0;
}

async function status(): Promise<number> {
  const { state, cni, running, ended, nodesReady } = await readStatus();
  const lines = [
    `${state}${cni === '' ? '' : `, pod network ${cni}`}, ${nodesReady} nodes Ready`,
    ...running.map(({ name, pid }) => `  ${name.padEnd(24)} pid ${pid}`),
    ...ended.map(({ name }) => `  ${name.padEnd(24)} has ended, see ${logPath(name)}`),
    ...(state === 'up' ? [`KUBECONFIG ${adminKubeconfig}`, `kubectl    ${kubectlPath}`] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return state === 'up' ? 0 : 1;
}

import { parseArgs } from 'node:util';
import { UserError } from '../../src/errors.ts';
import { takeDown } from './down.ts';
import { withLock } from './lock.ts';
import { adminKubeconfig, binFolder, kubectlPath } from './paths.ts';
import { logPath } from './processes.ts';
import { progress } from './progress.ts';
import { findScenario, startScenario, stopScenario } from './run-scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { readStatus } from './status.ts';
import { bringUp } from './up.ts';

const usage = `A real two-node Kubernetes on this machine, for tests and for trying things out.

npm run cluster -- up [--cni bridge]   build what is missing, start it, print the KUBECONFIG
npm run cluster -- down                end it; nothing of it stays but the cache folder
npm run cluster -- status              what runs
npm run cluster -- fault [NAME]        put a fault on in namespace shop, with traffic to see it by; without NAME: which there are
npm run cluster -- heal                undo the fault
`;

async function main(argv: readonly string[]): Promise<number> {
  const options = { cni: { type: 'string', default: 'bridge' } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [command, name, ...rest] = positionals;
  if (rest.length > 0 || (name !== undefined && command !== 'fault')) return refuse();
  switch (command) {
    case 'up':
      return await up(values.cni);
    case 'down':
      await withLock('cluster', takeDown);
      progress('down');
      return 0;
    case 'status':
      return await status();
    case 'fault':
      return name === undefined ? listFaults() : await putFaultOn(name);
    case 'heal':
      await withLock('scenario', stopScenario);
      return 0;
    default:
      return refuse();
  }
}

function refuse(): number {
  process.stderr.write(usage);
  return 2;
}

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

async function up(cni: string): Promise<number> {
  const isNew = await withLock('cluster', async () => await bringUp(cni));
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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const text = error instanceof UserError ? `${error.message}\n${error.fix}` : String(error);
  process.stderr.write(`${text}\n`);
  if (error instanceof Error && error.cause instanceof Error)
    process.stderr.write(`${error.cause.message}\n`);
  process.exitCode = 2;
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cluster, manifest, type Cluster } from './cluster.ts';
import { waitForDns } from './coredns.ts';
import { withLock } from './lock.ts';
import { runFolder } from './paths.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { onStage, placed, shop, stageOf, type Stage } from './stage.ts';
import { waitFor } from './wait.ts';

/** Holds the name of the scenario whose fault is on: a run that was killed in between is undone by the next. */
function activeFile(stage: Stage): string {
  return join(runFolder, `active-scenario-${stage.namespace}`);
}

/** Kinds of objects that scenarios add. */
const addedKinds = 'pods,services,endpointslices,networkpolicies,deployments,ingresses';

/** Finds a scenario by its name. */
export function findScenario(name: string): Scenario {
  const scenario = scenarios.find((row) => row.name === name);
  if (scenario !== undefined) return scenario;
  throw new Error(`no scenario ${name}; there are: ${scenarios.map((row) => row.name).join(', ')}`);
}

/**
 * Runs `task` while the scenario's fault is on, the client sees its symptom and its traffic runs.
 * The fault is undone however the task ends; if undoing fails as well, both errors are reported.
 * Waits for other programs of this user that run a scenario.
 */
export async function withScenario<T>(
  name: string,
  task: (cluster: Cluster, scenario: Scenario) => Promise<T>,
): Promise<T> {
  return await withLock('scenario', async () => await playScenario(findScenario(name), task));
}

/** As `withScenario`, for a scenario on any stage; whoever calls it sees to it that nobody else uses that stage. */
export async function playScenario<T>(
  scenario: Scenario,
  task: (cluster: Cluster, scenario: Scenario) => Promise<T>,
): Promise<T> {
  const [outcome] = await Promise.allSettled([startAndRun(scenario, task)]);
  const [undoing] = await Promise.allSettled([stopScenario(stageOf(scenario))]);
  if (outcome.status === 'fulfilled' && undoing.status === 'fulfilled') return outcome.value;
  const reasons = [outcome, undoing].flatMap((end): unknown[] =>
    end.status === 'rejected' ? [end.reason] : [],
  );
  throw reasons.length === 1
    ? reasons[0]
    : new AggregateError(reasons, `${scenario.name} failed and could not be undone`);
}

async function startAndRun<T>(
  scenario: Scenario,
  task: (cluster: Cluster, scenario: Scenario) => Promise<T>,
): Promise<T> {
  await startScenario(scenario);
  return await task(cluster, scenario);
}

/** Puts a scenario's fault and its traffic on, until `stopScenario`. Undoes another one on its stage first. */
export async function startScenario(scenario: Scenario): Promise<void> {
  const { namespace, manifests, name } = scenario;
  const stage = stageOf(scenario);
  if (existsSync(activeFile(stage))) await stopScenario(stage);
  await prepareBase(stage);
  writeFileSync(activeFile(stage), name);
  if (manifests !== '') await cluster.apply(manifests);
  await scenario.faultOn(cluster, namespace);
  const { command, exitStatus } = scenario.symptom;
  await waitFor(`exit status ${exitStatus} of ${command} in the client`, async () => {
    const seen = await cluster.inPod(namespace, 'client', command);
    if (seen.exitStatus !== exitStatus)
      throw new Error(`its exit status is ${seen.exitStatus}: ${seen.stderr}`);
    return true;
  });
  await startTraffic(namespace, scenario.traffic);
}

/** Ends the traffic and undoes the fault that is on, if one is; the base is as it was afterwards. */
export async function stopScenario(stage: Stage = shop): Promise<void> {
  if (!existsSync(activeFile(stage))) return;
  const scenario = onStage(findScenario(readFileSync(activeFile(stage), 'utf8')), stage);
  await scenario.faultOff(cluster, stage.namespace); // first: the traffic then ends sooner
  await endTraffic(stage.namespace);
  // Before the base is looked at: a policy would keep its client from reaching its pods.
  await cluster.kubectl(['delete', addedKinds, '-n', stage.namespace, '-l', 'netdebug.example/scenario']);
  await prepareBase(stage);
  rmSync(activeFile(stage), { force: true });
}

/** Applies the base and waits until the client reaches every pod of it, by address and by name. */
export async function prepareBase(stage: Stage = shop): Promise<void> {
  const { namespace } = stage;
  await cluster.apply(placed(manifest('shop.yaml'), stage));
  await cluster.waitReady(namespace, 'pod/client', 'pod/payments-1', 'pod/payments-2', 'pod/orders');
  await waitForDns();
  await waitFor('the client to reach payments on both nodes, and orders', async () => {
    const ask =
      'for i in 1 2 3 4 5 6 7 8; do curl -s -m 1 http://payments/; done; curl -s -m 1 http://orders/';
    const answers = (await cluster.inPod(namespace, 'client', ask)).stdout.trim().split('\n');
    return answers.length === 9 && new Set(answers).size === 3;
  });
}

/** Namespaces with Pod Security levels, and users that lack rights. */
export async function prepareSecurity(): Promise<void> {
  await cluster.apply(manifest('pod-security.yaml'));
  await cluster.apply(manifest('users.yaml'));
  for (const namespace of ['shop-baseline', 'shop-restricted'])
    await cluster.waitReady(namespace, 'pod/client');
}

/** Addresses of the base's pods, as shell variables that a scenario's traffic may use. */
async function podAddresses(namespace: string): Promise<string> {
  const path = '{range .items[*]}{.metadata.name}={.status.podIP}{"\\n"}{end}';
  const lines = await cluster.kubectl(['get', 'pods', '-n', namespace, '-o', `jsonpath=${path}`]);
  const variable = (line: string): string =>
    line.replace(/^[^=]*/, (name) => name.toUpperCase().replaceAll('-', '_'));
  return lines.split('\n').map(variable).join('\n');
}

/** Lets the client of a namespace run a script again and again; the rename keeps its loop from running half of it. */
export async function startTraffic(namespace: string, traffic: string): Promise<void> {
  const script = traffic === '' ? '' : `${await podAddresses(namespace)}${traffic}`;
  const command = 'cat > /tmp/new && mv /tmp/new /tmp/traffic';
  await cluster.kubectl(['exec', '-i', '-n', namespace, 'client', '--', 'sh', '-c', command], {
    input: script,
  });
}

/** Ends what of the traffic still runs, then waits for the loop to mark that it found none. */
export async function endTraffic(namespace: string): Promise<void> {
  const command = `rm -f /tmp/traffic /tmp/idle
until [ -e /tmp/idle ]; do [ -s /tmp/traffic-group ] && kill -9 -- -$(cat /tmp/traffic-group) 2>/dev/null; sleep 0.1; done`;
  await cluster.kubectl(['exec', '-n', namespace, 'client', '--', 'sh', '-c', command], {
    timeoutMs: 30_000,
  });
}

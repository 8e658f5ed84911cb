import { chooseImage } from '../capture/debug-image.ts';
import { defaults } from '../capture/defaults.ts';
import { filterTokens } from '../capture/filter.ts';
import { describePlan, planDebugContainer } from '../capture/ladder.ts';
import { enterPlace } from '../capture/start-container.ts';
import { UserError } from '../errors.ts';
import type { FindingId } from '../detect/finding.ts';
import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { lookForRecorders } from '../recorder/look.ts';
import { recorderNamePattern } from '../recorder/read-look.ts';
import { existsAlready, startRecorder, type StartOptions } from '../recorder/start.ts';
import { triggerOf } from '../recorder/triggers.ts';
import { byteSize } from '../report/amounts.ts';
import { plainText } from '../report/plain-text.ts';
import { type AskedPod, askedPods, defaultRecorderName, sayProblems } from './capture-targets.ts';
import { type Given, isGiven, textOf } from './command.ts';
import { wholeNumber } from './output-flags.ts';
import { durationMs, sizeBytes } from './sizes.ts';

const defaultTtlMs = 24 * 3_600_000;
const defaultAroundMs = 30_000;

/** `capture start TARGET…`: a recorder in each pod; all that can be checked is checked before any starts. */
export async function captureStart(api: KubeConnection, given: Given, io: Io): Promise<number> {
  const options = startOptions(given, io);
  const image = chooseImage(textOf(given, 'image'), io.env);
  const pods = await askedPods(api, given, io);
  if (pods.length > defaults.maxPods.value)
    throw new UserError(
      `${pods.length} pods are too many to record in at once`,
      `${defaults.maxPods.value} are the most`,
      'Name some of them: pod/NAME pod/NAME',
    );
  for (const asked of pods) await startIn(api, asked, options, image, isGiven(given, 'dry-run'), io);
  return 0;
}

async function startIn(
  api: KubeConnection,
  place: AskedPod,
  options: Omit<StartOptions, 'asked'>,
  image: string,
  isDryRun: boolean,
  io: Io,
): Promise<void> {
  const say = (line: string): Promise<boolean> => io.stderr.write(`${plainText(line)}\n`);
  const { pod, asked } = place;
  const look = await lookForRecorders(api, [pod]);
  await sayProblems(look, io);
  const same = look.recorders.find(({ order }) => order.name === options.name);
  if (same !== undefined) throw existsAlready(same.container, options.name);
  const plan = await planDebugContainer(api, place, { image, durationMs: options.ttlSeconds * 1000 });
  if (plan.kind === 'node-pod')
    throw new UserError(
      `${asked} cannot be recorded`,
      'only a pod on its node could capture there, and that pod would have to stay for the whole time',
      `Capture with the client connected: kubectl netdebug trace ${asked} --duration 24h`,
    );
  await say(`${describePlan(plan)}.`);
  if (isDryRun) return;
  const container = await enterPlace(api, plan, (line) => void say(line));
  const others = look.recorders.reduce((sum, { order }) => sum + order.ringBytes, 0);
  const { order, bound } = await startRecorder(api, pod, container, { ...options, asked }, others);
  const { namespace, name } = pod.metadata;
  const endsAt = new Date(Date.parse(order.startedAt) + order.ttlSeconds * 1000).toISOString().slice(0, 16);
  const until = order.until === null ? '' : `until ${order.until} is seen, or `;
  await io.stdout.write(
    `${plainText(
      `Recording on ${order.interfaceName} of pod/${namespace}/${name}: the latest ${byteSize(order.ringBytes)} in memory, ${until}until ${endsAt.replace('T', ' ')} UTC. No client is needed any more.`,
    )}\n`,
  );
  if (bound !== '') await say(`The ring is as large as ${bound} allows.`);
  const word = order.name === defaultRecorderName ? '' : ` --name ${order.name}`;
  await say(`Fetch it:  kubectl netdebug capture pull pod/${name} -n ${namespace}${word}`);
}

/** Completes and validates the flags. Throws UserError. */
function startOptions(given: Given, io: Io): Omit<StartOptions, 'asked'> {
  const name = textOf(given, 'name') ?? defaultRecorderName;
  if (!recorderNamePattern.test(name))
    throw new UserError(
      `--name cannot be "${name}"`,
      'it takes a-z, 0-9 and "-", at most 40 characters',
      '--name night-shift',
    );
  const until = textOf(given, 'until');
  if (until !== undefined) triggerOf(until);
  const lonely = ['before', 'after'].find((flag) => textOf(given, flag) !== undefined);
  if (until === undefined && lonely !== undefined)
    throw new UserError(
      `--${lonely} has no meaning without --until`,
      'it counts from the finding that --until names',
      `--until tcp-syn-no-answer --${lonely} ${textOf(given, lonely) ?? '30s'}`,
    );
  const time = (flag: string, standardMs: number): number => {
    const text = textOf(given, flag);
    return Math.ceil((text === undefined ? standardMs : durationMs(flag, text)) / 1000);
  };
  const ring = textOf(given, 'ring');
  const snaplen = textOf(given, 'snaplen');
  return {
    name,
    filter: filterTokens(textOf(given, 'filter') ?? ''),
    interfaceName: textOf(given, 'interface'),
    snapLengthBytes:
      snaplen === undefined
        ? defaults.snapLengthBytes.value
        : wholeNumber('snaplen', snaplen, minSnapLength, maxSnapLength),
    ringBytes: ring === undefined ? undefined : sizeBytes('ring', ring),
    startedAt: io.now().toISOString(),
    ttlSeconds: time('ttl', defaultTtlMs),
    until: (until as FindingId | undefined) ?? null,
    beforeSeconds: time('before', defaultAroundMs),
    afterSeconds: time('after', defaultAroundMs),
    kernelBufferKib: defaults.kernelBufferKib.value,
  };
}

/** Below this no header is whole; above it tcpdump takes none. */
const minSnapLength = 96;
const maxSnapLength = 262_144;

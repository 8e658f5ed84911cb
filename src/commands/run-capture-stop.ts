import type { Io } from '../io.ts';
import type { KubeConnection } from '../kube/exec-api.ts';
import { discardRecorder, stopRecorder } from '../recorder/stop.ts';
import { plainText } from '../report/plain-text.ts';
import { askedRecorders } from './capture-targets.ts';
import { type Given, isGiven } from './command.ts';

/** `capture stop TARGET…`: ends recorders. What they kept stays for `pull` unless it is to be thrown away. */
export async function captureStop(api: KubeConnection, given: Given, io: Io): Promise<number> {
  const isDiscarded = isGiven(given, 'discard');
  for (const recorder of await askedRecorders(api, given, io)) {
    const { container, order, keptUntil } = recorder;
    await stopRecorder(api, recorder);
    if (isDiscarded) await discardRecorder(api, recorder);
    const until = keptUntil === '' ? '' : `, until ${keptUntil.slice(0, 16).replace('T', ' ')} UTC at most`;
    const kept = isDiscarded
      ? 'what it kept is gone'
      : `what it kept stays in memory for pull${until}; --discard throws it away`;
    await io.stdout.write(
      `${plainText(`Recorder "${order.name}" of pod/${container.namespace}/${container.pod} has ended; ${kept}.`)}\n`,
    );
  }
  return 0;
}

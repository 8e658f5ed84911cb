import { runCommand } from '../capture/run-command.ts';
import { UserError } from '../errors.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import { discardScript, farSide, recorderFolder, stopScript } from './far-side.ts';
import type { PlacedRecorder } from './look.ts';

/** Ends the recording; the ring stays until it is discarded or its container ends. Throws UserError. */
export async function stopRecorder(api: ExecApi, recorder: PlacedRecorder): Promise<void> {
  const { container, order } = recorder;
  const { exitCode } = await runCommand(
    api,
    container,
    farSide(stopScript, `${recorderFolder}/${order.name}`),
  );
  if (exitCode === 0) return;
  throw new UserError(
    `Recorder "${order.name}" of pod ${container.namespace}/${container.pod} does not end`,
    exitCode === 73 ? 'it is not there any more' : 'its tcpdump did not react to TERM or KILL within 10 s',
    'kubectl netdebug cleanup ends the container that it runs in.',
  );
}

/**
 * Removes a recorder that has ended and all that it holds; its container ends too unless something else
 * uses it. Throws UserError.
 */
export async function discardRecorder(api: ExecApi, recorder: PlacedRecorder): Promise<void> {
  const { container, order } = recorder;
  try {
    await runCommand(api, container, farSide(discardScript, `${recorderFolder}/${order.name}`));
  } catch (error) {
    // The container ends with its first process and the exec stream with it: that is what was asked for.
    if (!(error instanceof UserError)) throw error;
  }
}

import type { FarSide } from './far-side.ts';
import { command, firstOf } from './paste.ts';

/** The command that shows to which ports the dialled Service or pod was asked. */
export function portsOf({ service, pods }: FarSide): string {
  const [pod] = pods;
  return firstOf(
    service === null
      ? ''
      : command(
          [service.name, service.namespace],
          `kubectl get service ${service.name} -n ${service.namespace} -o jsonpath='{.spec.ports}'`,
        ),
    pod === undefined
      ? ''
      : command(
          [pod.name, pod.namespace],
          `kubectl get pod ${pod.name} -n ${pod.namespace} -o jsonpath='{.spec.containers[*].ports}'`,
        ),
    'kubectl netdebug explain wrong-protocol',
  );
}

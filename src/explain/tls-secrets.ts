import type { ObjectName } from '../cluster/facts.ts';
import { path } from './evidence.ts';
import type { DraftCause } from './explainer.ts';
import type { FarSide } from './far-side.ts';
import { command, firstOf } from './paste.ts';

/** The command that lists the TLS Secrets beside an object; words where its names are none of Kubernetes. */
export function secretsOf(object: ObjectName | null): string {
  return firstOf(
    object === null
      ? ''
      : command(
          [object.namespace],
          `kubectl get secrets -n ${object.namespace} --field-selector type=kubernetes.io/tls`,
        ),
    'kubectl get secrets -A --field-selector type=kubernetes.io/tls',
  );
}

/** How a server's certificate is renewed, and where it comes from. */
export function renewal(far: FarSide): Pick<DraftCause, 'fix' | 'next'> {
  const [pod] = far.pods;
  const mounted =
    pod === undefined
      ? ''
      : command(
          [pod.name, pod.namespace],
          `kubectl get pod ${pod.name} -n ${pod.namespace} -o jsonpath='{.spec.volumes[*].secret.secretName}'`,
        );
  const words = `renew the certificate that ${far.name} serves; a program that reads it at its start only has to be restarted after that`;
  const where =
    mounted === '' || pod === undefined
      ? []
      : [`pod ${path(pod)} has it from one of these Secrets:`, mounted];
  return { fix: [words, ...where].join('\n'), next: secretsOf(far.service ?? pod ?? null) };
}

import type { ServiceFacts } from '../cluster/facts.ts';
import type { IngressBackendFacts, IngressClassFacts, IngressFacts } from '../cluster/ingress-facts.ts';

/** What Ingresses are judged by; null: could not be read, then nothing that hangs on it is said. */
export interface IngressSurroundings {
  readonly classes: readonly IngressClassFacts[] | null;
  readonly services: readonly ServiceFacts[] | null;
  /** Secrets of the Ingress' namespace. */
  readonly secretNames: readonly string[] | null;
}

export interface IngressProblem {
  readonly id:
    | 'no-ingress-class'
    | 'ingress-class-missing'
    | 'backend-service-missing'
    | 'backend-port-missing'
    | 'tls-secret-missing';
  /** One clause that names the objects. */
  readonly text: string;
}

/** Classes that GKE's own controller serves without an object (Google Cloud: GKE Ingress). */
const BUILT_IN_CLASSES: readonly string[] = ['gce', 'gce-internal'];

/** Why an Ingress may lead nowhere, as far as its own objects say. */
export function ingressProblems(ingress: IngressFacts, around: IngressSurroundings): IngressProblem[] {
  return [
    ...classProblems(ingress, around.classes),
    ...uniqueTexts(ingress.backends.flatMap((backend) => backendProblems(ingress, backend, around.services))),
    ...ingress.tlsSecrets
      .filter((name) => around.secretNames?.includes(name) === false)
      .map((name): IngressProblem => ({
        id: 'tls-secret-missing',
        text: `the TLS secret ${ingress.namespace}/${name} does not exist`,
      })),
  ];
}

/** Without a class no controller takes it, unless one of the classes is the default. */
function classProblems(
  { className }: IngressFacts,
  classes: readonly IngressClassFacts[] | null,
): IngressProblem[] {
  if (classes === null || BUILT_IN_CLASSES.includes(className)) return [];
  if (className !== '')
    return classes.some(({ name }) => name === className)
      ? []
      : [{ id: 'ingress-class-missing', text: `there is no IngressClass ${className}` }];
  return classes.some(({ isDefault }) => isDefault)
    ? []
    : [{ id: 'no-ingress-class', text: 'it names no IngressClass and none is the default' }];
}

function backendProblems(
  { namespace }: IngressFacts,
  { service: name, port }: IngressBackendFacts,
  services: readonly ServiceFacts[] | null,
): IngressProblem[] {
  if (services === null) return [];
  const service = services.find((one) => one.namespace === namespace && one.name === name);
  if (service === undefined)
    return [
      { id: 'backend-service-missing', text: `the backend Service ${namespace}/${name} does not exist` },
    ];
  // An ExternalName Service needs no ports, controllers dial the number that the Ingress gives.
  const isThere =
    service.type === 'ExternalName' || service.ports.some((own) => own.port === port || own.name === port);
  return isThere
    ? []
    : [
        {
          id: 'backend-port-missing',
          text: `the backend Service ${namespace}/${name} has no port ${String(port)}`,
        },
      ];
}

function uniqueTexts(problems: readonly IngressProblem[]): IngressProblem[] {
  return [...new Map(problems.map((problem) => [problem.text, problem])).values()];
}

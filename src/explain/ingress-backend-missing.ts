import type { FailedRequest } from '../detect/finding.ts';
import { ingressProblems } from '../service/ingress.ts';
import { findPort, viewService } from '../service/port-view.ts';
import { count, listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { ingressWays, isAt, looksLikeController, type IngressWay } from './http-routes.ts';
import { command, firstOf } from './paste.ts';
import { plainData } from './plain.ts';

/** What controllers answer for a backend that they cannot reach: nginx, HAProxy, Traefik and Envoy 503, GCE 502. */
const BACKEND_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** The Ingress leads the request to a Service, port or endpoint that is not there. */
export const ingressBackendMissing: Explainer = {
  id: 'ingress-backend-missing',
  doc: {
    title: 'The Ingress leads to a backend that is not there',
    meaning:
      'An ingress controller takes the request and answers it itself with 502 or 503: the Ingress rule for this host and path names a Service that does not exist, a port that the Service does not have, or a Service without ready endpoints.',
    recognition:
      'The host and path of the failed request, read from the packets, are matched to the rules of the Ingresses as controllers do (the most exact host, then the longest path), and the backend of that rule is followed to its endpoints.',
    caveats:
      'It is certain only where the Ingress’ status names the server’s address and the rule names the host. Inside TLS requests cannot be read. A controller may not have taken up what was changed just now.',
    fix: 'Correct the Service’s name or port in the Ingress rule, create the Service, or bring its pods up.',
  },
  explain(situation: Situation): Explained {
    const failed = situation.findings.filter(({ finding }) => finding.id === 'http-5xx');
    return {
      causes: failed.flatMap((placed) => judge(placed, situation)),
      unknowns: [],
    };
  },
};

function judge(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { ingresses, ingressClasses } = situation.facts.routes ?? {};
  if (ingresses === undefined || ingresses === null) return [];
  const requests = plainData(placed.finding.details.requests ?? []).filter(({ status }) =>
    BACKEND_STATUSES.has(status),
  );
  const broken = requests.flatMap((request) =>
    ingressWays(request, ingresses).flatMap((way) => {
      const problem = problemOf(way, situation);
      return problem === null ? [] : [{ request, way, problem }];
    }),
  );
  const [first] = broken;
  if (first === undefined) return [];
  const same = broken.filter(({ problem }) => problem.text === first.problem.text);
  const { ingress, backend } = first.way;
  const isServed = isAt(placed, ingress.addresses);
  const isLikely = isServed || looksLikeController(placed, situation);
  const classes = ingressProblems(ingress, {
    classes: ingressClasses ?? null,
    services: null,
    secretNames: null,
  });
  return [
    {
      confidence: confidenceOf(first.way, isServed && first.problem.isSure && classes.length === 0, isLikely),
      findingIndexes: [placed.index],
      text: `Ingress ${path(ingress)} leads ${ruleText(first.way)} to ${first.problem.text}`,
      evidence: [
        packets(placed),
        `requests: ${listed(same.map(({ request }) => requestText(request)))}`,
        `Ingress ${path(ingress)}: ${ruleText(first.way)} → Service ${backend.service}, port ${String(backend.port)}`,
        ...first.problem.evidence,
        ...classes.map(({ text }) => `Ingress ${path(ingress)}: ${text}`),
        ...(isServed
          ? [`the status of Ingress ${path(ingress)} names the server`]
          : ['that the server serves this Ingress is not known: its status does not name it']),
      ],
      fix: first.problem.fix,
      next: firstOf(
        command(
          [ingress.name, ingress.namespace],
          `kubectl describe ingress ${ingress.name} -n ${ingress.namespace}`,
        ),
        'kubectl get ingresses -A',
      ),
    },
  ];
}

function confidenceOf({ byHost }: IngressWay, isSure: boolean, isLikely: boolean): CauseConfidence {
  if (isSure && byHost) return 'certain';
  return isLikely || byHost ? 'likely' : 'possible';
}

interface BackendProblem {
  /** Clause that names the object. */
  readonly text: string;
  readonly evidence: readonly string[];
  readonly fix: string;
  readonly isSure: boolean;
}

/** Why nobody is behind a backend; null if somebody is, or that is not known. */
function problemOf({ ingress, backend }: IngressWay, { facts, directory }: Situation): BackendProblem | null {
  const { namespace } = ingress;
  const isRead = facts.services !== null && (facts.partial?.services?.includes(namespace) ?? true);
  const service = facts.services?.find((one) => one.namespace === namespace && one.name === backend.service);
  const edit = firstOf(
    command([ingress.name, namespace], `kubectl edit ingress ${ingress.name} -n ${namespace}`),
    `edit the Ingress ${path(ingress)}`,
  );
  if (service === undefined)
    return isRead
      ? {
          text: `Service ${namespace}/${backend.service}, which does not exist`,
          evidence: [
            `there is no Service ${backend.service} in namespace ${namespace}: ${servicesText(namespace, facts.services ?? [])}`,
          ],
          fix: `create the Service, or name another in the rule:\n${edit}`,
          isSure: true,
        }
      : null;
  const port = service.ports.find(
    ({ port: number, name }) => number === backend.port || name === backend.port,
  );
  if (service.type === 'ExternalName') return null;
  if (port === undefined)
    return {
      text: `Service ${path(service)}, which has no port ${String(backend.port)}`,
      evidence: [
        `Service ${path(service)} has the ports ${listed(service.ports.map((own) => (own.name === '' ? String(own.port) : `${own.port} (${own.name})`)))}`,
      ],
      fix: `name one of its ports in the rule:\n${edit}`,
      isSure: true,
    };
  const view = viewService(facts, directory, service, {
    address: service.clusterIPs[0] ?? '',
    port: (findPort(service, port.port, port.protocol) ?? port).port,
    protocol: port.protocol,
    node: '',
  });
  if (view.state === 'usable' || view.state === 'external-name' || view.state === 'unknown') return null;
  return {
    text: `Service ${path(service)}, which has no ready endpoint`,
    evidence: [
      `Service ${path(service)}: ${count(view.endpoints.length, 'endpoint')}, none of them ready; ${count(view.pods.length, 'pod')} selected`,
      ...view.pods
        .slice(0, 3)
        .map(
          (pod) =>
            `Pod ${path(pod)}: ${pod.phase}, ${pod.ready ? 'ready' : 'not ready'}${pod.containerProblems.length > 0 ? `, ${listed(pod.containerProblems)}` : ''}`,
        ),
    ],
    fix: [
      'bring pods of the Service up:',
      firstOf(
        command(
          [service.name, service.namespace],
          `kubectl describe service ${service.name} -n ${service.namespace}`,
        ),
        `look at Service ${path(service)}`,
      ),
    ].join('\n'),
    isSure: view.sure,
  };
}

function servicesText(
  namespace: string,
  services: readonly { readonly namespace: string; readonly name: string }[],
): string {
  const names = services.filter((one) => one.namespace === namespace).map(({ name }) => name);
  return names.length === 0 ? 'it has no Service' : `it has ${listed(names)}`;
}

function ruleText({ backend }: IngressWay): string {
  return backend.path === '' && backend.host === ''
    ? 'what no rule is for'
    : `${backend.host === '' ? '*' : backend.host}${backend.path === '' ? '/' : backend.path}`;
}

function requestText({ method, host, path: at, status, count: times }: FailedRequest): string {
  return `${method} ${host}${at} → ${status}${times > 1 ? ` ×${times}` : ''}`;
}

import type { PodFacts, ServicePortFacts } from '../cluster/facts.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence, Unknown } from './explanation.ts';
import { count, listed, packets, path, slices } from './evidence.ts';
import { command, firstOf } from './paste.ts';
import type { ServiceView } from '../service/port-view.ts';
import { answeredToo, unservedServices, type UnservedService } from './unserved.ts';

/** The Service sends to a port on which its pods do not listen. */
export const targetPortMismatch: Explainer = {
  id: 'target-port-mismatch',
  doc: {
    title: 'The Service’s targetPort is not the pods’ port',
    meaning:
      'A Service sends to targetPort of its pods. As a number it goes there whether anyone listens or not, and the pod’s kernel answers with a reset. As a name it must be the name of a container port of the same protocol; pods without that name drop out of the Service’s endpoints.',
    recognition:
      'Number: a reset from the Service’s address, no container of the endpoints declares that port, and another port is declared. Name: the connection is rejected by ICMP as without endpoints, and no selected pod declares the name.',
    caveats:
      'Declared container ports are information only: a program may listen on a port that is not declared, and a declared one may have no listener. So a number is never certain from the declarations. A reset can also come from a firewall or a mesh proxy.',
    fix: 'Set targetPort to the port on which the program listens, best by the name of the container port.',
  },
  explain(situation: Situation): Explained {
    const refused = refusedServices(situation);
    return {
      causes: [
        ...unservedServices(situation, ['port-name-missing']).map((one) => missingName(one, situation)),
        ...refused.flatMap((one) => wrongNumber(one, situation)),
      ],
      unknowns: refused.flatMap((one) => notListening(one, situation)),
    };
  },
};

interface Refused {
  readonly placed: PlacedFinding;
  readonly view: ServiceView;
  readonly port: ServicePortFacts;
  /** Port numbers of the endpoints, as the slices have them. */
  readonly numbers: readonly number[];
  readonly pods: readonly PodFacts[];
}

function refusedServices(situation: Situation): Refused[] {
  return situation.findings.flatMap((placed): Refused[] => {
    const view = situation.viewOf(placed);
    if (placed.finding.id !== 'tcp-refused' || view === null || view.state !== 'usable' || view.port === null)
      return [];
    const { name, targetPort } = view.port;
    const numbers = view.usable.flatMap((endpoint) =>
      endpoint.ports.filter((port) => port.name === name).map((port) => port.port),
    );
    const fallback = typeof targetPort === 'number' ? [targetPort] : [];
    const pods = [...new Set(view.usable.flatMap(({ pod }) => (pod === null ? [] : [pod])))];
    return [
      { placed, view, port: view.port, numbers: numbers.length > 0 ? [...new Set(numbers)] : fallback, pods },
    ];
  });
}

/** Whether a container of the pod declares one of the port numbers for the protocol. */
function declares(pod: PodFacts, { numbers, port }: Refused): boolean {
  return pod.containerPorts.some((own) => numbers.includes(own.port) && own.protocol === port.protocol);
}

function wrongNumber(refused: Refused, situation: Situation): DraftCause[] {
  const { placed, view, port, numbers, pods } = refused;
  if (pods.length === 0 || numbers.length === 0 || pods.some((pod) => declares(pod, refused))) return [];
  const { service } = view;
  const declared = [
    ...new Set(
      pods.flatMap((pod) =>
        pod.containerPorts.filter(({ protocol }) => protocol === port.protocol).map((own) => own.port),
      ),
    ),
  ].toSorted((a, b) => a - b);
  const suggestion = declared.length === 1 ? declared[0] : undefined;
  const answered = placed.group?.outcomes.answered ?? 0;
  return [
    {
      confidence: confidenceOf(placed, declared.length, answered),
      findingIndexes: [placed.index],
      text: `Service ${path(service)} sends port ${port.port} to targetPort ${String(port.targetPort)}, which no container of its pods declares${declared.length > 0 ? `; they declare ${declared.join(', ')}` : ''}`,
      evidence: [
        packets(placed),
        ...slices(service, view.endpoints, situation.facts),
        ...pods.slice(0, 3).map(portEvidence),
        ...answeredToo([placed]),
        ...ttlEvidence(placed),
      ],
      fix: fix(view, suggestion),
      next: firstOf(
        command(
          [service.name, service.namespace],
          `kubectl get service ${service.name} -n ${service.namespace} -o jsonpath='{.spec.ports}'`,
        ),
        'kubectl netdebug explain target-port-mismatch',
      ),
    },
  ];
}

function confidenceOf(placed: PlacedFinding, declared: number, answered: number): CauseConfidence {
  return declared > 0 && answered === 0 && !isForeignReset(placed) ? 'likely' : 'possible';
}

/** A reset whose time to live differs from the host's other packets by two hops or more comes from something between. */
function isForeignReset({ finding }: PlacedFinding): boolean {
  const { refusalTtl = 0, hostTtl = 0 } = finding.details;
  return refusalTtl > 0 && hostTtl > 0 && Math.abs(refusalTtl - hostTtl) >= 2;
}

function ttlEvidence(placed: PlacedFinding): string[] {
  const { refusalTtl = 0, hostTtl = 0 } = placed.finding.details;
  return isForeignReset(placed)
    ? [
        `the resets have time to live ${refusalTtl}, other packets of that host ${hostTtl}: something in between may have sent them`,
      ]
    : [];
}

function portEvidence(pod: PodFacts): string {
  const ports = pod.containerPorts.map(
    ({ name, port, protocol }) => `${port}/${protocol}${name === '' ? '' : ` (${name})`}`,
  );
  return `Pod ${path(pod)} declares ${ports.length === 0 ? 'no container port' : listed(ports)}`;
}

function missingName({ view, findings, confidence }: UnservedService, situation: Situation): DraftCause {
  const { service, port, pods } = view;
  const declared = pods.flatMap((pod) => pod.containerPorts);
  const sameName = declared.some(({ name }) => name === port?.targetPort);
  const candidates = [
    ...new Set(declared.filter(({ protocol }) => protocol === port?.protocol).map((own) => own.port)),
  ];
  return {
    confidence,
    findingIndexes: findings.map(({ index }) => index),
    text: `Service ${path(service)} sends port ${port?.port ?? 0} to the container port named ${String(port?.targetPort)}, which ${sameName ? `is declared for another protocol than ${port?.protocol ?? ''}` : `none of its ${count(pods.length, 'pod')} declares`}`,
    evidence: [
      ...findings.map(packets),
      ...slices(service, view.endpoints, situation.facts),
      ...pods.slice(0, 3).map(portEvidence),
      ...answeredToo(findings),
    ],
    fix: fix(view, candidates.length === 1 ? candidates[0] : undefined),
    next: firstOf(
      command(
        [service.name, service.namespace],
        `kubectl get service ${service.name} -n ${service.namespace} -o jsonpath='{.spec.ports}'`,
      ),
      'kubectl netdebug explain target-port-mismatch',
    ),
  };
}

function fix({ service, port }: ServiceView, suggestion: number | undefined): string {
  const words = `set targetPort of port ${port?.port ?? 0} of Service ${path(service)} to the port on which its pods listen`;
  const index = port === null ? -1 : service.ports.indexOf(port);
  if (suggestion === undefined || index < 0) return words;
  const body = JSON.stringify([
    { op: 'test', path: `/spec/ports/${index}/port`, value: port?.port },
    { op: 'replace', path: `/spec/ports/${index}/targetPort`, value: suggestion },
  ]);
  const patch = command(
    [service.name, service.namespace],
    `kubectl patch service ${service.name} -n ${service.namespace} --type=json -p '${body}'`,
  );
  return [`${words}, as it seems ${suggestion}:`, patch].filter((line) => line !== '').join('\n');
}

/** Resets from a port that is declared, or from pods that declare none: whether anyone listens was not looked at. */
function notListening(refused: Refused, situation: Situation): Unknown[] {
  const pod = refused.pods.find((one) => declares(one, refused));
  const silent = situation.directory.isClusterDns(refused.view.service);
  if (pod === undefined || silent) return [];
  const what = `whether a program listens on port ${refused.numbers.join(', ')} of pod ${path(pod)} (and not on 127.0.0.1 only)`;
  return [
    {
      what,
      why: 'the port is declared, but the connection was reset; the pod’s sockets were not read',
      next: firstOf(
        command(
          [pod.name, pod.namespace],
          `kubectl debug ${pod.name} -n ${pod.namespace} -it --image=${situation.image} -- netstat -ltn`,
        ),
        'kubectl netdebug explain tcp-refused',
      ),
    },
  ];
}

import type { PodFacts } from '../cluster/facts.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { count, listed, packets, path, slices } from './evidence.ts';
import { command, firstOf } from './paste.ts';
import { isForeignReset, nobodyEvidence, serverPods, type ServerPod } from './server-pods.ts';
import type { ServiceView } from '../service/port-view.ts';
import { answeredToo, unservedServices, type UnservedService } from './unserved.ts';
import { otherPorts, type OtherPorts } from './wrong-port.ts';

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
      'Declared container ports are information only: a program may listen on a port that is not declared, and a declared one may have no listener. So a number is certain only if the pods were traced as well, or entered by check --enter-servers, for then their sockets are read. A reset can also come from a firewall or a mesh proxy.',
    fix: 'Set targetPort to the port on which the program listens, best by the name of the container port.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: [
        ...unservedServices(situation, ['port-name-missing']).map((one) => missingName(one, situation)),
        ...situation.findings.flatMap((placed) => wrongNumber(placed, situation)),
      ],
      unknowns: [],
    };
  },
};

function wrongNumber(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const view = situation.viewOf(placed);
  const servers = placed.finding.id === 'tcp-refused' ? serverPods(placed, situation) : [];
  const others = otherPorts(placed, servers);
  if (view === null || view.port === null || others === null) return [];
  const { service, port } = view;
  const { declared, open } = others;
  return [
    {
      confidence: confidenceOf(placed, servers, others),
      findingIndexes: [placed.index],
      text: `Service ${path(service)} sends port ${port.port} to targetPort ${String(port.targetPort)}, which no container of its pods declares${declared.length > 0 ? `; they declare ${declared.join(', ')}` : ''}${open.length > 0 ? `; programs there listen on ${open.join(', ')}` : ''}`,
      evidence: [
        packets(placed),
        ...slices(service, view.endpoints, situation.facts),
        ...servers.slice(0, 3).map(({ pod }) => portEvidence(pod)),
        ...servers
          .filter(({ listening }) => listening === 'nobody')
          .slice(0, 3)
          .map(nobodyEvidence),
        ...answeredToo([placed]),
        ...ttlEvidence(placed),
      ],
      fix: fix(view, onlyOne(open) ?? onlyOne(declared)),
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

function onlyOne(ports: readonly number[]): number | undefined {
  return ports.length === 1 ? ports[0] : undefined;
}

/** Declarations are a note for readers; the sockets of the pods decide. */
function confidenceOf(
  placed: PlacedFinding,
  servers: readonly ServerPod[],
  { declared, open }: OtherPorts,
): CauseConfidence {
  const answered = placed.group?.outcomes.answered ?? 0;
  if (answered > 0 || isForeignReset(placed)) return 'possible';
  const isRead = servers.every(({ listening }) => listening === 'nobody');
  if (isRead && open.length > 0 && servers.every(({ pod }) => pod.sidecars.length === 0)) return 'certain';
  return declared.length > 0 || open.length > 0 ? 'likely' : 'possible';
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

import type { Finding } from '../detect/finding.ts';
import type { Cause, CauseId } from '../explain/explanation.ts';
import { isAside } from '../explain/rank.ts';
import type { CheckLayer, LayerId } from './check-report.ts';
import type { Evaluation } from './check.ts';
import { dialText } from './route.ts';

/** What the packets showed while the probes ran. */
export interface PacketVerdict {
  readonly findings: readonly Finding[];
  readonly causes: readonly Cause[];
}

/**
 * The layers with those failing that a likely cause breaks, although what was tried there got through: a server that
 * answers late, or in another protocol, takes every probe. What only costs time is a warning, and so is what has no
 * likely cause. `asked`: "address:port" of what was tried.
 */
export function withPacketFaults(
  layers: readonly CheckLayer[],
  asked: ReadonlySet<string>,
  evaluation: Evaluation,
  { findings, causes }: PacketVerdict,
): CheckLayer[] {
  const isNamed = evaluation.route.name !== '';
  const isFault = ({ severity, id, server }: Finding): boolean =>
    severity !== 'info' && (id.startsWith('dns-') ? isNamed : asked.has(server));
  const likely = causes.filter(({ confidence }) => confidence !== 'possible');
  const broken = likely.reduce<CheckLayer[]>(
    (sum, cause) => {
      const own = cause.findingIndexes.flatMap((index) => findings[index] ?? []).find(isFault);
      return own === undefined ? sum : withFault(sum, cause, own, evaluation.causes);
    },
    [...layers],
  );
  const told = new Set(likely.flatMap(({ findingIndexes }) => findingIndexes));
  return findings.filter((one, index) => isFault(one) && !told.has(index)).reduce(withSymptom, broken);
}

/** What nothing explains does not prove the way broken, and is not kept silent. */
function withSymptom(layers: readonly CheckLayer[], { id, text }: Finding): CheckLayer[] {
  const about = layersOfFinding(id).find((one) => layers.some((layer) => layer.id === one));
  return layers.map((layer) =>
    layer.id === about && layer.status === 'ok'
      ? { ...layer, status: 'warning', seen: `${layer.seen}; yet ${text}` }
      : layer,
  );
}

function withFault(
  layers: readonly CheckLayer[],
  cause: Cause,
  { text }: Finding,
  expected: Evaluation['causes'],
): CheckLayer[] {
  const id = brokenLayer(cause, expected, layers);
  if (layers.some((layer) => layer.id === id && layer.status === 'fails')) return [...layers];
  const status = isAside(cause.id) ? 'warning' : 'fails';
  if (!layers.some((layer) => layer.id === id))
    return [...layers, { id, status, seen: text, fix: '', next: '' }];
  return layers.map((layer) =>
    layer.id === id ? { ...layer, status, seen: `${layer.seen}; yet ${text}` } : layer,
  );
}

const CONFIDENCES: readonly Cause['confidence'][] = ['certain', 'likely', 'possible'];

/**
 * Endpoints were dialled by the probe alone: what explains the Service's own failure, as surely, explains the same
 * failure of theirs.
 */
export function causesOfDialled({ route }: Evaluation, { findings, causes }: PacketVerdict): Cause[] {
  const dialled = new Set(route.dials.map(dialText));
  const isBehind = ({ findingIndexes }: Cause): boolean =>
    findingIndexes.every((index) => {
      const server = findings[index]?.server ?? '';
      return server !== '' && !dialled.has(server) && findings[index]?.id.startsWith('dns-') === false;
    });
  const own = causes.filter((cause) => !isBehind(cause));
  const isTold = (cause: Cause): boolean =>
    own.some(
      ({ id, confidence, findings: told }) =>
        id === cause.id ||
        (confidence !== 'possible' &&
          CONFIDENCES.indexOf(confidence) <= CONFIDENCES.indexOf(cause.confidence) &&
          cause.findings.every((finding) => told.includes(finding))),
    );
  return causes.filter((cause) => !isBehind(cause) || !isTold(cause));
}

/** The layer that a cause breaks: the first that fails of those that it is about, else that of its gravest finding. */
export function brokenLayer(
  { id, findings }: Cause,
  causes: readonly { readonly id: CauseId; readonly layer: LayerId }[],
  layers: readonly CheckLayer[],
): LayerId {
  const expected = causes.find((cause) => cause.id === id)?.layer;
  const [gravest = []] = findings.map((finding) => layersOfFinding(finding, id));
  const about = [
    ...(expected === undefined ? [] : [expected]),
    ...findings.flatMap((finding) => layersOfFinding(finding, id)),
  ];
  return (
    layers.find((layer) => layer.status === 'fails' && about.includes(layer.id))?.id ??
    expected ??
    gravest.find((one) => layers.some((layer) => layer.id === one)) ??
    gravest.at(-1) ??
    (id.includes('policy') ? 'policy' : 'connect')
  );
}

/** What is seen of a connection that is open: it is about what is said there, as far as that was tried. */
const OF_OPEN: ReadonlySet<string> = new Set([
  'tcp-dead-peer',
  'tcp-reset-after-idle',
  'tcp-reset-midstream',
  'tcp-stalled',
  'tcp-window-limited',
  'tcp-zero-window',
]);

/** The layers that a finding may be about, the likelier first. */
function layersOfFinding(id: string, cause?: CauseId): LayerId[] {
  if (id === 'wrong-protocol') return [cause === 'tls-to-plaintext' ? 'tls' : 'http'];
  if (id.startsWith('dns-')) return ['dns'];
  if (id.startsWith('tls-')) return ['tls'];
  if (id.startsWith('http') || id.startsWith('grpc')) return ['http'];
  // What gets lost may be the answer to the first request already.
  if (id.startsWith('path-mtu')) return ['mtu', 'http', 'tls'];
  if (OF_OPEN.has(id)) return ['http', 'tls', 'connect'];
  // A node rejects what it has no endpoint for.
  if (id === 'tcp-rejected-by-icmp') return ['connect', 'endpoints'];
  return [id === 'udp-no-answer' ? 'udp' : 'connect'];
}

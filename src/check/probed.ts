import type { Cause } from '../explain/explanation.ts';
import { isAside } from '../explain/rank.ts';
import type { CheckCause, CheckLayer, LayerId, LayerStatus, ProbeResult } from './check-report.ts';
import type { Evaluation } from './check.ts';
import { brokenLayer, causesOfDialled, type PacketVerdict, withPacketFaults } from './packet-layers.ts';
import { UNENFORCED } from './policy-layer.ts';
import { dialText } from './route.ts';

/** What the probes say beside the objects: layers and causes of both together. */
export interface Probed {
  readonly layers: readonly CheckLayer[];
  readonly causes: readonly CheckCause[];
}

/** Layers that only probes show, in the order in which they build on each other. */
const BY_PROBE: readonly LayerId[] = ['connect', 'udp', 'tls', 'http', 'mtu'];
const OTHERS_NOTE =
  'another address of the name answers, to which clients go on at once (RFC 8305) or after a while';
const SIDECAR_NOTE = 'a mesh sidecar answers connections in this pod, so that this proves its side only';

/**
 * Holds what the objects let expect against what was tried. Where a probe got through a layer that should fail, that is
 * said and its causes are dropped; causes that packets show come before those that are only expected.
 */
export function withProbes(
  evaluation: Evaluation,
  probes: readonly ProbeResult[],
  packets: PacketVerdict,
): Probed {
  const { pod } = evaluation.route.client;
  const isMeshed = (pod?.sidecars.length ?? 0) > 0;
  const tried = [
    ...evaluation.layers.map((layer) => contradicted(layer, evaluation, probes, isMeshed)),
    ...BY_PROBE.flatMap((id) => probeLayer(id, evaluation, probes, isMeshed)),
  ];
  const causes = causesOfDialled(evaluation, packets);
  const asked = new Set(probes.map(({ server }) => server));
  const layers = withPacketFaults(tried, asked, evaluation, { ...packets, causes });
  return { layers, causes: joined(evaluation, layers, causes) };
}

function contradicted(
  layer: CheckLayer,
  { ways, route, causes }: Evaluation,
  probes: readonly ProbeResult[],
  isMeshed: boolean,
): CheckLayer {
  const connects = probes.filter(
    ({ layer: of, status }) => (of === 'connect' || of === 'udp') && status !== 'skipped',
  );
  const reached = new Set(connects.flatMap(({ status, server }) => (status === 'ok' ? [server] : [])));
  const isDialled = route.dials.length > 0 && route.dials.every((dial) => reached.has(dialText(dial)));
  switch (layer.id) {
    case 'dns':
      return dnsLayer(layer, probes);
    case 'policy': {
      const denied = ways.filter(({ verdict }) => verdict.decision === 'deny');
      const passed = denied.filter((way) => reached.has(dialText(way)));
      if (passed.length === 0 || isMeshed) return layer;
      return {
        ...layer,
        status: passed.length === denied.length ? 'warning' : layer.status,
        seen: `${layer.seen.replace(UNENFORCED, '')}; yet ${passed.length} of ${denied.length} denied ${denied.length === 1 ? 'connection' : 'connections'} got through: it is not enforced`,
      };
    }
    case 'service':
    case 'endpoints':
      // A warning without a cause is about what will be, which a connection now does not refute.
      if (!isDialled || isMeshed || layer.status === 'ok' || isOnlyNoted(layer, causes)) return layer;
      return layer.status === 'fails'
        ? { ...layer, status: 'warning', seen: `${layer.seen}; yet it takes connections now` }
        : { ...layer, status: 'ok', seen: `${layer.seen}; it takes connections` };
    case 'backend':
      // A request that was answered well has found its backend, whatever the objects say.
      return layer.status === 'fails' &&
        probes.some(({ layer: of, status }) => of === 'http' && status === 'ok')
        ? { ...layer, status: 'warning', seen: `${layer.seen}; yet the request is answered now` }
        : layer;
    default:
      return layer;
  }
}

function isOnlyNoted({ id, status }: CheckLayer, causes: readonly CheckCause[]): boolean {
  return status === 'warning' && !causes.some(({ layer }) => layer === id);
}

function dnsLayer(layer: CheckLayer, probes: readonly ProbeResult[]): CheckLayer {
  const own = probes.filter(({ layer: of, status }) => of === 'dns' && status !== 'skipped');
  const asked = own.find(({ status }) => status === 'failed') ?? own[0];
  if (asked === undefined) return layer;
  if (asked.status === 'failed')
    return layer.status === 'fails'
      ? layer
      : { ...layer, status: 'fails', seen: `${asked.what}: ${asked.seen}` };
  if (layer.status === 'ok' || layer.status === 'unknown')
    return {
      ...layer,
      status: 'ok',
      seen: `${asked.what.replace(/^DNS /, '')} is ${asked.seen}, looked up in the pod`,
    };
  return { ...layer, status: 'warning', seen: `${layer.seen}; yet the look-up was answered: ${asked.seen}` };
}

function probeLayer(
  id: LayerId,
  evaluation: Evaluation,
  probes: readonly ProbeResult[],
  isMeshed: boolean,
): CheckLayer[] {
  const own = probes.filter(({ layer, status }) => layer === id && status !== 'skipped');
  const [skipped] = probes.filter(({ layer, status }) => layer === id && status === 'skipped');
  if (own.length === 0)
    return skipped === undefined
      ? []
      : [{ id, status: 'unknown', seen: `not tried: ${skipped.seen}`, fix: '', next: '' }];
  const failed = own.filter(({ status }) => status === 'failed');
  const isUnproven = isMeshed && (id === 'connect' || id === 'mtu') && !probes.some(isAnswered);
  const isPartial = id === 'connect' && hasOtherAddress(own, failed, evaluation);
  const status: LayerStatus =
    failed.length > 0 ? (isPartial ? 'warning' : 'fails') : isUnproven ? 'unknown' : 'ok';
  const seen = failed.length > 0 ? failureText(own, failed, evaluation) : successText(own);
  const note = isUnproven ? `; ${SIDECAR_NOTE}` : isPartial ? `; ${OTHERS_NOTE}` : '';
  return [{ id, status, seen: `${seen}${note}`, fix: '', next: '' }];
}

/** A proxy makes up errors and redirects by itself, no success. */
function isAnswered({ layer, status, seen }: ProbeResult): boolean {
  return layer === 'http' && status === 'ok' && /^HTTP\/\S+ 2\d\d\b/.test(seen);
}

/** Whether what fails are some of the addresses that a name has, and another of them takes connections. */
function hasOtherAddress(
  own: readonly ProbeResult[],
  failed: readonly ProbeResult[],
  { route }: Evaluation,
): boolean {
  const dialled = new Set(route.dials.map(dialText));
  return (
    failed.length > 0 &&
    route.server.name !== null &&
    failed.every(({ server }) => dialled.has(server)) &&
    own.some(({ status, server }) => status === 'ok' && dialled.has(server))
  );
}

function successText(own: readonly ProbeResult[]): string {
  const [first] = own;
  return own.length === 1 && first !== undefined
    ? `${first.what}: ${first.seen}`
    : `${own.length} of ${own.length} got through, first ${first?.what ?? ''}`;
}

function failureText(
  own: readonly ProbeResult[],
  failed: readonly ProbeResult[],
  { route }: Evaluation,
): string {
  const [first] = failed;
  const text = `${first?.what ?? ''}: ${first?.seen ?? ''}`;
  if (own.length === 1) return text;
  const dialled = new Set(route.dials.map(dialText));
  const behind = own.filter(({ server }) => !dialled.has(server));
  // What is asked in large and in small requests is not the same.
  const isServiceOnly =
    first?.layer !== 'mtu' &&
    behind.length > 0 &&
    behind.every(({ status }) => status === 'ok') &&
    // It answered once, and not after a silence.
    !own.some(({ status, server }) => status === 'ok' && server === first?.server);
  const only = isServiceOnly
    ? '; the endpoints themselves answer, so it is the Service’s address that fails'
    : '';
  return `${failed.length} of ${own.length} fail: ${text}${only}`;
}

function joined(
  evaluation: Evaluation,
  layers: readonly CheckLayer[],
  packetCauses: readonly Cause[],
): CheckCause[] {
  const failing = layers.filter(({ status }) => status === 'fails').map(({ id }) => id);
  const shown = packetCauses.map((cause): CheckCause => {
    const { id, confidence, text, evidence, fix, next } = cause;
    return {
      id,
      layer: brokenLayer(cause, evaluation.causes, layers),
      confidence,
      text,
      evidence,
      fix,
      next,
    };
  });
  const known = new Set(shown.map(({ id }) => id));
  const expected = evaluation.causes.filter(({ id, layer }) => !known.has(id) && failing.includes(layer));
  const rank = ({ id, layer, confidence }: CheckCause): number => {
    const place = layers.findIndex((one) => one.id === layer);
    return (isAside(id) ? 200 : confidence === 'possible' ? 100 : 0) + (place < 0 ? layers.length : place);
  };
  return [...shown, ...expected].toSorted((a, b) => rank(a) - rank(b));
}

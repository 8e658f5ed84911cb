import { packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { besides, capital, farSideOf, podStates, type FarSide } from './far-side.ts';
import { command, firstOf } from './paste.ts';
import { soundPath } from './sound-path.ts';

/** The server takes the time, or does not read what it is sent. */
export const serverSlow: Explainer = {
  id: 'server-slow',
  doc: {
    title: 'The server is slow, not the network',
    meaning:
      'Requests arrive at once and are acknowledged at once, and the answer takes long; or the server does not take out of its socket what clients send. The time is that of the program, or of what it waits for itself: a database, another service, a lock, its CPU limit.',
    recognition:
      'Slow HTTP responses, or a closed receive window of the server, in conversations whose handshakes are quick and whose segments are never sent again.',
    caveats:
      'The server that is seen may be a proxy or an ingress that waits for somebody else: trace its pod as well. Requests that wait for news on purpose (long polling) look the same. Packets do not tell why a program is slow.',
    fix: 'Look into the program: its CPU limit and throttling, its own calls, the size of its worker and connection pools.',
  },
  explain(situation: Situation): Explained {
    return { causes: situation.findings.flatMap((placed) => explainOne(placed, situation)), unknowns: [] };
  },
};

function explainOne(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { id, details, severity } = placed.finding;
  const isSlow = id === 'http-slow' || id === 'tcp-zero-window';
  const sound = soundPath(placed);
  if (!isSlow || details.by !== 'server' || severity === 'info' || sound === '') return [];
  const far = farSideOf(placed, situation);
  const notes = besides(
    placed,
    situation,
    ({ finding }) => finding.id === 'latency-split' && finding.details.by === 'server',
  );
  const took = `${Number(((details.longestMs ?? 0) / 1000).toFixed(1))} s`;
  return [
    {
      confidence: 'likely',
      findingIndexes: [placed, ...notes].map(({ index }) => index),
      text:
        id === 'http-slow'
          ? `${capital(far.name)} takes up to ${took} to answer${among(far)}; the time is the server’s`
          : `${capital(far.name)} does not read what it is sent, for up to ${took}${among(far)}`,
      evidence: [packets(placed), sound, ...podStates(far)],
      fix: 'find out what the program waits for or is short of: CPU (its limit throttles it), memory, workers, a database or service that it calls itself',
      next: topOf(far),
    },
  ];
}

/** " (pod shop/web-1)": whose program it is, where that is one. */
function among({ pods, service }: FarSide): string {
  const [pod] = pods;
  if (pod === undefined || service === null) return '';
  return pods.length === 1
    ? ` (its only endpoint is pod ${path(pod)})`
    : ` (one of its ${pods.length} endpoints)`;
}

function topOf({ pods, service }: FarSide): string {
  const [pod] = pods;
  return firstOf(
    pod === undefined || pods.length > 1
      ? ''
      : command([pod.name, pod.namespace], `kubectl top pod ${pod.name} -n ${pod.namespace} --containers`),
    service === null
      ? ''
      : command(
          [service.name, service.namespace],
          `kubectl netdebug trace svc/${service.name} -n ${service.namespace}`,
        ),
    'kubectl netdebug explain http-slow',
  );
}

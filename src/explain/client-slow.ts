import { packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { askerOf, besides, capital, farSideOf } from './far-side.ts';
import { command, firstOf } from './paste.ts';
import { soundPath } from './sound-path.ts';

/** Losses do not close a window; many of them would be a story of their own. */
const FEW_LOST = 0.02;

/** The client does not read what the server sends. */
export const clientSlow: Explainer = {
  id: 'client-slow',
  doc: {
    title: 'The client is slow, not the network',
    meaning:
      'The client does not take out of its socket what the server sends: its receive window fills and closes, and the server has to wait. The transfer is as slow as the client’s program reads.',
    recognition:
      'The client advertises a receive window of 0 for a second or more, in conversations whose handshakes are quick and whose segments are hardly ever sent again.',
    caveats:
      'A program may stop reading on purpose, to slow its sender down (a paused stream, a full queue behind it). Packets do not tell why it does not read.',
    fix: 'Look into the client: its CPU limit, what it does with the data before it reads on, the disk or service to which it passes it.',
  },
  explain(situation: Situation): Explained {
    return { causes: situation.findings.flatMap((placed) => explainOne(placed, situation)), unknowns: [] };
  },
};

function explainOne(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { id, details } = placed.finding;
  const sound = soundPath(placed, FEW_LOST);
  if (id !== 'tcp-zero-window' || details.by !== 'client' || sound === '') return [];
  const { client } = placed;
  const limited = besides(
    placed,
    situation,
    ({ finding }) => finding.id === 'tcp-window-limited' && finding.details.by === 'server',
  );
  return [
    {
      confidence: 'likely',
      findingIndexes: [placed, ...limited].map(({ index }) => index),
      text: `${capital(askerOf(placed))} does not read what ${farSideOf(placed, situation).name} sends, for up to ${Number(((details.longestMs ?? 0) / 1000).toFixed(1))} s`,
      evidence: [
        packets(placed),
        sound,
        ...(client === null || client.restarts === 0
          ? []
          : [`Pod ${path(client)}: ${client.restarts} restarts`]),
      ],
      fix: 'find out what keeps the client’s program from reading: CPU (its limit throttles it), memory, a disk, a lock, or whoever it passes the data on to',
      next: firstOf(
        client === null
          ? ''
          : command(
              [client.name, client.namespace],
              `kubectl top pod ${client.name} -n ${client.namespace} --containers`,
            ),
        'kubectl netdebug explain tcp-zero-window',
      ),
    },
  ];
}

import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding } from './explainer.ts';

/** Words of a capture that could not start because of what its debug image is, or may do. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/tcpdump.{0,40}not found|no tcpdump|executable file not found/i, 'has no tcpdump'],
  [
    /permission to (?:capture|perform)|Operation not permitted|NET_RAW/i,
    'runs without the capability NET_RAW',
  ],
  [/Couldn't change to|couldn't change (?:ownership|root)/i, 'has a tcpdump that may not change its user'],
];

/** The capture itself failed: the debug container cannot do it. */
export const imageCannotCapture: Explainer = {
  id: 'image-cannot-capture',
  doc: {
    title: 'The debug image cannot capture',
    meaning:
      'A capture runs tcpdump in the debug container: as user 0, with the capability NET_RAW, and with SETUID and SETGID for a tcpdump that drops its rights. An image without tcpdump, or one that runs as another user, or a runtime that does not grant NET_RAW (CRI-O by default), captures nothing.',
    recognition:
      'A place of the capture failed with words of tcpdump or of the kernel about a missing program, missing rights or a user that cannot be changed. Where no place could be captured, trace says so at once and ends; where only some failed, this is the cause of capture-incomplete there.',
    caveats: 'It says nothing about the network: what the packets of the other places show stands.',
    fix: 'Name an image with sh and tcpdump that runs as root: --image REGISTRY/netshoot:TAG, NETDEBUG_IMAGE or the config file. Where NET_RAW is refused: --profile node, or a namespace that admits it. kubectl netdebug doctor tells which of them it is.',
  },
  explain({ findings }): Explained {
    return { causes: findings.flatMap(cause), unknowns: [] };
  },
};

function cause(placed: PlacedFinding): DraftCause[] {
  const { id, text } = placed.finding;
  const [, what] =
    (id === 'capture-incomplete' &&
      text.startsWith('nothing was captured here') &&
      WORDS.find(([words]) => words.test(text))) ||
    [];
  if (what === undefined) return [];
  return [
    {
      confidence: 'certain',
      findingIndexes: [placed.index],
      text: `The debug container ${what}, so nothing was captured at this place`,
      evidence: [packets(placed)],
      fix: 'name an image with sh and tcpdump that runs as root (--image REGISTRY/netshoot:TAG); where NET_RAW is refused, capture from the node: --profile node',
      next: 'kubectl netdebug doctor',
    },
  ];
}

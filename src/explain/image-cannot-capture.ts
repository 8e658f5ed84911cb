import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding } from './explainer.ts';

/** Why a capture cannot start, and what to do about it. */
interface Inability {
  readonly words: RegExp;
  readonly what: string;
  readonly fix: string;
}

/** By the words of tcpdump, the shell and the runtime. */
const INABILITIES: readonly Inability[] = [
  {
    words: /tcpdump.{0,40}not found|no tcpdump|executable file not found/i,
    what: 'has no tcpdump',
    fix: 'name an image with sh and tcpdump that runs as root: --image REGISTRY/netshoot:TAG, NETDEBUG_IMAGE, or the config file',
  },
  {
    words: /permission to (?:capture|perform)|Operation not permitted/i,
    what: 'runs without the capability NET_RAW',
    fix: 'capture from the node (--profile node), or in a namespace that admits NET_RAW',
  },
  {
    words: /Couldn't change to|couldn't change (?:ownership|root)/i,
    what: 'has a tcpdump that may not change its user',
    fix: 'name an image whose tcpdump stays root: --image REGISTRY/netshoot:TAG; or capture from the node: --profile node',
  },
];

/** The capture itself failed: the debug container cannot do it. */
export const imageCannotCapture: Explainer = {
  id: 'image-cannot-capture',
  doc: {
    title: 'The debug image cannot capture',
    meaning:
      'A capture runs tcpdump in the debug container: as user 0, with the capability NET_RAW, and with SETUID and SETGID for a tcpdump that drops its rights. An image without tcpdump, or one that runs as another user, or a runtime that does not grant NET_RAW (CRI-O by default), captures nothing.',
    recognition:
      'A place of the capture failed with words of tcpdump or of the kernel about a missing program, missing rights or a user that cannot be changed.',
    caveats: 'It says nothing about the network: what the packets of the other places show stands.',
    fix: 'Name an image with sh and tcpdump that runs as root: --image REGISTRY/netshoot:TAG, NETDEBUG_IMAGE or the config file. Where NET_RAW is refused: --profile node, or a namespace that admits it. kubectl netdebug doctor tells which of them it is.',
  },
  explain({ findings }): Explained {
    return { causes: findings.flatMap(cause), unknowns: [] };
  },
};

/** What keeps the debug container from capturing, as the words of a place say that failed; undefined: something else. */
export function inabilityIn(text: string): Inability | undefined {
  return INABILITIES.find(({ words }) => words.test(text));
}

function cause(placed: PlacedFinding): DraftCause[] {
  const { id, text } = placed.finding;
  const isPlace = id === 'capture-incomplete' && text.startsWith('nothing was captured here');
  const found = isPlace ? inabilityIn(text) : undefined;
  if (found === undefined) return [];
  return [
    {
      confidence: 'certain',
      findingIndexes: [placed.index],
      text: `The debug container ${found.what}, so nothing was captured at this place`,
      evidence: [packets(placed)],
      fix: found.fix,
      next: 'kubectl netdebug doctor',
    },
  ];
}

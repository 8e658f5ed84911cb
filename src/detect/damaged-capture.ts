import type { Observations } from '../conversations/observations.ts';
import type { Detector } from './detector.ts';
import { finding, plural } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Link types that are met in captures from elsewhere (tcpdump.org/linktypes.html). */
const LINK_TYPES: ReadonlyMap<number, string> = new Map([
  [105, 'IEEE 802.11, wireless'],
  [119, 'IEEE 802.11 with Prism header, wireless'],
  [127, 'IEEE 802.11 with radiotap header, wireless'],
  [163, 'IEEE 802.11 with AVS header, wireless'],
  [187, 'Bluetooth'],
  [189, 'USB'],
  [192, 'per-packet information, mostly wireless'],
  [195, 'IEEE 802.15.4'],
  [201, 'Bluetooth'],
  [220, 'USB'],
  [249, 'USB'],
]);

/** "105 (IEEE 802.11, wireless)", the number alone where it has no name here. */
function linkTypeText(linkType: number): string {
  const name = LINK_TYPES.get(linkType);
  return name === undefined ? String(linkType) : `${linkType} (${name})`;
}

/*
 * Seen: the file breaks the rules of its format, has a link type that is not dissected, or packets whose
 * headers contradict themselves although nothing was cut by the snap length.
 * Means: what was readable is analysed; the place is named.
 */
function detect(observations: Observations): Finding[] {
  const whole = { count: 1, firstNs: observations.firstNs, lastNs: observations.lastNs, frames: [] };
  const common = { confidence: 'high', client: '', server: '', protocol: '' } as const;
  const damage = observations.damage.slice(0, 8).map(({ offsetBytes, text }) =>
    finding(observations, 'damaged-capture', whole, {
      ...common,
      severity: 'warning',
      text: `at byte ${offsetBytes}: ${text}; ${plural(observations.packets, 'packet')} could be read`,
      details: { offsetBytes },
    }),
  );
  const links = [...observations.unsupportedLinkTypes].map(([linkType, packets]) =>
    finding(
      observations,
      'damaged-capture',
      { ...whole, count: packets },
      {
        ...common,
        severity: 'warning',
        text: `${plural(packets, 'packet')} of link type ${linkTypeText(linkType)}, which is not supported, could not be analysed`,
        details: {},
      },
    ),
  );
  const { malformed } = observations;
  const headers =
    malformed.count === 0
      ? []
      : [
          finding(observations, 'damaged-capture', malformed, {
            ...common,
            severity: 'info',
            text: `${plural(malformed.count, 'packet')} with headers that are cut off or contradict themselves`,
            details: {},
          }),
        ];
  return [...damage, ...links, ...headers, ...contradictions(observations)];
}

function contradictions(observations: Observations): Finding[] {
  const { fragmentsContradicting: contradicting } = observations;
  if (contradicting.count === 0) return [];
  return [
    finding(observations, 'damaged-capture', contradicting, {
      severity: 'info',
      confidence: 'high',
      client: '',
      server: '',
      protocol: '',
      text: `${plural(contradicting.count, 'fragment')} that overlap${contradicting.count === 1 ? 's' : ''} others or contradict${contradicting.count === 1 ? 's' : ''} them; hosts drop such packets`,
      details: {},
    }),
  ];
}

/** K5: the capture cannot be read as a whole. */
export const damagedCapture: Detector = {
  id: 'damaged-capture',
  severity: 'warning',
  doc: {
    title: 'The capture is damaged or not wholly readable',
    seen: 'A record claims a length that cannot be, the file ends in the middle of one, the link type is not supported, or headers contradict themselves.',
    meaning: 'What could be read was analysed; what stands behind the damage is unknown.',
    causes: [
      'a copy that was cut short or made as text',
      'a program that was killed while it wrote',
      'a link type that is not dissected',
    ],
    misleads: ['It says nothing about the network.'],
    next: ['copy the file again and compare checksums', 'capinfos FILE'],
  },
  detect,
};

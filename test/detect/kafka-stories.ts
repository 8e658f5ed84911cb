import { ascii, join, u16, u32 } from '../packets/octets.ts';
import type { WrittenFrame } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import type { Turn } from '../packets/talk.ts';
import { story, way } from './story-builder.ts';
import type { Story } from './story-builder.ts';

/** A heartbeat of a consumer, and its answer. */
function heartbeat(correlationId: number, code: number): Turn[] {
  return [
    { by: 'client', says: join(u32(14), u16(12, 0), u32(correlationId), u16(4), ascii('shop')) },
    { by: 'server', says: join(u32(6, correlationId), u16(code)) },
  ];
}

const heartbeats = (...codes: number[]): WrittenFrame[] =>
  talk(
    way,
    codes.flatMap((code, i) => heartbeat(i, code)),
  );

/** What the detector of application errors says of Kafka, and does not say. */
export const kafkaStories: readonly Story[] = [
  story('application-error', 'Kafka, a group that may not be used', heartbeats(0, 30, 30), {
    severity: 'warning',
    count: 2,
    frames: [7, 9],
    text: 'the Kafka server answered with 2 errors: 30 group authorization failed ×2',
  }),
  story('application-error', 'Kafka, a group that gets a new member', heartbeats(0, 27), {
    severity: 'info',
    text: 'the Kafka server answered with 1 error: 27 rebalance in progress',
  }),
  story('application-error', 'Kafka, an unknown code', heartbeats(999), { severity: 'info', text: '…: 999' }),
  story('application-error', 'Kafka without errors', heartbeats(0, 0)),
];

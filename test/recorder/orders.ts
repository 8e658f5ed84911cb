import type { FoundRecorder, RecorderOrder } from '../../src/recorder/recorder.ts';
import type { PlacedRecorder } from '../../src/recorder/look.ts';
import { container } from '../capture/fake-container.ts';

/** An order as `capture start` writes it. */
export const order: RecorderOrder = {
  name: 'recorder',
  asked: 'pod/client',
  interfaceName: 'eth0',
  filter: ['tcp'],
  snapLengthBytes: 2048,
  ringBytes: 16_000_000,
  startedAt: '2026-11-21T10:00:00.000Z',
  ttlSeconds: 3600,
  until: null,
  beforeSeconds: 30,
  afterSeconds: 30,
};

/** A recorder that was found running, with nothing in its ring. */
export function placed(over: Partial<FoundRecorder> = {}): PlacedRecorder {
  return {
    order,
    ended: null,
    endedSeconds: null,
    triggeredSeconds: null,
    files: [],
    counters: { captured: null, receivedByFilter: null, droppedByKernel: null, droppedByInterface: null },
    message: '',
    container,
    keptUntil: '',
    ...over,
  };
}

/** One pcap record of so many bytes at a time. */
export function recordAt(seconds: number, lengthBytes = 60): Buffer {
  const bytes = Buffer.alloc(16 + lengthBytes, 7);
  bytes.writeUInt32LE(Math.floor(seconds), 0);
  bytes.writeUInt32LE(Math.round((seconds % 1) * 1e6), 4);
  bytes.writeUInt32LE(lengthBytes, 8);
  bytes.writeUInt32LE(lengthBytes, 12);
  return bytes;
}

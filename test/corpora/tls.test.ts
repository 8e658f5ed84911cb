import { describe, expect, test } from 'vitest';
import type { ApplicationEvent } from '../../src/applications/events.ts';
import { observeCapture } from '../conversations/observe.ts';
import { captureBytes, capturePaths, CORPORA_HINT, hasCorpora, tlsTruthOf } from './truth.ts';
import type { TlsTruth } from './truth.ts';

const speaking = capturePaths().flatMap((path) => {
  const connections = tlsTruthOf(path).filter(({ client_hello: hellos }) => hellos > 0);
  return connections.length === 0 ? [] : [{ path, connections }];
});

function eventsOf(path: string): ApplicationEvent[] {
  return observeCapture(captureBytes(path)).groups.flatMap(({ events }) => [...events.all.values()]);
}

const ofTcp = ({ conn }: TlsTruth): boolean => conn.startsWith('tcp:');
const answered = ({ server_hello: answers }: TlsTruth): boolean => answers > 0;

describe.runIf(hasCorpora)(`what tshark reads of TLS and QUIC ${CORPORA_HINT}`, () => {
  test('is there', () => expect(speaking.length).toBeGreaterThan(5));

  test.each(speaking)('$path: handshakes and the names asked for', ({ path, connections }) => {
    const events = eventsOf(path);
    const handshakes = events.filter(({ kind }) => kind === 'tls-handshake');
    const expected = connections.filter((connection) => ofTcp(connection) && answered(connection));
    expect(handshakes.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length);
    expect(new Set(handshakes.map(({ fields }) => fields['sni']))).toEqual(
      new Set(expected.map(({ sni }) => sni ?? '')),
    );
  });

  test.each(speaking)('$path: names in encrypted QUIC packets', ({ path, connections }) => {
    const names = eventsOf(path)
      .filter(({ kind }) => kind.startsWith('quic-'))
      .map(({ fields }) => fields['sni']);
    expect(names).toEqual(
      connections.filter(({ conn }) => conn.startsWith('quic:')).map(({ sni }) => sni ?? ''),
    );
  });

  test.each(speaking)('$path: fatal alerts', ({ path, connections }) => {
    const alerts = eventsOf(path)
      .filter(({ kind }) => kind === 'tls-alert')
      .flatMap(({ count, fields }) =>
        Array.from({ length: count }, () => `${fields['from']} ${fields['code']}`),
      );
    const expected = connections
      .flatMap((connection) => connection.alerts)
      .filter(({ level }) => level === 2)
      .map(({ from, desc }) => `${from === 'orig' ? 'client' : 'server'} ${desc}`);
    expect(alerts.toSorted()).toEqual(expected.toSorted());
  });
});

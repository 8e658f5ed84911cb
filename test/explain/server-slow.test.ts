import { describe, expect, test } from 'vitest';
import type { ConversationGroup } from '../../src/conversations/conversation.ts';
import type { Finding } from '../../src/detect/finding.ts';
import { explain } from '../../src/explain/index.ts';
import { causeOf, facts, finding, group, ranked } from './builders.ts';
import { WEB, webFacts } from './web.ts';

const slow = (part: Partial<Finding> = {}): Finding =>
  finding('http-slow', WEB, {
    severity: 'warning',
    details: { attempts: 4, longestMs: 2900, by: 'server' },
    ...part,
  });
const segments = (retransmissions: number): ConversationGroup['segments'] => {
  const side = { data: 20, retransmissions, spurious: 0, outOfOrder: 0 };
  return { fromClient: side, fromServer: { ...side, retransmissions: 0 } };
};
const sound = group(WEB, { answered: 4 }, { handshakeMs: 0.4, segments: segments(0) });

describe('server-slow', () => {
  test('slow answers in conversations whose network is sound, with the note on whose time it was', () => {
    const note = finding('latency-split', WEB, { severity: 'info', details: { by: 'server' } });
    const cause = causeOf('server-slow', [slow(), note], [sound], webFacts({ restarts: 3 }));
    expect(cause).toMatchObject({
      confidence: 'likely',
      findingIndexes: [0, 1],
      text: 'Port 443 of Service shop/web takes up to 2.9 s to answer (its only endpoint is pod shop/web-1); the time is the server’s',
      next: 'kubectl top pod web-1 -n shop --containers',
    });
    expect(cause.evidence).toContain(
      'the network is sound there: 4 of 4 handshakes were answered in 0.4 ms, 0 of 40 data segments were lost',
    );
    expect(cause.evidence).toContain('Pod shop/web-1 on node2: Running, ready, 3 restarts');
  });

  test('a server that does not read', () => {
    const closed = finding('tcp-zero-window', WEB, { details: { by: 'server', longestMs: 6000 } });
    expect(causeOf('server-slow', [closed], [sound], webFacts()).text).toContain(
      'does not read what it is sent, for up to 6 s',
    );
  });

  test('losses, failed handshakes and conversations that were not seen keep it from being said', () => {
    const lossy = group(WEB, { answered: 4 }, { segments: segments(1) });
    const silent = group(WEB, { answered: 3, silent: 1 }, { segments: segments(0) });
    for (const groups of [[lossy], [silent], []])
      expect(ranked(explain([slow()], groups, webFacts()))).toEqual([]);
  });

  test('one slow request of many, a slow way and a slow client are other stories', () => {
    const client = finding('tcp-zero-window', WEB, { details: { by: 'client', longestMs: 6000 } });
    for (const one of [
      slow({ severity: 'info' }),
      slow({ details: { attempts: 4, longestMs: 2900, roundTripMs: 400 } }),
      client,
    ])
      expect(ranked(explain([one], [sound], webFacts()))).not.toContainEqual(
        expect.stringContaining('server-slow'),
      );
  });

  test('a server outside the cluster is named by its address', () => {
    const cause = causeOf('server-slow', [slow()], [sound], facts());
    expect(cause.text).toContain('10.96.3.9:443 takes up to 2.9 s');
    expect(cause.next).toBe('kubectl netdebug explain http-slow');
  });
});

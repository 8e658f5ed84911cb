import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import { causeOf, finding, group, ranked } from './builders.ts';
import { WEB, webFacts } from './web.ts';

const closed = finding('tcp-zero-window', WEB, { details: { attempts: 2, by: 'client', longestMs: 4000 } });
const sound = group(WEB, { answered: 2 }, { handshakeMs: 0.4 });

describe('client-slow', () => {
  test('a closed window of the client, with the note that the window was the limit', () => {
    const limited = finding('tcp-window-limited', WEB, { severity: 'info', details: { by: 'server' } });
    expect(causeOf('client-slow', [closed, limited], [sound], webFacts())).toMatchObject({
      confidence: 'likely',
      findingIndexes: [0, 1],
      text: 'Pod shop/client does not read what port 443 of Service shop/web sends, for up to 4 s',
      next: 'kubectl top pod client -n shop --containers',
    });
  });

  test('not where the network is not sound, nor where the server does not read', () => {
    expect(ranked(explain([closed], [group(WEB, { answered: 1, silent: 1 })], webFacts()))).toEqual([]);
    const some = { data: 200, spurious: 0, outOfOrder: 0 };
    for (const [retransmissions, causes] of [
      [4, ['client-slow likely']],
      [5, []],
    ] as const) {
      const segments = {
        fromServer: { ...some, retransmissions },
        fromClient: { ...some, data: 0, retransmissions: 0 },
      };
      const lossy = group(WEB, { answered: 2 }, { handshakeMs: 0.4, segments });
      expect(ranked(explain([closed], [lossy], webFacts()))).toEqual(causes);
    }
    const server = { ...closed, details: { ...closed.details, by: 'server' as const } };
    expect(ranked(explain([server], [sound], webFacts()))).toEqual(['server-slow likely']);
  });
});

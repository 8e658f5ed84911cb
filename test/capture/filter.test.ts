import { expect, test } from 'vitest';
import { excludeOwnStream, filterTokens } from '../../src/capture/filter.ts';
import { connect } from '../../src/kube/connect.ts';
import { startFakeApiServer, statusObject } from '../kube/fake-api-server.ts';

test('a filter is split at spaces, and nothing else happens to it', () => {
  expect(filterTokens('  tcp port 80 and ( host 10.0.0.1 or $(reboot); ) ')).toEqual([
    'tcp',
    'port',
    '80',
    'and',
    '(',
    'host',
    '10.0.0.1',
    'or',
    '$(reboot);',
    ')',
  ]);
  expect(filterTokens('')).toEqual([]);
  expect(filterTokens('tcp[12]-4 > 3')).toEqual(['tcp[12]-4', '>', '3']);
});

test.each([
  ['-w /etc/passwd', '"-w" begins with "-"'],
  ['tcp -z reboot', '"-z" begins with "-"'],
  ['tcp -', '"-" begins with "-"'],
  ['host \u201c10.0.0.1\u201d', 'U+201C'],
  ['host \u2018x\u2019', 'U+2018'],
  ['port 80\u201390', 'U+2013'],
  ['tcp\u0007', 'control characters'],
  ['x'.repeat(10_000), 'too long'],
])('%j is refused: %s', (filter, why) => {
  expect(() => filterTokens(filter)).toThrow(
    expect.objectContaining({ name: 'UserError', why: expect.stringContaining(why) as string }) as Error,
  );
});

test("in the node's network the capture's own stream is left out", async () => {
  const body = {
    items: [
      {
        endpoints: [{ addresses: ['172.30.0.1'] }, { addresses: ['fd00::1', 'evil) or (port 1'] }],
        ports: [{ port: 6443 }],
      },
    ],
  };
  const server = await startFakeApiServer({ rest: () => ({ status: 200, body }) });
  const port = new URL(server.url).port;
  const tokens = await excludeOwnStream(connect({ server: server.url }, {}), ['tcp', 'or', 'udp']);
  expect(tokens.join(' ')).toBe(
    `( tcp or udp ) and not port 10250 and not ( host 127.0.0.1 and port ${port} ) and not ( host 172.30.0.1 and port 6443 ) and not ( host fd00::1 and port 6443 )`,
  );
  await server.close();
});

test('without the right to read EndpointSlices the kubelet port is left out all the same', async () => {
  const server = await startFakeApiServer({ rest: () => statusObject(403, 'Forbidden', 'no') });
  const tokens = await excludeOwnStream(connect({ server: server.url }, {}), []);
  expect(tokens.slice(0, 3)).toEqual(['not', 'port', '10250']);
  await server.close();
});

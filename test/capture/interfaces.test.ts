import { describe, expect, test } from 'vitest';
import { chooseInterfaces, type Interfaces } from '../../src/capture/interfaces.ts';
import { UserError } from '../../src/errors.ts';
import type { ExecApi } from '../../src/kube/exec-api.ts';
import { container as fakeContainer } from './fake-container.ts';

const dev = (...names: string[]): string =>
  `Inter-|   Receive\n face |bytes\n${names.map((name) => `  ${name}: 0 0\n`).join('')}`;
const routes = (...rows: string[]): string =>
  `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n${rows.join('\n')}\n`;
const route = (name: string, destination: string, flags: string, metric: number, mask: string): string =>
  `${name}\t${destination}\t0101F40A\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0`;
const none = '00000000';
const ipv6 = (name: string, prefix: string, flags: string): string =>
  `${'0'.repeat(32)} ${prefix} ${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00000400 00000001 00000000 ${flags} ${name}\n`;

/** What a place's files in /proc/net say. */
function choose(files: string, wanted: readonly string[] = []): Promise<Interfaces> {
  const api: ExecApi = {
    exec: async (_, { stdout }) => {
      await stdout(Buffer.from(files));
      const done = Promise.resolve({ kind: 'exited', exitCode: 0 } as const);
      return { protocol: 'v5', send: () => true, closeStdin: () => true, terminate: () => undefined, done };
    },
  };
  return chooseInterfaces(api, fakeContainer, wanted);
}

describe('without a wish', () => {
  test.each([
    [
      'the default route',
      dev('lo', 'eth0', 'net1') + routes(route('net1', none, '0003', 0, none)),
      'net1',
      ['eth0'],
    ],
    [
      'the default route with the lowest metric',
      dev('lo', 'eth0', 'net1') +
        routes(route('eth0', none, '0003', 200, none), route('net1', none, '0003', 100, none)),
      'net1',
      ['eth0'],
    ],
    [
      'not a half of all addresses, nor a route that rejects',
      dev('lo', 'eth0', 'tun1') +
        routes(route('tun1', none, '0003', 0, '00000080'), route('tun1', none, '0201', 0, none)),
      'eth0',
      ['tun1'],
    ],
    [
      'the default route of IPv6',
      dev('lo', 'eth0', 'net1') + ipv6('net1', '00', '00000003'),
      'net1',
      ['eth0'],
    ],
    ['not the IPv6 route that rejects', dev('lo', 'eth0') + ipv6('lo', '00', '00200200'), 'eth0', []],
    ['eth0 without any route, idle tunnels aside', dev('lo', 'tunl0', 'sit0', 'eth0'), 'eth0', []],
    ['any where nothing is known', dev('lo', 'ens5'), 'any', []],
  ])('%s', async (_, files, chosen, others) => {
    expect(await choose(files)).toEqual({ chosen: [chosen], others });
  });
});

describe('with a wish', () => {
  const files = dev('lo', 'eth0', 'net1') + routes(route('eth0', none, '0003', 0, none));
  test.each([
    [['net1'], ['net1']],
    [['all'], ['eth0', 'net1']],
    [
      ['lo', 'all', 'eth0'],
      ['lo', 'eth0', 'net1'],
    ],
    [['any'], ['any']],
  ])('%j', async (wanted, chosen) => {
    expect((await choose(files, wanted)).chosen).toEqual(chosen);
  });

  test('one that does not exist', async () => {
    await expect(choose(files, ['eth9'])).rejects.toBeInstanceOf(UserError);
    await expect(choose(files, ['eth9'])).rejects.toMatchObject({ why: 'it has: lo, eth0, net1' });
  });
});

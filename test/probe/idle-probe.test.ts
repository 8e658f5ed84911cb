import { expect, test } from 'vitest';
import { probeIdle } from '../../src/probe/idle-probe.ts';
import { planProbes } from '../../src/probe/probe-plan.ts';
import { way } from '../check/evaluate.ts';
import { place } from './place.ts';

const plan = { ...planProbes(way()), httpPath: '/$(reboot)?a=`b`' };
const target = { address: 'fd00::3', port: 80, what: 'svc/payments:80', isDialled: true };

test('connections are kept for the time that was asked for, and used', async () => {
  const here = place(() => ({ out: 'HTTP/HTTP/HTTP/HTTP/HTTP/HTTP/' }));
  expect(await probeIdle(here, plan, target, 40_000)).toEqual({
    layer: 'http',
    what: 'GET to svc/payments:80 on 6 connections after 40 s of silence',
    server: '[fd00::3]:80',
    status: 'ok',
    seen: '6 of 6 answered',
  });
  const [[shell, option, script, ...words] = []] = here.ran;
  expect([shell, option]).toEqual(['sh', '-c']);
  expect(words).toEqual([
    'sh',
    'TCP6:[fd00::3]:80,connect-timeout=4',
    '40',
    '48',
    '/$(reboot)?a=`b`',
    plan.hostName,
  ]);
  expect(script).not.toContain('reboot');
});

test('without the programs it is not tried', async () => {
  const here = { ...place(() => ({ out: '' })), programs: new Set(['socat'] as const) };
  expect(await probeIdle(here, plan, target, 1000)).toMatchObject({ status: 'skipped' });
  expect(here.ran).toEqual([]);
});

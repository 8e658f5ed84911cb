import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { assetsFolder } from '../../src/assets.ts';
import type { CheckReport } from '../../src/check/check-report.ts';
import { main } from '../../src/cli.ts';
import { type DemoServer, startServer } from '../../src/demo/api-server.ts';
import { loadRecording } from '../../src/demo/recording.ts';
import { world } from './world.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'netdebug-check-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function check(...words: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const io = world({ cwd: folder, env: { KUBECONFIG: '/nonexistent/kubeconfig' } });
  const status = await main(['check', ...words], io);
  return { status, out: io.out(), err: io.err() };
}

describe('a cluster that is played from a recording', () => {
  let server: DemoServer;
  beforeAll(
    async () =>
      void (server = await startServer(
        await loadRecording(join(assetsFolder, 'recordings'), 'service-selector-mismatch'),
      )),
  );
  afterAll(async () => await server.close());
  const flags = (): string[] => ['--server', server.url, '-n', 'shop'];

  test('--no-probe names the first failing layer, its cause and the fix, and changes nothing', async () => {
    const { status, out } = await check('pod/client', 'svc/payments:80', '--no-probe', ...flags());
    expect(status).toBe(1);
    expect(out).toMatch(/^endpoints +fails +Service shop\/payments selects app=paymnts/m);
    expect(out).toMatch(/^VERDICT +The way from pod\/shop\/client to svc\/payments:80 fails at endpoints: /m);
    expect(out).toMatch(/^CAUSE +likely: service-selector-mismatch: /m);
    expect(out).toContain('kubectl patch service payments -n shop');
    expect(server.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  test('where nothing can be run the objects are judged, and that it was not tried is said', async () => {
    const { status, out } = await check('pod/client', 'pod/payments-1:8080', '-q', '-o', 'json', ...flags());
    const report = JSON.parse(out) as CheckReport;
    expect([status, report.verdict.outcome]).toEqual([2, 'unknown']);
    expect(report.probes.every(({ status: of }) => of !== 'ok')).toBe(true);
  });

  test('a pod that does not exist is an error, with those of like names', async () => {
    const { status, err } = await check('pod/clien', 'svc/payments', ...flags());
    expect(status).toBe(2);
    expect(err).toContain('pod/client');
  });
});

const POLICY = `kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: gateway}}}]}]}
---
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
kind: Pod
metadata: {name: gateway, namespace: shop, labels: {app: gateway}}
---
kind: Pod
metadata: {name: other, namespace: shop, labels: {app: other}}
`;

describe('--manifests', () => {
  beforeEach(() => writeFileSync(join(folder, 'all.yaml'), POLICY));
  const ask = async (from: string, ...more: readonly string[]) =>
    await check(`shop/pod/${from}`, 'shop/pod/web:80', '--manifests', '.', ...more);

  test('what is denied, what is allowed, and by which rule', async () => {
    const denied = await ask('other', '-o', 'json');
    expect([denied.status, (JSON.parse(denied.out) as CheckReport).policy]).toMatchObject([
      1,
      {
        verdict: 'deny',
        ingress: { policy: 'NetworkPolicy shop/web', rule: null },
        egress: { verdict: 'allow' },
      },
    ]);
    const allowed = await ask('gateway', '-o', 'yaml');
    expect([allowed.status, parse(allowed.out)]).toMatchObject([
      0,
      { policy: { verdict: 'allow', ingress: { policy: 'NetworkPolicy shop/web', rule: 1 } } },
    ]);
  });

  test('--fail-on never', async () => {
    expect((await ask('other', '--fail-on', 'never')).status).toBe(0);
  });

  test('an address outside asks, and is asked', async () => {
    expect((await check('192.0.2.1', 'pod/web:80', '-n', 'shop', '--manifests', '.')).status).toBe(1);
    expect((await check('pod/other', '192.0.2.1:443', '-n', 'shop', '--manifests', '.')).status).toBe(0);
  });

  test('a URL is asked at another host than its own', async () => {
    const words = ['pod/other', 'http://shop.example/', '--via', 'pod/web', '-n', 'shop'];
    const via = await check(...words, '--manifests', '.', '-o', 'json');
    const report = JSON.parse(via.out) as CheckReport;
    expect([via.status, report.to, report.policy.verdict]).toEqual([
      1,
      'http://shop.example/ via pod/web',
      'deny',
    ]);
  });

  test.each([
    ['no URL', ['pod/other', 'pod/web:80', '--via', 'pod/web']],
    ['a port of its own', ['pod/other', 'http://shop.example/', '--via', 'pod/web:8080']],
    ['a URL itself', ['pod/other', 'http://shop.example/', '--via', 'http://web/']],
    ['a matrix', ['--matrix', 'pod/other', 'pod/web:80', '--via', 'pod/web']],
  ])('--via is refused with %s', async (_, words) => {
    const { status, err } = await check(...words, '-n', 'shop', '--manifests', '.');
    expect([status, err.includes('--via')]).toEqual([2, true]);
  });

  test('a network plugin by its name', async () => {
    expect((await ask('gateway', '--cni', 'calico')).status).toBe(0);
    const { status, err } = await ask('gateway', '--cni', 'none');
    expect([status, err.includes('cilium')]).toEqual([2, true]);
  });
});

describe('words that are refused, each with what to write instead', () => {
  test.each([
    ['client', 'svc/payments'],
    ['node/node1', 'svc/payments'],
    ['pod/client', 'ftp://files.example/'],
    ['pod/client', 'http://user:secret@api.example/'],
    ['pod/client', '10.0.0.0/8'],
    ['pod/client', 'svc/payments:99999'],
    ['pod/client', '-o'],
    ['$(reboot)', 'svc/payments'],
    ['pod/client', 'http://a`reboot`/'],
  ])('%s %s', async (from, to) => {
    writeFileSync(join(folder, 'all.yaml'), POLICY);
    const { status, err } = await check('--manifests', '.', '-n', 'shop', '--', from, to);
    expect(status).toBe(2);
    expect(err).toMatch(/^ {2}fix: \S/m);
    expect(err).not.toContain('secret');
  });
});

import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../../src/check/check-report.ts';
import { cluster } from '../cluster.ts';
import { start } from './netdebug.ts';
import { debugContainers, idle, testNamespace, withPods } from './pods.ts';

/** Port 8080 speaks HTTP, port 8443 TLS with a certificate for another name than is asked for. */
const serveBoth = `cd /tmp; mkdir www; echo hello > www/index.html; printf '[req]\\ndistinguished_name=dn\\n[dn]\\n' > c.cnf
openssl req -config c.cnf -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k -out c -subj /CN=old.example -days 1
openssl s_server -accept 8443 -cert c -key k -www -quiet & exec httpd -f -p 8080 -h /tmp/www`;

async function check(
  client: string,
  ...words: readonly string[]
): Promise<{ readonly report: CheckReport; readonly exitStatus: number | null }> {
  const { exitStatus, stdout, stderr } = await start([
    'check',
    client,
    ...words,
    '-n',
    testNamespace,
    '-o',
    'json',
  ]).done;
  if (stdout.trim() === '') throw new Error(`no report, exit status ${exitStatus}: ${stderr}`);
  return { report: JSON.parse(stdout) as CheckReport, exitStatus };
}

const statusOf = ({ layers }: CheckReport, id: string): string | undefined =>
  layers.find((layer) => layer.id === id)?.status;

describe('check', () => {
  test('tries an open way and one that fails, names the layer, and leaves no program running', async () => {
    await withPods(
      { server: { node: 'node2', script: serveBoth }, client: { node: 'node1', script: idle } },
      async ({ server, client }) => {
        const [open, refused, tls] = [
          await check(`pod/${client.name}`, `http://${server.address}:8080/`),
          await check(`pod/${client.name}`, `pod/${server.name}:9`),
          await check(`pod/${client.name}`, `https://${server.address}:8443/`),
        ];
        expect(open.report.verdict, JSON.stringify(open.report.layers)).toMatchObject({ outcome: 'open' });
        expect(open.exitStatus).toBe(0);
        expect(['connect', 'http', 'mtu'].map((id) => statusOf(open.report, id))).toEqual(['ok', 'ok', 'ok']);
        expect(open.report.captures[0]).toMatchObject({ ended: 'probes', problems: [] });

        expect(refused.report.verdict).toMatchObject({ outcome: 'fails', layer: 'connect' });
        expect(refused.report.findings.map(({ id }) => id)).toContain('tcp-refused');
        expect(refused.exitStatus).toBe(1);

        expect(tls.report.verdict).toMatchObject({ outcome: 'fails', layer: 'tls' });
        expect(tls.report.layers.find(({ id }) => id === 'tls')?.seen).toContain(
          `the certificate is not for ${server.address}`,
        );

        const [container = ''] = await debugContainers(testNamespace, client.name);
        const programs = 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done';
        const running = await cluster.kubectl([
          'exec',
          client.name,
          '-n',
          testNamespace,
          '-c',
          container,
          '--',
          'sh',
          '-c',
          programs,
        ]);
        expect(running).not.toMatch(/^(timeout|curl|dig|openssl|socat|tcpdump) /m);
      },
    );
  });
});

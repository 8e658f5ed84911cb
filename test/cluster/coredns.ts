import { readFileSync } from 'node:fs';
import { kubectl } from './kubectl.ts';
import { dnsServiceAddress, nodes } from './nodes.ts';
import { runInNode } from './underlay.ts';
import { waitFor } from './wait.ts';

/** Deploys CoreDNS. The API server refuses while its own start-up still makes namespaces: tried again. */
export async function deployCoreDns(): Promise<void> {
  const manifest = readFileSync(new URL('manifests/coredns.yaml', import.meta.url), 'utf8');
  await waitFor('the API server to take the CoreDNS manifest', async () => {
    await kubectl(['apply', '-f', '-'], { input: manifest });
    return true;
  });
}

/**
 * Waits until a query to the DNS Service is answered from each node: then CoreDNS is ready, its
 * endpoint is published and both kube-proxies have programmed it.
 */
export async function waitForDns(): Promise<void> {
  for (const node of nodes) {
    await waitFor(`an answer of ${dnsServiceAddress} on ${node.name}`, async () => {
      const name = 'kubernetes.default.svc.cluster.local';
      const query = ['dig', `@${dnsServiceAddress}`, name, 'A', '+short', '+time=1', '+tries=1'];
      return (await runInNode(node, query)).trim() === '10.96.0.1';
    });
  }
}

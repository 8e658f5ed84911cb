import type { Facts, PodFacts } from '../../src/cluster/facts.ts';
import type { Finding, TlsDetails } from '../../src/detect/finding.ts';
import { endpoint, facts, finding, pod, port, service, slice } from './builders.ts';

/** Service shop/web: port 443 to port 8443 of one pod, at 10.96.3.9. */
export const WEB = '10.96.3.9:443';
export const WEB_POD: PodFacts = pod('web-1', {
  address: '10.244.2.9',
  labels: { app: 'web' },
  containerPorts: [{ name: 'https', port: 8443, protocol: 'TCP' }],
});

/** The cluster with Service shop/web, whose port has a name and a number. */
export function webFacts(part: Partial<PodFacts> = {}, name = 'web', number = 443): Facts {
  const web = { ...WEB_POD, ...part };
  return facts({
    pods: [web],
    services: [service('web', '10.96.3.9', { ports: [port({ name, port: number, targetPort: 8443 })] })],
    endpointSlices: [
      slice('web', [endpoint('10.244.2.9', { node: 'node2', pod: 'web-1' })], {
        ports: [{ name, port: 8443, protocol: 'TCP' }],
      }),
    ],
  });
}

/** A finding of TLS at the Service. */
export function tlsFinding(
  id: Finding['id'],
  tls: Partial<TlsDetails>,
  part: Partial<Finding> = {},
): Finding {
  return finding(id, WEB, { details: { tls: { names: ['web'], protocols: [], ...tls } }, ...part });
}

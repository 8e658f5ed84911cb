import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainers } from '../../src/explain/index.ts';
import type { CauseId } from '../../src/explain/explanation.ts';

/** The compiler demands every id of the type here. */
const IDS: Readonly<Record<CauseId, true>> = {
  'accept-queue-full': true,
  'client-slow': true,
  'conntrack-full': true,
  'coredns-down': true,
  'coredns-misconfigured': true,
  'coredns-upstream-dead': true,
  'dns-conntrack-race': true,
  'dns-name-misspelt': true,
  'dns-search-amplification': true,
  'endpoints-not-ready': true,
  'external-name-misleading': true,
  'gateway-not-accepted': true,
  'hairpin-off': true,
  'idle-timeout': true,
  'image-cannot-capture': true,
  'ingress-backend-missing': true,
  'kube-proxy-stale': true,
  'listens-on-loopback': true,
  'local-traffic-policy-without-endpoint': true,
  'mesh-mtls-mismatch': true,
  'mtu-too-large': true,
  'networkpolicy-denies': true,
  'nobody-listens': true,
  'node-bridge-nf-off': true,
  'node-firewall': true,
  'node-ip-forward-off': true,
  'node-rp-filter': true,
  'one-bad-endpoint': true,
  'overlay-blocked': true,
  'plaintext-to-tls': true,
  'pod-asks-other-dns': true,
  'pod-gone': true,
  'policy-blocks-dns': true,
  'policy-without-enforcer': true,
  'server-crashed': true,
  'server-slow': true,
  'service-selector-mismatch': true,
  'service-without-endpoints': true,
  'stale-endpoint': true,
  'target-port-mismatch': true,
  'tls-certificate-expired': true,
  'tls-name-mismatch': true,
  'tls-to-plaintext': true,
};

describe('registry of explainers', () => {
  it('holds every cause once, sorted by id', () => {
    expect(explainers.map(({ id }) => id)).toEqual(Object.keys(IDS).toSorted());
  });

  it.each(explainers.map((explainer) => [explainer.id, explainer] as const))(
    '%s has a file of its name and a complete page',
    (id, explainer) => {
      expect(readdirSync(new URL('../../src/explain', import.meta.url))).toContain(`${id}.ts`);
      const { doc } = explainer;
      for (const text of [doc.title, doc.meaning, doc.recognition, doc.caveats, doc.fix])
        expect(text.length).toBeGreaterThan(15);
      for (const text of [doc.meaning, doc.recognition, doc.caveats, doc.fix]) expect(text).toMatch(/\.$/);
    },
  );
});

import type { FindingDetails, FindingId } from '../detect/finding.ts';
import { clusterDomain } from '../explain/asked-service.ts';
import type { CauseId } from '../explain/explanation.ts';
import type { CheckCause } from './check-report.ts';
import { expectedCauses } from './expected.ts';
import type { LayerInput } from './layer.ts';
import type { Dial } from './route.ts';

const IDS: readonly CauseId[] = ['coredns-misconfigured'];

/** Why the DNS server's configuration, where it was read, lets nobody find the name; []: it does not keep anybody from it. */
export function misconfigured(input: LayerInput, dial: Dial): CheckCause[] {
  const { route, facts } = input;
  if ((facts.dnsServer?.config ?? null) === null) return [];
  const { service } = route;
  const name =
    service === null
      ? route.name.replace(/\.$/, '')
      : `${service.name}.${service.namespace}.svc.${clusterDomain(facts)}`;
  const walk = { name, candidates: [name], types: ['A'], queries: 1, nxdomain: 1 };
  const symptoms: readonly (readonly [FindingId, FindingDetails])[] = [
    ['dns-nxdomain', { walks: [walk] }],
    // What fails so for a Service is told by the first already.
    ...(service === null
      ? ([
          ['dns-refused', { names: [name] }],
          ['dns-servfail', { names: [name] }],
        ] as const)
      : []),
  ];
  const client = route.client.address;
  return symptoms
    .flatMap(([id, details]) =>
      expectedCauses({ id, client, dial, protocol: 'UDP', details }, 'dns', IDS, input),
    )
    .slice(0, 1);
}

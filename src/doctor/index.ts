import { addressRanges } from './address-ranges.ts';
import { admission } from './admission.ts';
import type { Check } from './check.ts';
import { clusterDns } from './cluster-dns.ts';
import { image } from './image.ts';
import { machines } from './machines.ts';
import { nodeSettings } from './node-settings.ts';
import { nodes } from './nodes.ts';
import { podNetwork } from './pod-network.ts';
import { podSecurity } from './pod-security.ts';
import { policies } from './policies.ts';
import { rights } from './rights.ts';
import { routes } from './routes.ts';
import { serviceProxy } from './service-proxy.ts';
import { services } from './services.ts';
import { version } from './version.ts';
import { wayIn } from './way-in.ts';

/** How the cluster's network fares. */
const network: readonly Check[] = [
  nodes,
  podNetwork,
  serviceProxy,
  clusterDns,
  addressRanges,
  nodeSettings,
  policies,
  services,
  routes,
];

/** Ids of the checks that are about the network, not about tracing. */
export const networkChecks: ReadonlySet<string> = new Set(network.map(({ id }) => id));

/** All checks, in the order in which they are shown. A new one is a file, and a line here. */
export const checks: readonly Check[] = [
  ...network,
  version,
  rights,
  podSecurity,
  admission,
  machines,
  image,
  wayIn,
];

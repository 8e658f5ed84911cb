import { isIPv6, splitServer } from '../cluster/address.ts';
import type { PodNetworkFacts } from '../cluster/pod-network-facts.ts';
import type { Finding } from '../detect/finding.ts';
import type { ProbeResult } from './check-report.ts';
import { findingOf } from './expected.ts';
import type { CheckClient } from './route.ts';

/** Of a pod whose own is not known. */
const USUAL_MTU_BYTES = 1500;
/** Of IP and TCP, with the timestamps that Linux sends (RFC 7323). */
const HEADERS_IPV4 = 52;
const HEADERS_IPV6 = 72;

/**
 * Symptoms that probes show and packets at the client cannot: what got lost on the way to it is not in its capture. They
 * have no frames.
 */
export function findingsOfProbes(
  probes: readonly ProbeResult[],
  client: CheckClient,
  networks: readonly PodNetworkFacts[],
): Finding[] {
  const own = networks.find(
    ({ namespace, name }) => namespace === client.pod?.namespace && name === client.pod.name,
  );
  const mtus = (own?.interfaces ?? []).flatMap(({ name, mtuBytes }) => (name === 'lo' ? [] : [mtuBytes]));
  const mtuBytes = mtus.length === 0 ? USUAL_MTU_BYTES : Math.max(...mtus);
  return probes.flatMap(({ server, status, passedBytes }) => {
    if (status !== 'failed' || passedBytes === undefined) return [];
    const { address, port } = splitServer(server);
    const lostBytes = mtuBytes - (isIPv6(address) ? HEADERS_IPV6 : HEADERS_IPV4);
    const finding = findingOf({
      id: 'path-mtu-black-hole',
      client: client.address,
      dial: { address, port },
      protocol: 'TCP',
      details: { by: 'server', passedBytes, lostBytes },
    });
    const text = `answers come in segments of ${passedBytes} bytes, and do not in those of up to ${lostBytes} bytes that the pod's MTU lets expect: two requests of each kind say so`;
    return [{ ...finding, confidence: 'medium', text }];
  });
}

import { isIP } from 'node:net';
import { isIPv6 } from '../cluster/address.ts';
import type { Evaluation } from '../check/check.ts';
import { dialText, type Dial } from '../check/route.ts';

/** What is to be tried from inside FROM. */
export interface ProbePlan {
  /** '' : no name is looked up. */
  readonly name: string;
  /** Where connections are tried: what is dialled first, then each endpoint. */
  readonly targets: readonly ProbeTarget[];
  readonly protocol: string;
  /** The Service's port, or that of the address. */
  readonly port: number;
  /** What the application would write in front of the port: a name where there is one. */
  readonly hostName: string;
  /** Path and query of the URL. */
  readonly httpPath: string;
  readonly speaksHttp: boolean;
  readonly speaksTls: boolean;
  /** HTTP is asked at each endpoint; not from a pod whose proxy decides where a request goes. */
  readonly asksEndpoints: boolean;
  /** That it speaks so follows from the port's number alone. */
  readonly isGuessed: boolean;
  /** The user named the host, so that a certificate must be for it. */
  readonly isNamed: boolean;
}

export interface ProbeTarget extends Dial {
  /** "svc/payments:80", "pod/shop/payments-1:8080". */
  readonly what: string;
  /** It is what the application dials, not an endpoint behind it. */
  readonly isDialled: boolean;
}

/** Endpoints that are tried; more say no more and cost time. */
const MAX_ENDPOINTS = 10;
const TLS_PORTS: ReadonlySet<number> = new Set([443, 6443, 8443]);
const HTTP_PORTS: ReadonlySet<number> = new Set([80, 8080]);

/** Plans the probes of a way; nothing is sent to what no URL, port name or well-known port calls HTTP or TLS. */
export function planProbes({ route, policy, ways }: Evaluation): ProbePlan {
  const { client, server, service, servicePort, dials, port, protocol } = route;
  const name = nameToAsk(route);
  const dialled = dials.slice(0, MAX_ENDPOINTS).map((dial): ProbeTarget => ({
    ...dial,
    what: service === null ? server.text : `svc/${service.name}:${port}`,
    isDialled: true,
  }));
  const endpoints = ways
    .map(({ address, port: number }, index): ProbeTarget => ({
      address,
      port: number,
      what: `${policy.ways[index]?.to ?? address}:${number}`,
      isDialled: false,
    }))
    .filter(
      ({ address, port: number }) => !dialled.some((one) => one.address === address && one.port === number),
    );
  const url = server.url === null ? null : URL.parse(server.url);
  const portName = servicePort?.name ?? '';
  const speaksTls =
    url === null ? /^(https|tls)\b/.test(portName) || TLS_PORTS.has(port) : url.protocol === 'https:';
  const speaksHttp = url !== null || /^https?\b/.test(portName) || HTTP_PORTS.has(port) || speaksTls;
  return {
    name,
    // Only addresses go to programs: a slice may hold names, and what else somebody wrote there by hand.
    targets: [...dialled, ...endpoints.slice(0, MAX_ENDPOINTS)].filter(
      ({ address, port: number }) => number > 0 && isIP(address) > 0,
    ),
    protocol,
    port,
    hostName: url?.hostname ?? (name === '' ? bracketed(dials[0]?.address ?? '') : name),
    httpPath: url === null ? '/' : `${url.pathname}${url.search}`,
    speaksHttp,
    speaksTls,
    asksEndpoints: speaksHttp && client.pod?.sidecars.length === 0,
    isGuessed: url === null && !/^(https?|tls)\b/.test(portName),
    isNamed: url !== null || server.name !== null,
  };
}

/** The search list finds a Service of the pod's own namespace by its name alone, and asks in vain for more than that. */
function nameToAsk({ client, server, name, wantedService }: Evaluation['route']): string {
  const isOwn = server.name === null && wantedService?.namespace === client.pod?.namespace;
  return isOwn && wantedService !== null ? wantedService.name : name;
}

function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** "10.96.3.4:80". */
export function serverText(target: Dial): string {
  return dialText(target);
}

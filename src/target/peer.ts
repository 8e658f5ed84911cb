import { isIP } from 'node:net';
import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { findObject } from './find-object.ts';
import { parseTarget, type Target } from './parse-target.ts';
import type { NodeObject } from './place.ts';
import { podsOf } from './pods-of.ts';
import { serviceSlices, type ServiceObject } from './service-pods.ts';

/** The other end of the traffic, as the user named it. */
export type Peer =
  | {
      readonly kind: 'object';
      readonly asked: string;
      readonly target: Target;
      readonly port: number | undefined;
    }
  | { readonly kind: 'addresses'; readonly asked: string; readonly addresses: readonly PeerAddress[] }
  | {
      readonly kind: 'name';
      readonly asked: string;
      readonly name: string;
      readonly port: number | undefined;
    };

/** An address or network of the other end, on one port or all. */
export interface PeerAddress {
  /** "10.96.3.4", "2001:db8::1", "10.0.0.0/8". */
  readonly net: string;
  readonly port: number | undefined;
}

/** RFC 1123 host name, at least one letter in it. */
const hostName = /^(?=.*[a-z])[a-z0-9_]([-a-z0-9_]*[a-z0-9])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9])?)*\.?$/i;

/**
 * Reads [NAMESPACE/]TYPE/NAME[:PORT], an address or name with or without a port, or a CIDR. Throws
 * {@link UserError}.
 */
export function parsePeer(asked: string, namespace: string): Peer {
  const cidr = /^([^/]+)\/(\d{1,3})$/.exec(asked);
  const [, base = '', bits = ''] = cidr ?? [];
  if (isIP(base) > 0) {
    if (Number(bits) > (isIP(base) === 4 ? 32 : 128)) throw notAPeer(asked, 'its prefix is too long');
    return { kind: 'addresses', asked, addresses: [{ net: network(base, Number(bits)), port: undefined }] };
  }
  const [host, port] = splitPort(asked);
  if (isIP(host) > 0) return { kind: 'addresses', asked, addresses: [{ net: host, port }] };
  if (host.includes('/'))
    return { kind: 'object', asked, target: supported(parseTarget(host, namespace)), port };
  if (!hostName.test(host) || host.length > 253) throw notAPeer(asked, `"${host}" is no name and no address`);
  return { kind: 'name', asked, name: host, port };
}

/**
 * The addresses of an object of the cluster: those of pods, of a node, of a Service and its endpoints.
 * Throws {@link UserError} and ApiError.
 */
export async function objectAddresses(
  api: KubeApi,
  { target, port }: Extract<Peer, { kind: 'object' }>,
): Promise<PeerAddress[]> {
  if (target.kind === 'node') {
    const node = await findObject<NodeObject>(api, target);
    return addresses(
      (node.status?.addresses ?? []).map(({ address }) => address),
      port,
    );
  }
  if (target.kind === 'service') return await serviceAddresses(api, target, port);
  const pods = await podsOf(api, target);
  return addresses(
    pods.flatMap(({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip)),
    port,
  );
}

/** With a port, the Service's own addresses count on it, the endpoints on what it is mapped to. */
async function serviceAddresses(
  api: KubeApi,
  target: Target,
  port: number | undefined,
): Promise<PeerAddress[]> {
  const { spec, status } = await findObject<ServiceObject>(api, target);
  const ports = spec?.ports ?? [];
  const named = port === undefined ? undefined : ports.find((one) => one.port === port);
  if (port !== undefined && named === undefined)
    throw new UserError(
      `Service ${target.namespace}/${target.name} has no port ${port}`,
      `it has ${ports.map((one) => one.port).join(', ')}`,
      `--to svc/${target.name}`,
    );
  const own = [
    ...(spec?.clusterIPs ?? []),
    ...(spec?.externalIPs ?? []),
    ...(status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip),
  ];
  const slices = await serviceSlices(api, target).catch((error: unknown) => {
    // Without the right to read them the Service's own addresses must do.
    if (error instanceof ApiError && error.status === 403) return [];
    throw error;
  });
  const endpoints = slices.flatMap((slice) => {
    const mapped =
      named === undefined
        ? undefined
        : (slice.ports ?? []).find(({ name = '' }) => (name ?? '') === (named.name ?? ''))?.port;
    return addresses(
      (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []),
      mapped,
    );
  });
  return [...addresses(own, port), ...endpoints];
}

function addresses(found: readonly (string | undefined)[], port: number | undefined): PeerAddress[] {
  return [...new Set(found)].flatMap((net) => (net !== undefined && isIP(net) > 0 ? [{ net, port }] : []));
}

function splitPort(text: string): [host: string, port: number | undefined] {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text);
  const plain = bracketed ?? (isIP(text) === 6 ? null : /^([^:]+):(\d{1,5})$/.exec(text));
  if (plain === null) return [text, undefined];
  const [, host = '', port] = plain;
  if (port === undefined) return [host, undefined];
  if (Number(port) < 1 || Number(port) > 65_535) throw notAPeer(text, `there is no port ${port}`);
  return [host, Number(port)];
}

/** With the host's bits cleared, for pcap-filter(7) takes no others. */
function network(base: string, bits: number): string {
  // The kernel of the URL parser writes IPv6 out; bits are counted on the bytes.
  const bytes = isIP(base) === 4 ? base.split('.').map(Number) : ipv6Bytes(base);
  const kept = bytes.map(
    (byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))) & 0xff,
  );
  const text =
    kept.length === 4
      ? kept.join('.')
      : Array.from({ length: 8 }, (_, at) =>
          (((kept[at * 2] ?? 0) << 8) | (kept[at * 2 + 1] ?? 0)).toString(16),
        ).join(':');
  return `${text}/${bits}`;
}

function ipv6Bytes(text: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const [, head = '', a = '', b = '', c = '', d = ''] = dotted ?? [];
  const hex = (one: string, two: string): string => ((Number(one) << 8) | Number(two)).toString(16);
  const plain = dotted === null ? text : `${head}${hex(a, b)}:${hex(c, d)}`;
  const [left = '', right] = plain.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [words(left), words(right ?? '')];
  const middle = right === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => 0);
  return [...first, ...middle, ...last].flatMap((word) => [word >> 8, word & 0xff]);
}

function supported(target: Target): Target {
  if (target.kind !== 'ingress' && target.kind !== 'httproute') return target;
  throw notAPeer(target.asked, 'a route has no address of its own');
}

function notAPeer(asked: string, why: string): UserError {
  return new UserError(
    `--to cannot be "${asked}"`,
    why,
    'Write svc/NAME, pod/NAME, deploy/NAME, node/NAME, a host name, an address or a CIDR, such as --to svc/payments:80',
  );
}

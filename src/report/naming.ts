import type { SeenName } from '../conversations/conversation.ts';
import type { Report } from './report.ts';

/** Addresses as Kubernetes names, else as names that the captures prove: how a renderer writes who talked to whom. */
export interface Naming {
  /** "pod/client.shop", or the address if nothing is known about it. */
  host(address: string): string;
  /** "svc/payments.shop:80" for "10.96.3.4:80"; an address without port works too. Ports of a mesh are called so. */
  endpoint(server: string): string;
  /** A sentence with its addresses replaced by names. */
  sentence(text: string): string;
}

/** How much a name says: "short" leaves out the namespace of the traced pods, "both" adds the address. */
export type NamingStyle = 'short' | 'full' | 'both';

/** Ports of a service mesh's own traffic: what is said there is no application's (Istio's and Linkerd's documentation). */
const MESH_PORTS: ReadonlyMap<string, string> = new Map([
  [':15001', "Istio's proxy"],
  [':15006', "Istio's proxy"],
  [':15008', "Istio ambient's tunnel"],
  [':4140', "Linkerd's proxy"],
  [':4143', "Linkerd's proxy"],
]);

/** Addresses inside a sentence: IPv4, bracketed or bare IPv6, each with an optional port. */
const ADDRESS =
  /\[[0-9a-f:.]{2,45}\](?::\d{1,5})?|(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?!\w|:\w|\.\d)/gi;

/** The names of one report in the given style. */
export function namingOf(
  report: Pick<Report, 'names' | 'seenNames' | 'captures'>,
  style: NamingStyle,
): Naming {
  const home = style === 'short' ? homeNamespace(report) : '';
  const names = new Map(Object.entries(report.names));
  const seen = new Map(Object.entries(report.seenNames));
  const written = (address: string, port: string, unnamed: string): string => {
    const name = shorten(names.get(address) ?? '', home);
    if (name !== '') return join(`${name}${port}`, address, style);
    const known = seen.get(address);
    return known === undefined ? unnamed : seenAs(known, address, port, style);
  };
  const host = (address: string): string => written(address, '', address);
  const endpoint = (server: string): string => {
    const { address, port } = splitEndpoint(server);
    const mesh = MESH_PORTS.get(port);
    return `${written(address, port, server)}${mesh === undefined ? '' : ` (${mesh})`}`;
  };
  return { host, endpoint, sentence: (text) => text.replace(ADDRESS, endpoint) };
}

/** "[fd00::1]:80" → "fd00::1" and ":80"; "10.0.0.1" → "10.0.0.1" and "". */
export function splitEndpoint(server: string): { address: string; port: string } {
  const match = /^\[(.+)\](:\d+)?$/.exec(server) ?? /^([^:]*)(:\d+)?$/.exec(server);
  return match === null ? { address: server, port: '' } : { address: match[1] ?? '', port: match[2] ?? '' };
}

/** "api.example:443", in full "api.example:443 (203.0.113.9, from DNS)". */
function seenAs({ names, from }: SeenName, address: string, port: string, style: NamingStyle): string {
  const [name = address, ...others] = names;
  const more = others.length === 0 ? '' : `, also ${others.join(', ')}`;
  return style === 'both' ? `${name}${port} (${address}, from ${from}${more})` : `${name}${port}`;
}

function join(name: string, address: string, style: NamingStyle): string {
  return style === 'both' ? `${name} (${address})` : name;
}

function shorten(name: string, home: string): string {
  return home !== '' && name.endsWith(`.${home}`) ? name.slice(0, -home.length - 1) : name;
}

/** The namespace of all traced pods, empty if there are several or none. */
function homeNamespace(report: Pick<Report, 'captures'>): string {
  const namespaces = report.captures.map(
    (capture) => /^pod\/([a-z0-9-]+)\//.exec(capture.vantagePoint)?.[1] ?? '',
  );
  const [first = ''] = namespaces;
  return namespaces.every((namespace) => namespace === first) ? first : '';
}

import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { ExecApi } from '../kube/exec-api.ts';
import type { DebugContainer } from './debug-container.ts';
import { runCommand } from './run-command.ts';

const curlyQuotes = /[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb]/;
const dashes = /[\u2010-\u2015\u2212]/;
const maxFilterLength = 8192;
const kubeletPort = 10_250;

/**
 * Splits a filter of pcap-filter(7) into the arguments that tcpdump gets; no shell sees them. Throws
 * {@link UserError} for what cannot be a filter: an option, or quotes and dashes of a word processor.
 */
export function filterTokens(filter: string): string[] {
  const odd = curlyQuotes.exec(filter) ?? dashes.exec(filter);
  if (odd !== null) {
    throw badFilter(
      filter,
      `it has the character ${odd[0]} (U+${odd[0].charCodeAt(0).toString(16).toUpperCase()}), which word processors put in place of ' " or -`,
      `Type it again: --filter '${filter.replaceAll(new RegExp(curlyQuotes, 'g'), '').replaceAll(new RegExp(dashes, 'g'), '-')}'`,
    );
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (filter.length > maxFilterLength || /[\u0000-\u0008\u000e-\u001f\u007f]/.test(filter))
    throw badFilter(filter.slice(0, 80), 'it is too long or has control characters', 'See pcap-filter(7).');
  const tokens = filter.split(/\s+/).filter((token) => token !== '');
  const option = tokens.find((token) => token.startsWith('-'));
  if (option !== undefined)
    throw badFilter(
      filter,
      `"${option}" begins with "-" and would be an option of tcpdump`,
      'Options have flags of their own, such as --snaplen; see --help. Write a subtraction without spaces.',
    );
  return tokens;
}

/** Lets tcpdump compile the filter in the container, so that an error shows before anything starts. Throws {@link UserError}. */
export async function compileFilter(
  api: ExecApi,
  container: DebugContainer,
  interfaceName: string,
  tokens: readonly string[],
): Promise<void> {
  if (tokens.length === 0) return;
  const result = await runCommand(api, container, ['tcpdump', '-d', '-i', interfaceName, '--', ...tokens]);
  if (result.exitCode === 0) return;
  const lines = result.stderr
    .split('\n')
    .filter((line) => line.startsWith('tcpdump:') && !/verbose output suppressed/.test(line));
  throw badFilter(
    tokens.join(' '),
    lines.join(' ').trim() || `tcpdump -d failed with exit code ${result.exitCode}`,
    "See pcap-filter(7); for example: --filter 'tcp port 443 and host 10.0.0.1'",
  );
}

/**
 * The user's filter with the capture's own stream taken out. Needed in the node's network only: in a
 * pod's own network that stream does not appear.
 */
export async function excludeOwnStream(api: KubeApi, tokens: readonly string[]): Promise<string[]> {
  const exclusion = ['not', 'port', String(kubeletPort)];
  for (const { address, port } of await apiServerAddresses(api))
    exclusion.push('and', 'not', '(', 'host', address, 'and', 'port', String(port), ')');
  return tokens.length === 0 ? exclusion : ['(', ...tokens, ')', 'and', ...exclusion];
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

interface EndpointSliceObject {
  readonly endpoints?: readonly { readonly addresses?: readonly string[] }[] | null;
  readonly ports?: readonly { readonly port?: number }[] | null;
}

/** Addresses by which nodes reach the API server, and the one that we use if it is no name. */
async function apiServerAddresses(api: KubeApi): Promise<Endpoint[]> {
  const url = new URL(api.server);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const own = isAddress(host) ? [{ address: host, port }] : [];
  try {
    const query = { labelSelector: 'kubernetes.io/service-name=kubernetes' };
    const slices = await api.list<EndpointSliceObject>(
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
      query,
    );
    const listed = slices.flatMap((slice) =>
      (slice.ports ?? []).flatMap(({ port: slicePort }) =>
        (slice.endpoints ?? []).flatMap((endpoint) =>
          (endpoint.addresses ?? [])
            .filter(isAddress)
            .map((address) => ({ address, port: slicePort ?? port })),
        ),
      ),
    );
    return [
      ...new Map(
        [...own, ...listed].map((endpoint) => [`${endpoint.address} ${endpoint.port}`, endpoint]),
      ).values(),
    ].slice(0, 32);
  } catch (error) {
    // Not readable for this user: port 10250, which the stream leaves the node by, is excluded in any case.
    if (error instanceof ApiError) return own;
    throw error;
  }
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(text);
}

function badFilter(filter: string, why: string, fix: string): UserError {
  return new UserError(`The filter "${filter}" cannot be used`, why, fix);
}

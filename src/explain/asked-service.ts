import type { Facts } from '../cluster/facts.ts';
import type { DnsWalk } from '../detect/finding.ts';
import { slipsBetween } from '../cluster/spelling.ts';

/** The Service that a DNS name asks for. */
export interface AskedService {
  readonly service: string;
  readonly namespace: string;
  /** Whether any object that was read lives in that namespace. */
  readonly namespaceExists: boolean;
  /** The name had no dot: the namespace came from the client's search list. */
  readonly bare: boolean;
  /** How far the name was written out: "payments.shop", "payments.shop.svc", or down to the cluster's domain. */
  readonly form: 'short' | 'svc' | 'full';
}

/** The cluster's domain as the resolver's search list has it ("shop.svc.cluster.local"), by default "cluster.local". */
export function clusterDomain(facts: Facts): string {
  for (const entry of facts.resolver?.search ?? []) {
    const match = /(?:^|\.)svc\.(.+?)\.?$/.exec(entry.toLowerCase());
    if (match?.[1] !== undefined) return match[1];
  }
  return 'cluster.local';
}

/**
 * Reads a name as that of a Service; null if it is a name outside the cluster. "a.b" counts only if b
 * is a namespace, or nearly: otherwise it may be any domain. Leading labels of pods ("db-0.db.shop.svc") and
 * of SRV records are left aside.
 */
export function askedService(walk: DnsWalk, clientNamespace: string, facts: Facts): AskedService | null {
  const name = walk.name.toLowerCase().replace(/\.$/, '');
  if (name === '' || name.length > 253) return null;
  const domain = clusterDomain(facts);
  const namespaces = namespacesOf(facts);
  const exists = (namespace: string): boolean => namespaces.has(namespace);
  const full = name.endsWith(`.svc.${domain}`) ? name.slice(0, -`.svc.${domain}`.length) : null;
  const svc = full === null && name.endsWith('.svc') ? name.slice(0, -'.svc'.length) : null;
  const labels = (full ?? svc ?? name).split('.');
  const [service = '', namespace = ''] = labels.slice(-2);
  if (full !== null || svc !== null) {
    if (labels.length < 2) return null;
    return {
      service,
      namespace,
      namespaceExists: exists(namespace),
      bare: false,
      form: full === null ? 'svc' : 'full',
    };
  }
  if (labels.length === 1) {
    const own = clientNamespace === '' ? searchNamespace(facts, domain) : clientNamespace;
    return own === ''
      ? null
      : { service: name, namespace: own, namespaceExists: true, bare: true, form: 'short' };
  }
  if (labels.length > 2 || !(exists(namespace) || isNearlyOne(namespace, namespaces))) return null;
  return { service, namespace, namespaceExists: exists(namespace), bare: false, form: 'short' };
}

/** The namespace in the first entry of the search list, "shop" in "shop.svc.cluster.local". */
function searchNamespace(facts: Facts, domain: string): string {
  const suffix = `.svc.${domain}`;
  const entry = (facts.resolver?.search ?? []).find((one) => one.toLowerCase().endsWith(suffix));
  return entry === undefined ? '' : entry.slice(0, -suffix.length);
}

function namespacesOf(facts: Facts): Set<string> {
  const objects = [...(facts.services ?? []), ...(facts.pods ?? []), ...facts.targets];
  return new Set(objects.map(({ namespace }) => namespace));
}

function isNearlyOne(word: string, namespaces: ReadonlySet<string>): boolean {
  return [...namespaces].some((namespace) => slipsBetween(word, namespace) !== null);
}

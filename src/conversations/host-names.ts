import { addressText } from './address.ts';
import type { SeenName } from './conversation.ts';
import type { Observations } from './observations.ts';

/** Most addresses that are given a name, and names that are kept of one address. */
const MAX_ADDRESSES = 4096;
const MAX_NAMES = 4;
/** What may stand for an address in a text; anything else could pretend to be more than a name. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;
const IPV4 = /^[\d.]+$/;

/** Names of addresses as the answers of DNS gave them, bounded. */
export class HostNames {
  readonly all: Map<string, Set<string>> = new Map();

  /** Notes that this name was answered with this address (four words, IPv4 in the first). */
  note(name: string, version: number, w0: number, w1: number, w2: number, w3: number): void {
    add(this.all, addressText(version, w0, w1, w2, w3), name);
  }
}

/**
 * Names of the servers of a capture, by address, as the capture itself proves them: what DNS answered, else the
 * name that clients asked for in TLS or QUIC, else in HTTP, else what whoever wrote the capture called them.
 */
export function seenNames(observations: Observations): ReadonlyMap<string, SeenName> {
  const seen = new Map<string, SeenName>();
  const take = (from: SeenName['from'], names: ReadonlyMap<string, ReadonlySet<string>>): void => {
    for (const [address, of] of names) if (!seen.has(address)) seen.set(address, { names: [...of], from });
  };
  take('DNS', observations.hostNames);
  take('TLS', askedNames(observations, ['tls-handshake', 'quic-handshake'], 'sni'));
  take('HTTP', askedNames(observations, ['http-exchange'], 'host'));
  const given = new HostNames();
  for (const { version, words, name } of observations.givenNames) given.note(name, version, ...words);
  take('name resolution block', given.all);
  return seen;
}

function askedNames(
  { groups }: Observations,
  kinds: readonly string[],
  field: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const { server, events } of groups) {
    for (const { kind, fields } of events.all.values()) {
      if (kinds.includes(kind)) add(names, server, String(fields[field] ?? '').replace(/:\d+$/, ''));
    }
  }
  return names;
}

function add(all: Map<string, Set<string>>, address: string, name: string): void {
  if (!HOST_NAME.test(name) || IPV4.test(name) || address === '*') return;
  const names = all.get(address);
  if (names === undefined) {
    if (all.size < MAX_ADDRESSES) all.set(address, new Set([name]));
  } else if (names.size < MAX_NAMES) names.add(name);
}

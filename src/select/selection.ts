/*
 * What packets are asked for: `host=10.0.0.1,port=443`. Terms with a comma between them must all hold; of several
 * selections one is enough.
 */

/** One term. Numbers of findings and conversations are those of the report's tables, from 1. */
export type Term =
  | { readonly by: 'finding'; readonly id: string; readonly number: number | null }
  | { readonly by: 'conversation'; readonly number: number }
  | { readonly by: 'host'; readonly address: string }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'port'; readonly port: number }
  | { readonly by: 'protocol'; readonly protocol: Protocol }
  | { readonly by: 'frame'; readonly first: number; readonly last: number };

/** Any of these, each of which wants all of its terms. */
export type Selection = readonly (readonly Term[])[];

/** Protocols that can be asked for. */
export type Protocol = 'tcp' | 'udp' | 'icmp' | 'arp' | 'dns';

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'icmp', 'arp', 'dns'];
/** What a term may be, for help and for errors. */
export const TERMS: readonly string[] = [
  'finding=ID or its number',
  'conversation=NUMBER (-o wide)',
  'host=ADDRESS',
  'name=NAME',
  'port=PORT',
  `protocol=${PROTOCOLS.join('|')}`,
  'frame=N or N-M',
];
/** More than anybody writes by hand. */
const MAX_TERMS = 64;

/** Reads selections. The second part says what is wrong with them; empty: nothing. */
export function parseSelection(texts: readonly string[]): [Selection, wrong: string] {
  const wrongs: string[] = [];
  const parts = texts.map((text) => text.split(',').map((part) => part.trim()));
  if (parts.flat().length > MAX_TERMS) return [[], `more than ${MAX_TERMS} terms`];
  const selection = parts.map((terms) =>
    terms.flatMap((part) => {
      const term = parseTerm(part);
      if (typeof term !== 'string') return [term];
      wrongs.push(term);
      return [];
    }),
  );
  return [selection, wrongs[0] ?? ''];
}

/** A term, or what is wrong with it. */
function parseTerm(text: string): Term | string {
  const at = text.indexOf('=');
  const [key, value] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (at <= 0 || value === '') return `"${text}" is not of the form KEY=VALUE`;
  switch (key) {
    case 'finding':
      return { by: 'finding', id: value, number: whole(value, 1, 1e6) };
    case 'conversation':
      return numbered(whole(value, 1, 1e6), text, (number) => ({ by: 'conversation', number }));
    case 'port':
      return numbered(whole(value, 0, 65_535), text, (port) => ({ by: 'port', port }));
    case 'host': {
      const address = canonical(value);
      return address === ''
        ? `"${value}" is no IP address; names are selected with name=`
        : { by: 'host', address };
    }
    case 'name':
      return { by: 'name', name: value.toLowerCase().replace(/\.$/, '') };
    case 'protocol': {
      const protocol = PROTOCOLS.find((known) => known === value.toLowerCase());
      return protocol === undefined
        ? `"${value}" is none of ${PROTOCOLS.join(', ')}`
        : { by: 'protocol', protocol };
    }
    case 'frame':
      return frames(value) ?? `"${text}" names no frames`;
    default:
      return `there is no key "${key}"`;
  }
}

function numbered(number: number | null, text: string, term: (number: number) => Term): Term | string {
  return number === null ? `"${text}" has no number that can be meant` : term(number);
}

function whole(text: string, min: number, max: number): number | null {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : null;
}

function frames(text: string): Term | undefined {
  const [from = '', to = from] = text.split('-', 2);
  const [first, last] = [whole(from, 1, 999_999_999), whole(to, 1, 999_999_999)];
  return first === null || last === null || last < first ? undefined : { by: 'frame', first, last };
}

/** An address as reports write it (IPv6: RFC 5952); empty: it is none. */
function canonical(text: string): string {
  const bare = text.replace(/^\[(.+)\]$/, '$1');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(bare))
    return bare.split('.').every((part) => Number(part) < 256) ? bare : '';
  if (!/^[0-9a-f:.]{2,45}$/i.test(bare) || !bare.includes(':')) return '';
  const url = URL.parse(`http://[${bare}]/`);
  return url === null ? '' : url.hostname.slice(1, -1);
}

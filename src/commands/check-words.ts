import { isIP } from 'node:net';
import { UserError } from '../errors.ts';
import { parseTarget, type Target } from '../target/parse-target.ts';
import { parsePeer } from '../target/peer.ts';

/** The end that asks, as the user named it. */
export type FromWord =
  | { readonly kind: 'object'; readonly target: Target }
  | { readonly kind: 'address'; readonly address: string };

/** The end that is asked, as the user named it. */
export type ToWord = {
  readonly text: string;
  readonly port: number | null;
  readonly protocol: string | null;
  readonly url: string | null;
} & (
  | { readonly kind: 'object'; readonly target: Target }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'name'; readonly name: string }
);

const FROM_FIX = 'Write who asks first, then whom: kubectl netdebug check pod/client svc/payments:80';
const TO_FIX =
  'Write [NAMESPACE/]TYPE/NAME[:PORT], a host name, an address or a URL, such as svc/payments:80, pod/db:5432/tcp or https://api.example/';

/** Reads FROM: [NAMESPACE/]TYPE/NAME, or an address. Throws UserError. */
export function parseFrom(word: string, namespace: string): FromWord {
  if (isIP(word) > 0) return { kind: 'address', address: word };
  const target = inWords(word, FROM_FIX, () => parseTarget(word, namespace));
  if (target.kind === 'node' || target.kind === 'ingress' || target.kind === 'httproute')
    throw new UserError(`check cannot start at ${word}`, 'it has no pod of its own', FROM_FIX);
  return { kind: 'object', target };
}

/** Reads TO: TYPE/NAME, host name or address, each with :PORT[/PROTOCOL], or a URL. Throws UserError. */
export function parseTo(word: string, namespace: string): ToWord {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return parseUrl(word, namespace);
  const [, rest = word, protocol = null] = /^(.*:\d{1,5})\/(tcp|udp|sctp)$/i.exec(word) ?? [];
  return placed(word, rest, namespace, { protocol: protocol?.toUpperCase() ?? null, url: null });
}

/** Reads TO and, if given, whom to dial in its place: the URL's path and host name are asked there. Throws UserError. */
export function parseToVia(word: string, via: string | undefined, namespace: string): ToWord {
  const to = parseTo(word, namespace);
  if (via === undefined) return to;
  if (to.url === null)
    throw new UserError(
      `--via ${via} needs a URL as TO`,
      `${word} is dialled as it is`,
      `Write the URL that is asked for there, such as http://shop.example/cart --via ${via}`,
    );
  const place = parseTo(via, namespace);
  if (place.url !== null || place.protocol !== null || place.port !== null)
    throw new UserError(
      `--via cannot be "${via}"`,
      'the URL says the port and the protocol',
      `Write a host without a port, such as --via svc/ingress-nginx, and the port in the URL`,
    );
  return { ...place, text: `${word} via ${via}`, port: to.port, protocol: to.protocol, url: to.url };
}

function parseUrl(word: string, namespace: string): ToWord {
  const url = URL.parse(word);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UserError(`check cannot ask ${word}`, 'only http:// and https:// are known', TO_FIX);
  if (url.username !== '' || url.password !== '')
    throw new UserError(
      'check takes no URL with a password',
      'it would stand in the process list of the pod',
      TO_FIX,
    );
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return placed(word, `${url.hostname}:${port}`, namespace, { protocol: 'TCP', url: url.href });
}

function placed(
  text: string,
  rest: string,
  namespace: string,
  more: Pick<ToWord, 'protocol' | 'url'>,
): ToWord {
  const peer = inWords(text, TO_FIX, () => parsePeer(rest, namespace));
  if (peer.kind === 'name') return { kind: 'name', text, name: peer.name, port: peer.port ?? null, ...more };
  if (peer.kind === 'object')
    return { kind: 'object', text, target: peer.target, port: peer.port ?? null, ...more };
  const [address] = peer.addresses;
  if (address === undefined || address.net.includes('/'))
    throw new UserError(`check cannot ask ${text}`, 'a network has no address that could be asked', TO_FIX);
  return { kind: 'address', text, address: address.net, port: address.port ?? null, ...more };
}

/** The same refusal in the words of this command. */
function inWords<T>(word: string, fix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`check does not understand "${word}"`, error.why, fix, { cause: error });
  }
}

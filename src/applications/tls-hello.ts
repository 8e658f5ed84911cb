/** Longest server name (RFC 1035 §2.3.4) and longest protocol name that are kept, in characters. */
const MAX_NAME = 253;
const MAX_PROTOCOL = 32;
/** Most protocols that are kept of a client's offer. */
const MAX_PROTOCOLS = 8;

const SERVER_NAME = 0;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;
const TLS_1_2 = 0x0303;

/** What a ClientHello says that findings use. Names are the bytes of the wire as text, not to be trusted. */
export interface ClientHello {
  /** Server name indication, "" if there is none. */
  readonly serverName: string;
  /** Protocols offered, such as "h2,http/1.1"; "" if none. */
  readonly protocols: string;
  /** Highest version offered, such as 0x0304. */
  readonly version: number;
}

/** What a ServerHello says that findings use. */
export interface ServerHello {
  /** Version that the connection will have. */
  readonly version: number;
  /** Protocol chosen, "" if it was not said in clear. */
  readonly protocol: string;
  /** A HelloRetryRequest: the client begins again. */
  readonly isRetry: boolean;
}

/** Reads the body of a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2); undefined: it is none. */
export function readClientHello(body: Uint8Array): ClientHello | undefined {
  const view = viewOf(body);
  if (body.length < 38) return undefined;
  let at = 34;
  at += 1 + view.getUint8(at);
  if (at + 2 > body.length) return undefined;
  at += 2 + view.getUint16(at);
  if (at + 1 > body.length) return undefined;
  at += 1 + view.getUint8(at);
  const found = { serverName: '', protocols: '', version: view.getUint16(0) };
  if (at > body.length) return undefined;
  forEachExtension(view, at, (type, from, end) => {
    if (type === SERVER_NAME) found.serverName = serverNameOf(body, from, end);
    else if (type === ALPN) found.protocols = protocolsOf(body, from, end);
    else if (type === SUPPORTED_VERSIONS)
      found.version = highestVersion(view, from + 1, end) || found.version;
  });
  return found;
}

/** The random value by which a ServerHello says that it is a HelloRetryRequest (RFC 8446 §4.1.3) begins so. */
const RETRY_RANDOM = 0xcf21_ad74;

/** Reads the body of a ServerHello (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3); undefined: it is none. */
export function readServerHello(body: Uint8Array): ServerHello | undefined {
  const view = viewOf(body);
  if (body.length < 38) return undefined;
  const found = { version: view.getUint16(0), protocol: '', isRetry: view.getUint32(2) === RETRY_RANDOM };
  const at = 34 + 1 + view.getUint8(34) + 3;
  forEachExtension(view, at, (type, from, end) => {
    if (type === SUPPORTED_VERSIONS && end - from === 2) found.version = view.getUint16(from);
    else if (type === ALPN) found.protocol = protocolsOf(body, from, end);
  });
  return found;
}

const VERSIONS: Readonly<Record<number, string>> = {
  0x0300: 'SSL 3.0',
  0x0301: 'TLS 1.0',
  0x0302: 'TLS 1.1',
  0x0303: 'TLS 1.2',
  0x0304: 'TLS 1.3',
};

/** "TLS 1.3", "TLS 1.3 draft 28", and so on. */
export function versionText(version: number): string {
  if (version >>> 8 === 0x7f) return `TLS 1.3 draft ${version & 0xff}`;
  return VERSIONS[version] ?? `version 0x${version.toString(16).padStart(4, '0')}`;
}

/** Whether the handshake is encrypted behind the ServerHello. */
export function isEncryptedEarly(version: number): boolean {
  return version > TLS_1_2;
}

function viewOf(body: Uint8Array): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

function forEachExtension(
  view: DataView,
  start: number,
  take: (type: number, from: number, end: number) => void,
): void {
  let at = start + 2;
  if (at > view.byteLength) return;
  const end = Math.min(view.byteLength, at + view.getUint16(start));
  while (at + 4 <= end) {
    const from = at + 4;
    const to = from + view.getUint16(at + 2);
    if (to > end) return;
    take(view.getUint16(at), from, to);
    at = to;
  }
}

/** RFC 6066 §3: list length:16, then type:8 length:16 name; type 0 is a host name. */
function serverNameOf(body: Uint8Array, from: number, end: number): string {
  if (end - from < 5 || body[from + 2] !== 0) return '';
  const length = ((body[from + 3] as number) << 8) | (body[from + 4] as number);
  return latin1(body, from + 5, Math.min(end, from + 5 + Math.min(length, MAX_NAME)));
}

/** RFC 7301 §3.1: list length:16, then length:8 name of each. */
function protocolsOf(body: Uint8Array, from: number, end: number): string {
  const names: string[] = [];
  for (let at = from + 2; at < end && names.length < MAX_PROTOCOLS;) {
    const length = body[at] as number;
    names.push(latin1(body, at + 1, Math.min(end, at + 1 + Math.min(length, MAX_PROTOCOL))));
    at += 1 + length;
  }
  return names.filter((name) => !isGrease(name)).join(',');
}

/** Values that clients make up to keep servers tolerant: two equal bytes 0x?a (RFC 8701). */
function isGrease(name: string): boolean {
  return name.length === 2 && name[0] === name[1] && (name.charCodeAt(0) & 0x0f) === 0x0a;
}

function highestVersion(view: DataView, from: number, end: number): number {
  let highest = 0;
  for (let at = from; at + 2 <= end; at += 2) {
    const version = view.getUint16(at);
    if (version in VERSIONS && version > highest) highest = version;
  }
  return highest;
}

function latin1(body: Uint8Array, from: number, end: number): string {
  return String.fromCharCode(...body.subarray(from, Math.max(from, end)));
}

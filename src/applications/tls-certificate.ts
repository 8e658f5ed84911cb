import { X509Certificate } from 'node:crypto';

/** Most names and characters that are kept of a certificate. */
const MAX_NAMES = 4;
const MAX_TEXT = 253;
const HOST_NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/u;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/u;

/** What a server's certificate says that findings use. Texts are its own words, not to be trusted. */
export interface ServerCertificate {
  /** Common name, else the whole subject. */
  readonly subject: string;
  /** Who signed it: common name, else the whole name. */
  readonly issuer: string;
  /** First few DNS names and addresses of the subject alternative name. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Signed with its own key. */
  readonly isSelfSigned: boolean;
  /** Whether it holds for a host name or an address; names that are none of both match. */
  readonly isFor: (name: string) => boolean;
}

/**
 * Reads the first certificate of a Certificate message (RFC 5246 §7.4.2: length:24, then length:24 and DER of
 * each); undefined: there is none, or it cannot be read.
 */
export function readServerCertificate(body: Uint8Array): ServerCertificate | undefined {
  if (body.length < 7) return undefined;
  const length = ((body[3] as number) << 16) | ((body[4] as number) << 8) | (body[5] as number);
  if (length === 0 || 6 + length > body.length) return undefined;
  return readOnce(body.subarray(6, 6 + length));
}

/** Certificates that were read before; a power of two, one for each value of the low bits of their last byte. */
const MEMORY = 16;
const memory: (
  | { readonly der: Uint8Array; readonly certificate: ServerCertificate | undefined }
  | undefined
)[] = [];

/** A server sends one certificate on every connection; to read it costs as much as all the rest of a handshake. */
function readOnce(der: Uint8Array): ServerCertificate | undefined {
  // The last byte is of the signature, so as good as random.
  const place = (der.at(-1) as number) & (MEMORY - 1);
  const known = memory[place];
  if (known !== undefined && Buffer.compare(known.der, der) === 0) return known.certificate;
  const certificate = read(der);
  memory[place] = { der: der.slice(), certificate };
  return certificate;
}

function read(der: Uint8Array): ServerCertificate | undefined {
  try {
    return describe(new X509Certificate(der));
  } catch {
    // Whatever it is, it is no certificate that OpenSSL can read: nothing is known of it.
    return undefined;
  }
}

/** Whether a Certificate message holds no certificate: how a client says that it has none. */
export function isEmptyCertificate(body: Uint8Array): boolean {
  return body.length === 3 && body[0] === 0 && body[1] === 0 && body[2] === 0;
}

function describe(certificate: X509Certificate): ServerCertificate {
  const names = namesOf(certificate.subjectAltName ?? '');
  return {
    subject: commonName(certificate.subject),
    issuer: commonName(certificate.issuer),
    names: names.slice(0, MAX_NAMES),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    isSelfSigned: certificate.checkIssued(certificate) && certificate.issuer === certificate.subject,
    isFor: matcher(certificate, names),
  };
}

/** The common name of a distinguished name, else all of it. */
function commonName(name = ''): string {
  const common = /^CN=(.*)$/mu.exec(name)?.[1] ?? name.replaceAll('\n', ', ');
  return common.slice(0, MAX_TEXT);
}

/** "DNS:a, DNS:b, IP Address:10.0.0.1": only names of hosts, shortened. */
function namesOf(text: string): string[] {
  return [...text.matchAll(/(?:^|, )(?:DNS|IP Address):([^,"]{1,253})/gu)].map((match) => match[1] as string);
}

/** A certificate without names of hosts (a mesh's identity, for example) speaks of something else than host names. */
function matcher(certificate: X509Certificate, names: readonly string[]): (name: string) => boolean {
  const hasOtherNames = names.length === 0 && certificate.subjectAltName !== undefined;
  return (name) => {
    if (hasOtherNames || !HOST_NAME.test(name)) return true;
    try {
      const found = IPV4.test(name)
        ? certificate.checkIP(name)
        : certificate.checkHost(name, { subject: 'default' });
      return found !== undefined;
    } catch {
      // OpenSSL does not take it for a name, so nothing can be said about it.
      return true;
    }
  };
}

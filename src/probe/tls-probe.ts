import { X509Certificate } from 'node:crypto';
import type { ProbeResult } from '../check/check-report.ts';
import { isIPv6 } from '../cluster/address.ts';
import { type ProbePlace, runProgram } from './programs.ts';
import { serverText, type ProbeTarget } from './probe-plan.ts';

const SECONDS = '6';
/** Names of a certificate that are shown. */
const MAX_NAMES = 5;

/** For whom the certificate must be. */
export interface AskedHost {
  /** '' : an address was dialled. */
  readonly name: string;
  /** Whether the client is known to ask by that name; otherwise a certificate for another one is no fault. */
  readonly isNamed: boolean;
  readonly now: Date;
}

/** Shakes hands and reads the certificate. */
export async function probeTls(
  place: ProbePlace,
  target: ProbeTarget,
  asked: AskedHost,
): Promise<ProbeResult> {
  const { name } = asked;
  const server = serverText(target);
  const base = {
    layer: 'tls',
    what: `TLS to ${target.what}${name === '' ? '' : ` as ${name}`}`,
    server,
  } as const;
  const missing = (['openssl', 'timeout'] as const).find((program) => !place.programs.has(program));
  if (missing !== undefined) return { ...base, status: 'skipped', seen: `the debug image has no ${missing}` };
  const host = isIPv6(target.address) ? `[${target.address}]` : target.address;
  // The dot at a name's end is the resolver's, not a part of the host's name (RFC 6066 §3).
  const serverName = name === '' ? ['-noservername'] : ['-servername', name.replace(/\.$/, '')];
  const argv = ['openssl', 's_client', '-connect', `${host}:${target.port}`, ...serverName, '-showcerts'];
  const ended = await runProgram(place, ['timeout', SECONDS, ...argv]);
  if (ended === null || ended.exitCode === 124 || ended.exitCode === 143)
    return { ...base, status: 'failed', seen: `no handshake within ${SECONDS} s` };
  return {
    ...base,
    ...judgeHandshake(`${ended.stdout}\n${ended.stderr}`, {
      ...asked,
      name: name === '' ? target.address : name,
    }),
  };
}

/** Whether the server said for whom it is, with or without fault: it speaks TLS. */
export function hasCertificate({ seen }: Pick<ProbeResult, 'seen'>): boolean {
  return /\bcertificate of .* issued by /.test(seen);
}

/** What openssl printed: the certificate with its faults, or why there is none. */
export function judgeHandshake(text: string, asked: AskedHost): Pick<ProbeResult, 'status' | 'seen'> {
  const pem = /-----BEGIN CERTIFICATE-----[\s\S]{1,20000}?-----END CERTIFICATE-----/.exec(text)?.[0];
  const version =
    /^New, (TLSv[\d.]+|SSLv\d)/m.exec(text)?.[1] ?? /Protocol *: (TLSv[\d.]+)/.exec(text)?.[1] ?? 'TLS';
  if (pem === undefined) return { status: 'failed', seen: whyNone(text) };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return { status: 'failed', seen: 'its certificate cannot be read' };
  }
  const faults = faultsOf(certificate, asked);
  const seen = `${version}, ${describe(certificate)}${trust(text)}`;
  return faults.length === 0
    ? { status: 'ok', seen }
    : { status: 'failed', seen: `${faults.join('; ')}; ${seen}` };
}

function faultsOf(
  certificate: X509Certificate,
  { name: host, isNamed: mustBeFor, now }: AskedHost,
): string[] {
  const isAddress = /^[\d.]+$|:/.test(host);
  const isNamed = isAddress
    ? certificate.checkIP(host) !== undefined
    : certificate.checkHost(host.replace(/\.$/, '')) !== undefined;
  return [
    ...(certificate.validToDate < now ? [`the certificate expired on ${day(certificate.validToDate)}`] : []),
    ...(certificate.validFromDate > now
      ? [`the certificate is valid from ${day(certificate.validFromDate)} only`]
      : []),
    ...(isNamed || !mustBeFor ? [] : [`the certificate is not for ${host}`]),
  ];
}

function describe({
  subject,
  issuer,
  subjectAltName = '',
  validFromDate,
  validToDate,
}: X509Certificate): string {
  const names = subjectAltName === '' ? [] : subjectAltName.split(', ');
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  const forNames =
    names.length === 0 ? 'without names' : `for ${names.slice(0, MAX_NAMES).join(', ')}${more}`;
  return `certificate of ${oneLine(subject)} ${forNames}, issued by ${oneLine(issuer)}, valid ${day(validFromDate)} to ${day(validToDate)}`;
}

/** The debug image's own list of authorities says nothing about the application's. */
function trust(text: string): string {
  const [, code = '0', words = ''] = /Verify return code: (\d+) \(([^)]{1,100})\)/.exec(text) ?? [];
  return code === '0' ? '' : `; the debug image does not trust it (${words}), which the application may`;
}

function whyNone(text: string): string {
  const reason = /error:[0-9A-Fa-f]+:[^:\n]*:[^:\n]*:([^:\n]{1,100})/.exec(text)?.[1];
  if (reason !== undefined && /wrong version number|unknown protocol|packet length too long/.test(reason))
    return `the server does not speak TLS (${reason})`;
  return reason === undefined ? 'no handshake: the server sent no certificate' : `no handshake: ${reason}`;
}

function oneLine(name: string | undefined): string {
  const text = (name ?? '').replaceAll('\n', ', ').slice(0, 200);
  return text === '' ? 'nobody' : text;
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10);
}

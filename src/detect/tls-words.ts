import type { ApplicationEvent } from '../applications/events.ts';
import type { CertificateDetails, TlsDetails } from './finding.ts';

/** Alerts as RFC 8446 §6 and RFC 5246 §7.2 name them. */
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
  121: 'ech_required',
};

/** "unknown_ca (48)". */
export function alertName(code: number): string {
  return `${ALERTS[code] ?? 'of unknown meaning'} (${code})`;
}

/** Most names and protocols in a finding's details. */
const MAX_DETAILS = 8;

/** What clients asked for in their hellos, as details. */
export function askedFor(events: readonly ApplicationEvent[]): Pick<TlsDetails, 'names' | 'protocols'> {
  return { names: valuesOf(events, 'sni'), protocols: valuesOf(events, 'offered') };
}

/** The values of a field that lists them with commas, each once. */
function valuesOf(events: readonly ApplicationEvent[], name: string): string[] {
  const all = events.flatMap(({ fields }) => String(fields[name] ?? '').split(','));
  return [...new Set(all)].filter((value) => value !== '').slice(0, MAX_DETAILS);
}

/** The certificate of an event, as details. */
export function certificateOf({ fields }: ApplicationEvent): CertificateDetails {
  return {
    subject: String(fields['subject'] ?? ''),
    issuer: String(fields['issuer'] ?? ''),
    names: String(fields['names'] ?? '')
      .split(', ')
      .filter((name) => name !== ''),
    notBefore: timeOf(fields['notBeforeMs']),
    notAfter: timeOf(fields['notAfterMs']),
  };
}

/** ISO 8601; "" for what is no time. */
function timeOf(timeMs: string | number | undefined): string {
  const time = Number(timeMs ?? 0);
  return time !== 0 && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : '';
}

/** Most names in one sentence. */
const MAX_NAMES = 3;

/** " for shop.example, api.example and 4 others": the server names that clients asked for; "" if none was. */
export function namedBy(events: readonly ApplicationEvent[]): string {
  const names = [...new Set(events.map(({ fields }) => String(fields['sni'] ?? '')))].filter(
    (name) => name !== '',
  );
  if (names.length === 0) return '';
  const others = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return others > 0 ? ` for ${shown} and ${others} others` : ` for ${shown}`;
}

import { UserError } from '../errors.ts';

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: 1000,
  KB: 1000,
  M: 1000 ** 2,
  MB: 1000 ** 2,
  G: 1000 ** 3,
  GB: 1000 ** 3,
  KI: 1024,
  KIB: 1024,
  MI: 1024 ** 2,
  MIB: 1024 ** 2,
  GI: 1024 ** 3,
  GIB: 1024 ** 3,
};

/** A capture longer than a day is a flight recorder's job. */
const MAX_DURATION_MS = 24 * 3_600_000;
const MAX_SIZE_BYTES = 1024 ** 4;

/** "30s", "1h30m", "90" (seconds) in milliseconds. Throws UserError. */
export function durationMs(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)/g)];
  const whole = parts.map(([part]) => part).join('');
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : parts.reduce((sum, [, value, unit]) => sum + Number(value) * (DURATION_UNITS[unit ?? ''] ?? NaN), 0);
  if ((/^\d+$/.test(text) || (whole === text && text !== '')) && ms >= 1000 && ms <= MAX_DURATION_MS)
    return Math.round(ms);
  throw new UserError(
    `--${flag} cannot be "${text}"`,
    'it takes a time from 1s to 24h, such as 30s, 5m or 1h30m',
    `--${flag} 30s`,
  );
}

/** "100MB", "64Mi", "5000000" in bytes. Throws UserError. */
export function sizeBytes(flag: string, text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?) ?([A-Za-z]{0,3})$/.exec(text);
  const bytes = Number(match?.[1] ?? NaN) * (SIZE_UNITS[(match?.[2] ?? '').toUpperCase()] ?? NaN);
  if (bytes >= 1000 && bytes <= MAX_SIZE_BYTES) return Math.floor(bytes);
  throw new UserError(
    `--${flag} cannot be "${text}"`,
    'it takes a size from 1KB to 1TB, such as 100MB or 64Mi',
    `--${flag} 100MB`,
  );
}

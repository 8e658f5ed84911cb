import type { ExecEnd } from './exec-api.ts';
import { printable } from './printable.ts';

interface StatusDocument {
  readonly status?: unknown;
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: unknown; readonly message?: unknown }[];
  } | null;
}

/** Reads the Status object that ends an exec stream (channel 3 of v4.channel.k8s.io and v5.channel.k8s.io). */
export function parseExecStatus(text: string): ExecEnd {
  let document: StatusDocument | null;
  try {
    document = JSON.parse(text) as StatusDocument | null;
  } catch {
    return { kind: 'failed', message: `the server ended the stream with "${printable(text.slice(0, 300))}"` };
  }
  if (document?.status === 'Success') return { kind: 'exited', exitCode: 0 };
  const causes = document?.details?.causes;
  const cause = Array.isArray(causes) ? causes.find((one) => one.reason === 'ExitCode') : undefined;
  const exitCode = Number(cause?.message);
  if (cause !== undefined && Number.isInteger(exitCode)) return { kind: 'exited', exitCode };
  return {
    kind: 'failed',
    message: printable(textOf(document?.message) || textOf(document?.reason) || 'no reason given'),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

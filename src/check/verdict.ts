import { isAside } from '../explain/rank.ts';
import type { CheckCause, CheckLayer, CheckVerdict } from './check-report.ts';

/** What the sentence is about. */
export interface VerdictEnds {
  readonly from: string;
  readonly to: string;
  /** Whether anything was sent. */
  readonly isProbed: boolean;
}

/** The first layer that fails, else the first that is not known, else that the way is open as far as is known. */
export function checkVerdict(
  layers: readonly CheckLayer[],
  causes: readonly CheckCause[],
  { from, to, isProbed }: VerdictEnds,
): CheckVerdict {
  const way = `from ${from} to ${to}`;
  const failing = layers.find(({ status }) => status === 'fails');
  if (failing !== undefined) {
    const cause = causes.find(
      ({ id, layer, confidence }) => layer === failing.id && confidence !== 'possible' && !isAside(id),
    );
    const prefix = cause?.confidence === 'likely' && isProbed ? 'likely: ' : '';
    const text = `The way ${way} fails at ${failing.id}: ${prefix}${trimmed(cause?.text ?? failing.seen)}.`;
    return { outcome: 'fails', layer: failing.id, text };
  }
  const connected = layers.some(
    ({ id, status }) => (id === 'connect' || id === 'udp') && (status === 'ok' || status === 'warning'),
  );
  const open = layers.find(({ status }) => status === 'unknown');
  if (open !== undefined && !connected)
    return {
      outcome: 'unknown',
      layer: open.id,
      text: `Whether the way ${way} is open is not known: ${open.id}: ${trimmed(open.seen)}.`,
    };
  const warning = layers.find(({ status }) => status === 'warning');
  const but = warning === undefined ? '' : `, but ${warning.id}: ${trimmed(warning.seen)}`;
  return {
    outcome: 'open',
    layer: '',
    text: isProbed
      ? `The way ${way} is open: what was tried got through${but}.`
      : `The way ${way} is open as far as the objects say${but}; nothing was sent.`,
  };
}

function trimmed(text: string): string {
  return text.replace(/\.$/, '');
}

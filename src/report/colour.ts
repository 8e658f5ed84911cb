/**
 * The one place that knows terminal colours. Colour never stands alone: each painted word says the
 * same without it. The caller decides (terminal, NO_COLOR) and passes a {@link Paint}.
 */
export interface Paint {
  error(text: string): string;
  warning(text: string): string;
  good(text: string): string;
  /** Of less weight: labels and notes. */
  faint(text: string): string;
  strong(text: string): string;
}

/** No colour at all. */
export const PLAIN: Paint = { error: same, warning: same, good: same, faint: same, strong: same };

/** ANSI SGR sequences (ECMA-48 §8.3.117), the 8 colours that each terminal theme defines. */
export const ANSI: Paint = {
  error: sgr('1;31', '22;39'),
  warning: sgr('33', '39'),
  good: sgr('32', '39'),
  faint: sgr('2', '22'),
  strong: sgr('1', '22'),
};

/** The word in the colour of its severity or outcome. */
export function paintSeverity(paint: Paint, severity: string, text: string): string {
  if (severity === 'error') return paint.error(text);
  if (severity === 'warning') return paint.warning(text);
  return text;
}

function same(text: string): string {
  return text;
}

function sgr(on: string, off: string): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}

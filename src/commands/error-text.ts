import { UserError } from '../errors.ts';
import { plainLines } from '../report/plain-text.ts';

/** An error as it is printed: what failed, why, how to fix it; with `verbose` the stack as well. */
export function errorText(error: unknown, verbose: boolean): string {
  const parts = error instanceof UserError ? error : unexpected(error);
  const lines = [...part('error: ', parts.what), ...part('  why: ', parts.why), ...part('  fix: ', parts.fix)];
  const stack = verbose && error instanceof Error ? stackLines(error) : [];
  return `${[...lines, ...stack].join('\n')}\n`;
}

function part(label: string, text: string): string[] {
  if (text.trim() === '') return [];
  return plainLines(text).map((line, at) => `${at === 0 ? label : ' '.repeat(label.length)}${line}`);
}

/** An error that nobody meant for the user: a fault of this program, and said so. */
function unexpected(error: unknown): { what: string; why: string; fix: string } {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { what: 'the command failed in a way that was not foreseen', why, fix: 'run it again with --verbose and report the output' };
}

/** The stack of the error and of what caused it. */
function stackLines(error: Error): string[] {
  const lines: string[] = [];
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    lines.push(...plainLines(`${depth === 0 ? '' : 'caused by '}${current.stack ?? current.message}`));
  }
  return lines;
}

import { UserError } from '../errors.ts';
import { ApiError } from '../kube/kube-api.ts';
import { plainLines } from '../report/plain-text.ts';

/** An error as it is printed: what failed, why, how to fix it; with `verbose` the stack as well. */
export function errorText(error: unknown, verbose: boolean): string {
  const parts =
    error instanceof UserError ? error : error instanceof ApiError ? refused(error) : unexpected(error);
  const lines = [
    ...part('error: ', parts.what),
    ...part('  why: ', parts.why),
    ...part('  fix: ', parts.fix),
  ];
  const stack = verbose && error instanceof Error ? stackLines(error) : [];
  return `${[...lines, ...stack].join('\n')}\n`;
}

function part(label: string, text: string): string[] {
  if (text.trim() === '') return [];
  return plainLines(text).map((line, at) => `${at === 0 ? label : ' '.repeat(label.length)}${line}`);
}

/** An answer of the API server that no command has words of its own for. */
function refused(error: ApiError): { what: string; why: string; fix: string } {
  const code = [error.status === 0 ? '' : String(error.status), error.reason]
    .filter((part) => part !== '')
    .join(' ');
  return {
    what: error.status === 0 ? 'the API server gave no answer' : 'the API server refused a request',
    why: code === '' ? error.message : `${error.message} (${code})`,
    fix:
      error.status === 403
        ? 'see what this user may do: kubectl auth can-i --list -n NAMESPACE'
        : 'see whether the server is well: kubectl get --raw /readyz?verbose',
  };
}

/** An error that nobody meant for the user: a fault of this program, and said so. */
function unexpected(error: unknown): { what: string; why: string; fix: string } {
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    what: 'the command failed in a way that was not foreseen',
    why,
    fix: 'run it again with --verbose and report the output',
  };
}

/** The stack of the error and of what caused it. */
function stackLines(error: Error): string[] {
  const lines: string[] = [];
  for (
    let current: unknown = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth += 1
  ) {
    lines.push(...plainLines(`${depth === 0 ? '' : 'caused by '}${current.stack ?? current.message}`));
  }
  return lines;
}

import type { Io } from '../io.ts';

/**
 * A command as data: enough for help, completion, the README's table and the parser, and cheap to
 * load. What it does is loaded when it runs (`load`), so that `--help` and completion stay fast.
 */
export interface Command {
  readonly name: string;
  /** One line, lower case, no full stop. */
  readonly summary: string;
  /** What stands behind the name: "pod/NAME", "FILE...", or empty. */
  readonly operands: string;
  readonly minOperands: number;
  readonly maxOperands: number;
  readonly flags: readonly Flag[];
  /** Command lines that can be pasted. */
  readonly examples: readonly string[];
  /** Not listed in help: asked for by programs. */
  readonly hidden?: boolean;
  readonly load: () => Promise<Run>;
}

/** Runs a command; the result is the exit status. Throws UserError for what the user can mend. */
export type Run = (given: Given, io: Io) => Promise<number>;

export interface Flag {
  readonly name: string;
  /** One letter, without the dash. */
  readonly alias?: string;
  /** `list`: may be given several times. */
  readonly type: 'string' | 'boolean' | 'list';
  /** Name of the value in help: "FILE", "SECONDS". */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Its value when it is given without one; a value is then written with "=" only, as kubectl has it. */
  readonly bare?: string;
  /** What holds when it is not given, as help prints it. */
  readonly standard?: string;
  readonly description: string;
}

/** What the user wrote: operands, and values by flag name (absent: not given). */
export interface Given {
  readonly command: string;
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly string[]>>;
}

/** The value of a `string` flag; undefined if it was not given. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given.values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of a `list` flag, in the order in which they were given. */
export function listOf(given: Given, name: string): readonly string[] {
  const value = given.values[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** Whether a `boolean` flag was given. */
export function isGiven(given: Given, name: string): boolean {
  return given.values[name] === true;
}

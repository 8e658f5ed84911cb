/**
 * A failure that is meant for the user: what failed, why (with its evidence), and how to fix it
 * (if possible a command that can be pasted). Printed without a stack trace unless `--verbose`.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What failed, one line without a final full stop. */
  readonly what: string;
  /** Why, with the evidence (the server's own words, a path, a number). */
  readonly why: string;
  /** How to fix it; may hold several lines. */
  readonly fix: string;

  constructor(what: string, why: string, fix: string, options?: ErrorOptions) {
    super(`${what}: ${why}`, options);
    this.what = what;
    this.why = why;
    this.fix = fix;
  }
}

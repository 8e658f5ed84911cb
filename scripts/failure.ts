/** Ends a script with what failed, why and how to fix it, in the manner of the program's own errors. */
export function fail(what: string, why: string, fix: string): never {
  console.error(`error: ${what}\n  why: ${why}\n  fix: ${fix}`);
  process.exit(1);
}

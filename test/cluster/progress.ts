/** Progress lines: on stderr, with the seconds since the program's start. */
const startMs = Date.now();

/** Prints one progress line. */
export function progress(text: string): void {
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${text}\n`);
}

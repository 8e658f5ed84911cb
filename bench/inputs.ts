import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A capture to measure with, as `generate.c` makes it; see there for the fields. */
interface Input {
  readonly format: 'pcap' | 'pcap-ns' | 'pcapng';
  readonly kind: 'tcp' | 'small' | 'syn' | 'dns';
  readonly bytes: number;
  readonly flows: number;
}

/** Name of a capture in the cache. */
export type InputName =
  | 'bulk-100mb.pcap'
  | 'bulk-100mb-ns.pcap'
  | 'bulk-100mb.pcapng'
  | 'bulk-100mb.pcap.gz'
  | 'bulk-1gb.pcap'
  | 'short-1gb.pcap'
  | 'short-4gb.pcap'
  | 'small-271mb.pcap'
  | 'syn-100mb.pcap'
  | 'syn-720mb.pcap'
  | 'dns-200mb.pcap';

const bulk100: Input = { format: 'pcap', kind: 'tcp', bytes: 100e6, flows: 16 };

const INPUTS: Readonly<Record<InputName, Input>> = {
  'bulk-100mb.pcap': bulk100,
  'bulk-100mb-ns.pcap': { ...bulk100, format: 'pcap-ns' },
  'bulk-100mb.pcapng': { ...bulk100, format: 'pcapng' },
  'bulk-100mb.pcap.gz': bulk100,
  'bulk-1gb.pcap': { ...bulk100, bytes: 1e9 },
  'short-1gb.pcap': { ...bulk100, bytes: 1e9, flows: 750_000 },
  'short-4gb.pcap': { ...bulk100, bytes: 4e9, flows: 900_000 },
  'small-271mb.pcap': { ...bulk100, kind: 'small', bytes: 271e6, flows: 4000 },
  'syn-100mb.pcap': { ...bulk100, kind: 'syn', flows: 0 },
  'syn-720mb.pcap': { ...bulk100, kind: 'syn', bytes: 720e6, flows: 0 },
  'dns-200mb.pcap': { ...bulk100, kind: 'dns', bytes: 200e6, flows: 20 },
};

const cacheFolder = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'kubectl-netdebug',
  'bench',
);

/** Path of a program, compiled from the C file of this name beside this one. Throws if there is no C compiler. */
export function compiled(name: 'generate' | 'measure'): string {
  const source = join(import.meta.dirname, `${name}.c`);
  const path = join(cacheFolder, `${name}-${digest(source)}`);
  if (!existsSync(path)) {
    mkdirSync(cacheFolder, { recursive: true });
    into(path, (part) => execFileSync('cc', ['-O2', '-o', part, source], { stdio: 'inherit' }));
  }
  return path;
}

/** Path of a capture; made if it is missing. Captures of an older generator have other names. */
export function input(name: InputName): string {
  const path = join(cacheFolder, `${digest(join(import.meta.dirname, 'generate.c'))}-${name}`);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder, { recursive: true });
  console.error(`writing ${path}`);
  if (name === 'bulk-100mb.pcap.gz') {
    const plain = input('bulk-100mb.pcap');
    into(path, (part) => execFileSync('sh', ['-c', 'gzip -c -- "$1" > "$2"', 'sh', plain, part]));
  } else {
    const { format, kind, bytes, flows } = INPUTS[name];
    into(path, (part) =>
      execFileSync(compiled('generate'), [format, kind, String(bytes), String(flows), part], {
        stdio: 'inherit',
      }),
    );
  }
  return path;
}

/** Reads a file, so that it is in the page cache before anything is measured. */
export function warm(path: string): void {
  execFileSync('cat', ['--', path], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Never leaves half a file under the name that is looked for. */
function into(path: string, write: (part: string) => void): void {
  const part = `${path}.part`;
  write(part);
  renameSync(part, path);
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 8);
}

import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** What one file of `src/` brings in and reaches for. */
export interface SourceFile {
  /** Relative to `src/`. */
  readonly file: string;
  readonly text: string;
  /** Files of `src/`, types included. */
  readonly imports: readonly string[];
  /** `node:fs`, `ws`, `@scope/name`; without the path inside a package. */
  readonly packages: readonly string[];
  /** Globals and calls that make code depend on more than its arguments, such as `Date.now`. */
  readonly impurities: readonly string[];
  readonly reExports: boolean;
  /** Files and packages that are loaded as soon as this file is: no types, no `import()`. */
  readonly loads: readonly string[];
  /** Uses `import.meta`. */
  readonly asksWhereItIs: boolean;
}

const root = new URL('../../src/', import.meta.url).pathname;
const impureGlobals = new Set(
  'process performance console fetch crypto navigator localStorage setTimeout setInterval setImmediate queueMicrotask'.split(
    ' ',
  ),
);
const impureMembers = new Set(['Date.now', 'Math.random', 'globalThis.process', 'Intl.DateTimeFormat']);

/** Every TypeScript file below `src/`, parsed. */
export function readSources(): SourceFile[] {
  return globSync('**/*.ts', { cwd: root })
    .toSorted()
    .map((file) => analyseSource(file, readFileSync(root + file, 'utf8')));
}

/** Reads one source text; `file` is its path relative to `src/`. */
export function analyseSource(file: string, text: string): SourceFile {
  const { module, program, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const reExported = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry) => (entry.moduleRequest === null ? [] : [entry.moduleRequest.value])),
  );
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
    const literal = /^['"]([^'"]+)['"]$/.exec(text.slice(start, end));
    return literal?.[1] ?? 'import() of a computed name';
  });
  const requests = [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...dynamic,
    ...reExported,
  ];
  const atOnce = module.staticImports
    .filter(({ entries }) => entries.length === 0 || entries.some((entry) => !entry.isType))
    .map((found) => found.moduleRequest.value);
  const isOwn = (request: string): boolean => request.startsWith('.');
  const inSrc = (request: string): string => posix.join(posix.dirname(file), request);
  return {
    file,
    text,
    imports: requests.filter(isOwn).map(inSrc),
    packages: requests.filter((request) => !isOwn(request)).map(packageName),
    impurities: findImpurities(program),
    reExports: reExported.length > 0,
    loads: atOnce.map((request) => (isOwn(request) ? inSrc(request) : packageName(request))),
    asksWhereItIs: module.importMetas.length > 0,
  };
}

function packageName(request: string): string {
  if (request.startsWith('node:')) return request;
  return request
    .split('/')
    .slice(0, request.startsWith('@') ? 2 : 1)
    .join('/');
}

function findImpurities(program: ReturnType<typeof parseSync>['program']): string[] {
  const found: string[] = [];
  const visitor = new Visitor({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
      const name = `${node.object.name}.${node.property.name}`;
      if (impureMembers.has(name) || impureGlobals.has(node.object.name)) found.push(name);
    },
    CallExpression(node) {
      if (node.callee.type !== 'Identifier') return;
      if (node.callee.name === 'Date' || impureGlobals.has(node.callee.name)) found.push(node.callee.name);
    },
    NewExpression(node) {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
      if (isDate && node.arguments.length === 0) found.push('new Date()');
    },
  });
  visitor.visit(program);
  return found;
}

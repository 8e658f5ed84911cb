import type { DnsPluginFacts, ServerBlockFacts } from './dns-server-facts.ts';

/** A parsed Corefile. */
export interface Corefile {
  readonly blocks: readonly ServerBlockFacts[];
  /** "line 9: …"; '' if it parses. */
  readonly problem: string;
  /** false: it imports what is not in it, or is larger than what is looked at. */
  readonly whole: boolean;
}

/** Bounds of what is looked at: a Corefile of a large company has a few hundred lines. */
const MAX_CHARACTERS = 262_144;
const MAX_TOKENS = 20_000;
const MAX_BLOCKS = 500;
const MAX_WORD = 255;

/** Plugins whose words are needed to judge what happens to a name; others may hold keys and are kept by name only. */
const TELLING_PLUGINS: ReadonlySet<string> = new Set([
  'autopath',
  'bind',
  'cache',
  'errors',
  'forward',
  'health',
  'hosts',
  'kubernetes',
  'loop',
  'ready',
  'reload',
  'rewrite',
  'template',
]);

interface Token {
  readonly text: string;
  readonly line: number;
  /** In quotes, so that a brace in it is none. */
  readonly quoted: boolean;
}

/**
 * Reads a Corefile (CoreDNS manual, "Configuration"; the syntax is Caddy 1's). Bounded and never throws: what does
 * not parse becomes `problem`, and the blocks before it are kept.
 */
export function parseCorefile(text: string): Corefile {
  const { tokens, problem, whole } = tokensOf(text.slice(0, MAX_CHARACTERS));
  const parser = new Parser(tokens);
  parser.run();
  return {
    blocks: parser.blocks,
    problem: problem === '' ? parser.problem : problem,
    whole: whole && text.length <= MAX_CHARACTERS && !parser.imports,
  };
}

function tokensOf(text: string): { tokens: Token[]; problem: string; whole: boolean } {
  const tokens: Token[] = [];
  const pattern = /#[^\n]*|"((?:[^"\\]|\\[^])*)"|"|\n|[^\s"][^\s]*/g;
  let line = 1;
  for (const match of text.matchAll(pattern)) {
    const [word, inQuotes] = match;
    if (word === '\n') line++;
    else if (word === '"') return { tokens, problem: `line ${line}: a quote is not closed`, whole: true };
    else if (!word.startsWith('#')) {
      const value = inQuotes === undefined ? word : inQuotes.replaceAll('\\"', '"');
      tokens.push({ text: value.slice(0, MAX_WORD), line, quoted: inQuotes !== undefined });
      line += inQuotes?.split('\n').length ?? 1;
      line--;
    }
    if (tokens.length >= MAX_TOKENS) return { tokens, problem: '', whole: false };
  }
  return { tokens, problem: '', whole: true };
}

/** Walks over the tokens; a snippet "(name) { … }" is put in where it is imported. */
class Parser {
  readonly blocks: ServerBlockFacts[] = [];
  problem = '';
  imports = false;
  readonly #tokens: readonly Token[];
  readonly #snippets = new Map<string, readonly DnsPluginFacts[]>();
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): void {
    while (this.#at < this.#tokens.length && this.problem === '' && this.blocks.length < MAX_BLOCKS)
      this.#block();
    if (this.#at < this.#tokens.length && this.problem === '') this.imports = true;
  }

  #block(): void {
    const first = this.#tokens[this.#at] as Token;
    const keys = this.#keys();
    if (keys[0] === 'import') {
      this.imports = true;
      return;
    }
    if (keys.length === 0) {
      this.problem = `line ${first.line}: a zone is expected, not "${first.text}"`;
      return;
    }
    const plugins = this.#braces() ? this.#plugins(first.line) : this.#plugins(0);
    const snippet = /^\((.+)\)$/.exec(keys[0] ?? '')?.[1];
    if (snippet !== undefined) {
      this.#snippets.set(snippet, plugins);
      return;
    }
    const addresses = keys.map(zoneAndPort);
    for (const [port, zones] of Map.groupBy(addresses, (address) => address.port))
      this.blocks.push({ line: first.line, zones: zones.map(({ zone }) => zone), port, plugins });
  }

  /** The zones of a block: those of its line, and of the next one after a comma. */
  #keys(): string[] {
    const keys: string[] = [];
    let line = this.#tokens[this.#at]?.line ?? 0;
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at] as Token;
      const follows = token.line === line || this.#tokens[this.#at - 1]?.text.endsWith(',') === true;
      if (isBrace(token) || !follows) break;
      line = token.line;
      keys.push(...token.text.split(',').filter((key) => key !== ''));
    }
    return keys;
  }

  #braces(): boolean {
    const token = this.#tokens[this.#at];
    if (token === undefined || token.text !== '{' || token.quoted) return false;
    this.#at++;
    return true;
  }

  /** The plugins up to the closing brace; without an opening one (`openedAt` 0) up to the end. */
  #plugins(openedAt: number): DnsPluginFacts[] {
    const plugins: DnsPluginFacts[] = [];
    while (this.#at < this.#tokens.length && this.problem === '') {
      const token = this.#tokens[this.#at] as Token;
      if (isBrace(token)) {
        if (token.text === '}' && openedAt > 0) {
          this.#at++;
          return plugins;
        }
        this.problem = `line ${token.line}: a plugin is expected, not "${token.text}"`;
        return plugins;
      }
      plugins.push(...this.#plugin());
    }
    if (openedAt > 0 && this.problem === '')
      this.problem = `line ${openedAt}: the brace that opens here is not closed`;
    return plugins;
  }

  #plugin(): readonly DnsPluginFacts[] {
    const { text: name, line } = this.#tokens[this.#at] as Token;
    const [, ...words] = this.#line();
    if (name === 'import') {
      const snippet = this.#snippets.get(words[0] ?? '');
      if (snippet === undefined) this.imports = true;
      return snippet ?? [];
    }
    const options = this.#braces() ? this.#options(line) : [];
    const isKept = TELLING_PLUGINS.has(name);
    return [{ name, line, arguments: isKept ? words : [], options: isKept ? options : [] }];
  }

  /** The words up to the end of the line or a brace. */
  #line(): string[] {
    const words: string[] = [];
    const line = this.#tokens[this.#at]?.line;
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at] as Token;
      if (token.line !== line || isBrace(token)) break;
      words.push(token.text);
    }
    return words;
  }

  /** The lines of a plugin's braces; deeper braces are lines of their own. */
  #options(openedAt: number): string[][] {
    const options: string[][] = [];
    for (let depth = 1; this.#at < this.#tokens.length;) {
      const token = this.#tokens[this.#at] as Token;
      if (!isBrace(token)) {
        options.push(this.#line());
        continue;
      }
      this.#at++;
      depth += token.text === '{' ? 1 : -1;
      if (depth === 0) return options;
    }
    this.problem = `line ${openedAt}: the brace that opens here is not closed`;
    return options;
  }
}

function isBrace({ text, quoted }: Token): boolean {
  return !quoted && (text === '{' || text === '}');
}

/** "dns://Shop.Example.:1053" → "shop.example", 1053; "10.0.0.0/8" becomes the zone of its reverse names. */
function zoneAndPort(key: string): { readonly zone: string; readonly port: number } {
  const [, scheme = 'dns', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/.exec(key) ?? [];
  const [, name = rest, number] = /^(.*?)(?::(\d+))?$/.exec(rest) ?? [];
  const usual = scheme === 'tls' || scheme === 'quic' ? 853 : scheme === 'https' ? 443 : 53;
  return {
    zone: reverseZone(name.toLowerCase().replace(/\.$/, '')),
    port: number === undefined ? usual : Number(number),
  };
}

/** IPv4 ranges on byte boundaries; others are left as they are written. */
function reverseZone(name: string): string {
  const [, address, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(8|16|24)$/.exec(name) ?? [];
  if (address === undefined) return name;
  const labels = address.split('.').slice(0, Number(bits) / 8);
  return `${labels.toReversed().join('.')}.in-addr.arpa`;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { rootFolder } from './paths.ts';

/*
 * The JSON Schema of the report is made of the interfaces in the noun files: there is one description of the report,
 * and what the compiler accepts is what the schema says. A form of type that is not known here ends the making.
 */

/** Part of a JSON Schema. */
type Schema = Readonly<Record<string, unknown>>;
/** A node of the syntax tree; which keys it has depends on its type. */
type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** A type that has a name: what it is and the sentence above it. */
interface Declaration {
  readonly body: Node;
  readonly says: string;
}

const nouns = [
  'report/report.ts',
  'capture/capture.ts',
  'conversations/conversation.ts',
  'matching/crossing.ts',
  'detect/finding.ts',
  'explain/explanation.ts',
];

/** The JSON Schema (2020-12) of what `-o json` prints, as text. */
export function reportSchema(): string {
  const maker = new SchemaMaker(new Map(nouns.flatMap(declarations)));
  const { $ref } = maker.reference('Report') as { $ref: string };
  return `${JSON.stringify(
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Report of kubectl-netdebug, schemaVersion 1.0',
      $ref,
      $defs: maker.definitions(),
    },
    null,
    2,
  )}\n`;
}

/** The named types of a file below `src/`, each with its docstring. */
function declarations(file: string): [string, Declaration][] {
  const text = readFileSync(join(rootFolder, 'src', file), 'utf8');
  const { program, comments } = parseSync(file, text);
  const docs = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
  const saysAbove = (start: number): string => {
    const doc = docs.findLast(({ end }) => end <= start && text.slice(end, start).trim() === '');
    return doc === undefined ? '' : plain(doc.value);
  };
  return program.body.flatMap((statement): [string, Declaration][] => {
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { declaration } = statement;
    if (declaration?.type !== 'TSInterfaceDeclaration' && declaration?.type !== 'TSTypeAliasDeclaration')
      return [];
    const body = withDocs(declaration, saysAbove);
    return [[declaration.id.name, { body, says: saysAbove(statement.start) }]];
  });
}

/** A copy of the tree in which each property knows the sentence above it. */
function withDocs(value: unknown, saysAbove: (start: number) => string): Node {
  const copy = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(copy);
    if (typeof part !== 'object' || part === null) return part;
    const entries = Object.entries(part).map(([key, child]) => [key, copy(child)]);
    const node = Object.fromEntries(entries) as Node;
    return node.type === 'TSPropertySignature'
      ? { ...node, says: saysAbove((part as { start: number }).start) }
      : node;
  };
  return copy(value) as Node;
}

/** A docstring as one paragraph. */
function plain(doc: string): string {
  return doc
    .replace(/^\s*\*+ ?/gm, '')
    .replace(/\{@link ([^}]+)\}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Turns types into schemas, and collects those that have a name. */
class SchemaMaker {
  readonly #declarations: ReadonlyMap<string, Declaration>;
  readonly #definitions = new Map<string, Schema>();

  constructor(known: ReadonlyMap<string, Declaration>) {
    this.#declarations = known;
  }

  /** The named types that were referred to, sorted. */
  definitions(): Schema {
    return Object.fromEntries([...this.#definitions].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A reference to a named type. */
  reference(name: string): Schema {
    const declaration = this.#declarations.get(name);
    if (declaration === undefined) throw new Error(`no noun file declares ${name}`);
    if (!this.#definitions.has(name)) {
      this.#definitions.set(name, {});
      const { body, says } = declaration;
      const schema =
        body.type === 'TSInterfaceDeclaration'
          ? this.#object((body['body'] as Node)['body'] as Node[])
          : this.#of(body['typeAnnotation'] as Node);
      this.#definitions.set(name, { ...described(says), ...schema });
    }
    return { $ref: `#/$defs/${name}` };
  }

  #of(node: Node): Schema {
    switch (node.type) {
      case 'TSStringKeyword':
        return { type: 'string' };
      case 'TSNumberKeyword':
        return { type: 'number' };
      case 'TSBooleanKeyword':
        return { type: 'boolean' };
      case 'TSNullKeyword':
        return { type: 'null' };
      case 'TSLiteralType':
        return { const: (node['literal'] as Node)['value'] };
      case 'TSArrayType':
        return { type: 'array', items: this.#of(node['elementType'] as Node) };
      case 'TSTypeOperator':
      case 'TSParenthesizedType':
        return this.#of(node['typeAnnotation'] as Node);
      case 'TSTypeLiteral':
        return this.#object(node['members'] as Node[]);
      case 'TSUnionType':
        return this.#union(node['types'] as Node[]);
      case 'TSTypeReference':
        return this.#named(node);
      default:
        throw new Error(`the schema cannot say ${node.type}`);
    }
  }

  /** `Readonly<T>`, `Record<string, T>`, or a name of our own. */
  #named(node: Node): Schema {
    const name = (node['typeName'] as Node)['name'] as string;
    const given = ((node['typeArguments'] as Node | null)?.['params'] ?? []) as Node[];
    const last = given.at(-1);
    if (last === undefined) return this.reference(name);
    if (name === 'Readonly') return this.#of(last);
    if (name === 'Record' && given[0]?.type === 'TSStringKeyword')
      return { type: 'object', additionalProperties: this.#of(last) };
    throw new Error(`the schema cannot say ${name}<…>`);
  }

  #union(types: readonly Node[]): Schema {
    const parts = types.map((type) => this.#of(type));
    if (parts.every((part) => 'const' in part)) return { enum: parts.map((part) => part['const']) };
    if (parts.every((part) => typeof part['type'] === 'string' && Object.keys(part).length === 1))
      return { type: parts.map((part) => part['type']) };
    return { anyOf: parts };
  }

  /** Closed: a key that is not described is an error of whoever writes the report. */
  #object(members: readonly Node[]): Schema {
    const names = members.map((member) => (member['key'] as Node)['name'] as string);
    const properties = members.map((member, at): [string, Schema] => {
      const type = (member['typeAnnotation'] as Node)['typeAnnotation'] as Node;
      return [names[at] ?? '', { ...described(member['says'] as string), ...this.#of(type) }];
    });
    return {
      type: 'object',
      additionalProperties: false,
      required: names.filter((_name, at) => members[at]?.['optional'] !== true),
      properties: Object.fromEntries(properties),
    };
  }
}

function described(says: string): Schema {
  return says === '' ? {} : { description: says };
}

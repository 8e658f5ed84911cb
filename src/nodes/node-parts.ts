import { MAX_PART_BYTES } from './node-program.ts';

/** The output of the program that looks into a node, by the words after "===". */
export interface NodeParts {
  /** Lines of a part, empty ones left out; null: the part is not there, or may have been cut. */
  lines(name: string): readonly string[] | null;
  /** Parts whose names begin with the word, by the rest of their names. */
  below(word: string): readonly { readonly name: string; readonly lines: readonly string[] }[];
  /** Parts that may have been cut. */
  readonly cut: readonly string[];
  /** Whether the program came to its end. */
  readonly isWhole: boolean;
}

/** Takes the output apart. */
export function nodeParts(output: string): NodeParts {
  const parts = new Map<string, string>();
  for (const piece of output.split(/^=== /m).slice(1)) {
    const end = piece.indexOf('\n');
    parts.set(end < 0 ? piece : piece.slice(0, end), end < 0 ? '' : piece.slice(end + 1));
  }
  const isCut = (text: string): boolean => Buffer.byteLength(text) >= MAX_PART_BYTES;
  const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
  return {
    lines: (name) => {
      const text = parts.get(name);
      return text === undefined || isCut(text) ? null : linesOf(text);
    },
    below: (word) =>
      [...parts].flatMap(([name, text]) =>
        name.startsWith(`${word} `) && !isCut(text)
          ? [{ name: name.slice(word.length + 1), lines: linesOf(text) }]
          : [],
      ),
    cut: [...parts].flatMap(([name, text]) => (isCut(text) ? [name] : [])),
    isWhole: parts.has('end'),
  };
}

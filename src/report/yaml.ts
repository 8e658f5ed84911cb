import { Document, Scalar, visit } from 'yaml';
import { escapeInQuotes, isUnprintable } from './plain-text.ts';

/** A report as YAML 1.2, the same keys as in JSON. Strings with unprintable characters are double-quoted and escaped. */
export function renderYaml(report: object): string {
  // Aliases would make a reader follow references between unrelated parts.
  const document = new Document(report, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && isUnprintable(node.value.replaceAll('\n', '')))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapeInQuotes(document.toString({ lineWidth: 0 }));
}

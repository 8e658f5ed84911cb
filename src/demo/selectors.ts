import type { Answer } from './recording.ts';

/** A selector that an API server would refuse; answered with 400. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

/** Parses a label selector, set-based requirements included (Kubernetes docs, "Labels and Selectors"). */
export function parseLabelSelector(selector: string): Requirement {
  // Commas inside parentheses separate values, not requirements.
  const requirements = selector
    .split(/,(?![^(]*\))/)
    .filter((part) => part.trim() !== '')
    .map((part) => parseRequirement(part.trim()));
  return (labels) => requirements.every((requirement) => requirement(labels));
}

function parseRequirement(part: string): Requirement {
  const set = /^([^\s!=(),]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set) {
    const [, key = '', operator, values = ''] = set;
    const wanted = values.split(',').map((value) => value.trim());
    return operator === 'in'
      ? (labels) => wanted.includes(labels[key] ?? '\0')
      : (labels) => !wanted.includes(labels[key] ?? '\0');
  }
  const equal = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/.exec(part);
  if (equal) {
    const [, key = '', operator, value = ''] = equal;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)\s*([^\s!=(),]+)$/.exec(part);
  if (!exists) throw new SelectorError(`unable to parse requirement: ${part}`);
  const [, absent, key = ''] = exists;
  return (labels) => (absent === '!') !== Object.hasOwn(labels, key);
}

/** Parses a field selector such as "spec.nodeName=node1,status.phase!=Failed". */
export function parseFieldSelector(selector: string): (item: Answer) => boolean {
  const requirements = selector
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([A-Za-z.]+)(==|=|!=)(.*)$/.exec(part);
      if (!match) throw new SelectorError(`invalid field selector: ${part}`);
      const [, field = '', operator, value = ''] = match;
      return (item: Answer): boolean => (fieldText(item, field) === value) !== (operator === '!=');
    });
  return (item) => requirements.every((requirement) => requirement(item));
}

function fieldText(item: Answer, field: string): string {
  let value: unknown = item;
  for (const key of field.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Answer)[key] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/**
 * Commands to paste. Names in them come from the cluster, which may hold anything, so only names of
 * Kubernetes' own syntax get into a command; every other leads to '' and the caller says it in words.
 */

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_PART = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$/;

/** Whether the text is a name of a Kubernetes object (RFC 1123 subdomain). */
export function isObjectName(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}

/** Whether key and value are a label by Kubernetes' syntax, so that they need no quoting. */
export function isLabel(key: string, value: string): boolean {
  const [prefix, name] = key.includes('/')
    ? [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)]
    : ['', key];
  return (
    (prefix === '' ? !key.includes('/') : isObjectName(prefix)) &&
    name !== '' &&
    name.length <= 63 &&
    LABEL_PART.test(name) &&
    value.length <= 63 &&
    LABEL_PART.test(value)
  );
}

/** Whether the text is an image reference that needs no quoting. */
export function isImage(text: string): boolean {
  return IMAGE.test(text);
}

/** The command if all names in it are names of Kubernetes objects, else ''. */
export function command(names: readonly string[], text: string): string {
  return names.every(isObjectName) ? text : '';
}

/** "app=payments,tier=back" for `-l`; '' if a pair is no proper label. */
export function selectorArgument(selector: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(selector);
  return pairs.every(([key, value]) => isLabel(key, value))
    ? pairs.map(([key, value]) => `${key}=${value}`).join(',')
    : '';
}

/** The first text that is not empty: a command, or the words that stand in for it. */
export function firstOf(...texts: readonly string[]): string {
  return texts.find((text) => text !== '') ?? '';
}

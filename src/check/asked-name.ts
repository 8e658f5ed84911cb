/**
 * Whether a name of DNS messages is the one that was asked for, with or without more of the search list behind it. A
 * name of one label is that of a Service of the pod's namespace: others that begin like it are other names.
 */
export function isAskedName(seen: string, asked: string, namespace: string): boolean {
  const own = asked.toLowerCase().replace(/\.$/, '');
  const stem = own.includes('.') ? own : `${own}.${namespace}`;
  return own !== '' && (seen === own || seen === stem || seen.startsWith(`${stem}.`));
}

/** An API path in parts: "/api/v1/namespaces/shop/pods/x/exec". */
export interface ResourcePath {
  /** "/api/v1" or "/apis/GROUP/VERSION". */
  readonly groupVersion: string;
  /** "" in the core group. */
  readonly group: string;
  /** "" for cluster-wide lists and objects without a namespace. */
  readonly namespace: string;
  /** Plural, such as "pods". */
  readonly resource: string;
  /** "" for lists. */
  readonly name: string;
  /** Such as "exec", "" if none. */
  readonly subresource: string;
}

/** Takes a path apart; undefined for paths that name no resource (/version, /apis …). */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const groupParts = parts[0] === 'api' ? 2 : parts[0] === 'apis' ? 3 : 0;
  if (groupParts === 0 || parts.length <= groupParts) return undefined;
  const groupVersion = `/${parts.slice(0, groupParts).join('/')}`;
  const group = groupParts === 3 ? (parts[1] ?? '') : '';
  const rest = parts.slice(groupParts);
  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [resource = '', name = '', subresource = ''] = namespaced ? rest.slice(2) : rest;
  return { groupVersion, group, namespace: namespaced ? (rest[1] ?? '') : '', resource, name, subresource };
}

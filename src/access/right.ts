/** One verb on one resource, as an RBAC rule words it. */
export interface Right {
  /** API group; "" is the core group. */
  readonly group: string;
  /** "pods" or "pods/SUBRESOURCE". */
  readonly resource: string;
  readonly verb: string;
}

/** Rights on one resource, one for each verb. */
export function rights(resource: string, verbs: readonly string[], group = ''): Right[] {
  return verbs.map((verb) => ({ group, resource, verb }));
}

/** "get" on pods/exec. */
export function rightText({ group, resource, verb }: Right): string {
  return `"${verb}" on ${resource}${group === '' ? '' : `.${group}`}`;
}

/** A rule of a Role (rbac.authorization.k8s.io/v1). */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules that give exactly these rights, one for each resource, in the order of their first mention. */
export function rulesFor(list: readonly Right[]): Rule[] {
  const byResource = Map.groupBy(list, ({ group, resource }) => `${group}/${resource}`);
  return [...byResource.values()].map((same) => ({
    apiGroups: [same[0]?.group ?? ''],
    resources: [same[0]?.resource ?? ''],
    verbs: [...new Set(same.map((right) => right.verb))],
  }));
}

/** Lines of YAML of a rule; `note` becomes a comment above it. */
export function ruleLines(rule: Rule, note = ''): string[] {
  const list = (values: readonly string[]): string => `[${values.map((value) => `"${value}"`).join(', ')}]`;
  return [
    ...(note === '' ? [] : [`# ${note}`]),
    `- apiGroups: ${list(rule.apiGroups)}`,
    `  resources: ${list(rule.resources)}`,
    `  verbs: ${list(rule.verbs)}`,
  ];
}

/** The Role `netdebug` with exactly these rights, as YAML. */
export function roleYaml(namespace: string, list: readonly Right[]): string {
  return [
    'apiVersion: rbac.authorization.k8s.io/v1',
    'kind: Role',
    'metadata:',
    '  name: netdebug',
    `  namespace: ${namespace}`,
    'rules:',
    ...rulesFor(list).flatMap((rule) => ruleLines(rule)),
  ].join('\n');
}

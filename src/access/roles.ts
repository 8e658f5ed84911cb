import { dnsNamespace, type Need, type Scope } from './needs.ts';
import { type Right, type Rule, ruleLines, rulesFor } from './right.ts';

/** How roles are printed. */
export interface RoleRequest {
  /** Namespace of what is traced. */
  readonly namespace: string;
  readonly debugNamespace: string;
  /** One ClusterRole instead of Roles: everything in every namespace. */
  readonly isClusterWide: boolean;
  /** User and group names that are bound; none: no binding. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

interface Role {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  /** "" for a ClusterRole. */
  readonly namespace: string;
  readonly rights: readonly Right[];
}

/** Roles for these needs and no more, as a YAML stream; each rule says what it is for. */
export function rolesYaml(needed: readonly Need[], request: RoleRequest): string {
  return rolesFor(needed, request)
    .flatMap((role) => [roleLines(role, needed), ...bindingLines(role, request)])
    .map((lines) => `${lines.join('\n')}\n`)
    .join('---\n');
}

/** The same as one JSON List. */
export function rolesJson(needed: readonly Need[], request: RoleRequest): string {
  const items = rolesFor(needed, request).flatMap((role) => {
    const { kind, name, namespace } = role;
    const metadata = { name, ...(namespace === '' ? {} : { namespace }) };
    const subjects = subjectsOf(request);
    const binding = {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup, kind, name },
      subjects,
    };
    return [
      { apiVersion, kind, metadata, rules: rulesFor(role.rights) },
      ...(subjects.length === 0 ? [] : [binding]),
    ];
  });
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`;
}

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

function rolesFor(needed: readonly Need[], request: RoleRequest): Role[] {
  const at = (...scopes: readonly Scope[]): Right[] =>
    needed.flatMap((need) =>
      need.parts.filter(({ scope }) => scopes.includes(scope)).flatMap(({ rights }) => rights),
    );
  const roles: readonly Role[] = request.isClusterWide
    ? [
        {
          kind: 'ClusterRole',
          name: 'netdebug',
          namespace: '',
          rights: at('namespace', 'debug-namespace', 'dns-namespace', 'cluster'),
        },
      ]
    : [
        { kind: 'Role', name: 'netdebug', namespace: request.namespace, rights: at('namespace') },
        {
          kind: 'Role',
          name: 'netdebug-node',
          namespace: request.debugNamespace,
          rights: at('debug-namespace'),
        },
        { kind: 'Role', name: 'netdebug-dns', namespace: dnsNamespace, rights: at('dns-namespace') },
        { kind: 'ClusterRole', name: 'netdebug', namespace: '', rights: at('cluster') },
      ];
  return roles.filter(({ rights }) => rights.length > 0);
}

function roleLines(role: Role, needed: readonly Need[]): string[] {
  return [
    `apiVersion: ${apiVersion}`,
    `kind: ${role.kind}`,
    ...metadataLines(role),
    'rules:',
    ...rulesFor(role.rights).flatMap((rule) => ruleLines(rule, `for ${usersOf(rule, needed)}`)),
  ];
}

function metadataLines({ name, namespace }: Role): string[] {
  return ['metadata:', `  name: ${name}`, ...(namespace === '' ? [] : [`  namespace: ${namespace}`])];
}

/** The words of the needs that a rule serves. */
function usersOf(rule: Rule, needed: readonly Need[]): string {
  const serves = (right: Right): boolean =>
    rule.apiGroups.includes(right.group) && rule.resources.includes(right.resource);
  return needed
    .filter((need) => need.parts.some(({ rights }) => rights.some(serves)))
    .map(({ word }) => word)
    .join(', ');
}

function bindingLines(role: Role, request: RoleRequest): string[][] {
  const subjects = subjectsOf(request);
  if (subjects.length === 0) return [];
  return [
    [
      `apiVersion: ${apiVersion}`,
      `kind: ${role.kind}Binding`,
      ...metadataLines(role),
      'roleRef:',
      `  apiGroup: ${apiGroup}`,
      `  kind: ${role.kind}`,
      `  name: ${role.name}`,
      'subjects:',
      ...subjects.flatMap(({ kind, name }) => [
        `- apiGroup: ${apiGroup}`,
        `  kind: ${kind}`,
        // A JSON string is a YAML string, whatever is in it.
        `  name: ${JSON.stringify(name)}`,
      ]),
    ],
  ];
}

function subjectsOf({ users, groups }: RoleRequest): { apiGroup: string; kind: string; name: string }[] {
  return [
    ...users.map((name) => ({ apiGroup, kind: 'User', name })),
    ...groups.map((name) => ({ apiGroup, kind: 'Group', name })),
  ];
}

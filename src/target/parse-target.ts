import { UserError } from '../errors.ts';
import { kindNamed, type KindNames, targetKinds, type TargetKind } from './target-kinds.ts';

/** What the user named. */
export interface Target {
  readonly kind: TargetKind;
  /** Empty for nodes. */
  readonly namespace: string;
  readonly name: string;
  /** As it was typed: "deploy/payments". */
  readonly asked: string;
}

/** RFC 1123 subdomain, the form of names. */
const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** RFC 1123 label, the form of namespace names. */
const namespaceName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Reads TYPE/NAME or NAMESPACE/TYPE/NAME. The namespace before the type goes before
 * `defaultNamespace`. Throws {@link UserError}.
 */
export function parseTarget(text: string, defaultNamespace: string): Target {
  const parts = text.split('/');
  const [type = '', name = ''] = parts.slice(-2);
  const namespace = parts.length === 3 ? (parts[0] ?? '') : defaultNamespace;
  if (parts.length === 1) throw notATarget(text, 'it has no type', `Write pod/${text}.`);
  if (parts.length > 3)
    throw notATarget(text, 'it has too many slashes', 'Write TYPE/NAME or NAMESPACE/TYPE/NAME.');
  const names = kindNamed(type);
  if (names === undefined) throw notATarget(text, `there is no type "${type}" to trace`, knownTypes());
  checkName(text, names, name);
  if (names.kind === 'node') {
    if (parts.length === 3) throw notATarget(text, 'nodes are in no namespace', `Write node/${name}.`);
    return { kind: 'node', namespace: '', name, asked: text };
  }
  if (!namespaceName.test(namespace) || namespace.length > 63) {
    throw notATarget(
      text,
      `"${namespace}" is not a name that a namespace can have`,
      'Namespaces are made of a-z, 0-9 and "-".',
    );
  }
  return { kind: names.kind, namespace, name, asked: text };
}

function checkName(text: string, { short }: KindNames, name: string): void {
  if (name === '')
    throw notATarget(
      text,
      'it has no name',
      `List the names with: kubectl get ${short}; then write ${short}/NAME.`,
    );
  if (!objectName.test(name) || name.length > 253)
    throw notATarget(
      text,
      `"${name}" is not a name that a ${short} can have`,
      'Names are made of a-z, 0-9, "-" and ".".',
    );
}

function knownTypes(): string {
  return `Write one of ${targetKinds.map(({ short }) => `${short}/NAME`).join(', ')}.`;
}

function notATarget(text: string, why: string, fix: string): UserError {
  return new UserError(`"${text}" is not a target`, why, fix);
}

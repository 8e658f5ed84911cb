import { UserError } from '../errors.ts';

/** What the user named. */
export interface Target {
  readonly kind: 'pod';
  readonly namespace: string;
  readonly name: string;
}

const podTypes = ['pod', 'pods', 'po'];
/** RFC 1123 subdomain, the form of pod names. */
const podName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
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
  if (!podTypes.includes(type.toLowerCase())) {
    throw notATarget(
      text,
      `type "${type}" is not supported; this version traces pods`,
      'List pods with: kubectl get pods; then write pod/NAME.',
    );
  }
  if (!podName.test(name) || name.length > 253)
    throw notATarget(
      text,
      `"${name}" is not a name that a pod can have`,
      'Names are made of a-z, 0-9, "-" and ".".',
    );
  if (!namespaceName.test(namespace) || namespace.length > 63) {
    throw notATarget(
      text,
      `"${namespace}" is not a name that a namespace can have`,
      'Namespaces are made of a-z, 0-9 and "-".',
    );
  }
  return { kind: 'pod', namespace, name };
}

function notATarget(text: string, why: string, fix: string): UserError {
  return new UserError(`"${text}" is not a target`, why, fix);
}

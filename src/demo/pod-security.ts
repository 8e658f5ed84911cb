import type { Answer } from './recording.ts';

/** Capabilities that *baseline* lets a container add (Kubernetes docs, "Pod Security Standards"). */
const BASELINE_CAPABILITIES: readonly string[] = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** One check of the standards, worded as its admission words it. */
interface Check {
  readonly title: string;
  readonly violated: (context: SecurityContext) => boolean;
  readonly must: (contexts: readonly SecurityContext[]) => string;
}

const foreignCapabilities = (context: SecurityContext): string[] =>
  (context.capabilities?.add ?? []).filter((capability) => !BASELINE_CAPABILITIES.includes(capability));

const BASELINE: readonly Check[] = [
  {
    title: 'privileged',
    violated: (context) => context.privileged === true,
    must: () => 'must not set securityContext.privileged=true',
  },
  {
    title: 'non-default capabilities',
    violated: (context) => foreignCapabilities(context).length > 0,
    must: (contexts) =>
      `must not include ${quotedList(contexts.flatMap(foreignCapabilities))} in securityContext.capabilities.add`,
  },
];

const RESTRICTED: readonly Check[] = [
  {
    title: 'allowPrivilegeEscalation != false',
    violated: (context) => context.allowPrivilegeEscalation !== false,
    must: () => 'must set securityContext.allowPrivilegeEscalation=false',
  },
  {
    title: 'unrestricted capabilities',
    violated: (context) => context.capabilities?.drop?.includes('ALL') !== true,
    must: () => 'must set securityContext.capabilities.drop=["ALL"]',
  },
  {
    title: 'runAsNonRoot != true',
    violated: (context) => context.runAsNonRoot !== true,
    must: () => 'must set securityContext.runAsNonRoot=true',
  },
  {
    title: 'runAsUser=0',
    violated: (context) => context.runAsUser === 0,
    must: () => 'must not set runAsUser=0',
  },
  {
    title: 'seccompProfile',
    violated: (context) => !['RuntimeDefault', 'Localhost'].includes(context.seccompProfile?.type ?? ''),
    must: () => 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  },
];

/**
 * What Pod Security admission objects to in a pod's containers, in its own words ("" if nothing).
 * Knows the checks that a debug container can meet, not all of the standards.
 */
export function podSecurityViolations(level: string, containers: readonly Answer[]): string {
  const checks = level === 'restricted' ? [...BASELINE, ...RESTRICTED] : level === 'baseline' ? BASELINE : [];
  return checks.flatMap((check) => describe(check, containers)).join(', ');
}

function describe(check: Check, containers: readonly Answer[]): string[] {
  const guilty = containers.filter((container) => check.violated(contextOf(container)));
  if (guilty.length === 0) return [];
  const names = quotedList(guilty.map((container) => String(container['name'])));
  return [
    `${check.title} (container${guilty.length > 1 ? 's' : ''} ${names} ${check.must(guilty.map(contextOf))})`,
  ];
}

function contextOf(container: Answer): SecurityContext {
  return (container['securityContext'] ?? {}) as SecurityContext;
}

function quotedList(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

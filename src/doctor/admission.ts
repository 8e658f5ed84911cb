import type { KubeApi } from '../kube/kube-api.ts';
import type { Check, CheckResult } from './check.ts';

/** What a capture asks of admission, and how rules name it (admissionregistration.k8s.io/v1). */
const asked = [
  { resource: 'pods/ephemeralcontainers', operations: ['UPDATE'], what: 'debug containers' },
  { resource: 'pods', operations: ['CREATE'], what: 'debug pods' },
  { resource: 'pods/exec', operations: ['CONNECT'], what: 'commands in containers (exec)' },
] as const;

const group = '/apis/admissionregistration.k8s.io/v1';
const maxShown = 20;

interface AdmissionRule {
  readonly apiGroups?: readonly string[] | null;
  readonly operations?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
}

interface WebhookConfiguration {
  readonly webhooks?:
    | readonly {
        readonly name?: string;
        readonly rules?: readonly AdmissionRule[] | null;
        readonly sideEffects?: string;
        readonly failurePolicy?: string;
      }[]
    | null;
}

interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly matchConstraints?: { readonly resourceRules?: readonly AdmissionRule[] | null };
  };
}

/** `admission`: which webhooks and policies see what a capture asks for? Whether they admit it, `way-in` tries. */
export const admission: Check = {
  id: 'admission',
  run: async ({ api }) => {
    const found = (
      await Promise.all([webhooks(api, 'validating'), webhooks(api, 'mutating'), policies(api)])
    ).flat();
    if (found.length === 0)
      return [
        {
          subject: '',
          status: 'ok',
          seen: 'no webhook and no policy sees debug containers, debug pods or exec',
          fix: '',
        },
      ];
    return found.slice(0, maxShown);
  },
};

async function webhooks(api: KubeApi, kind: 'validating' | 'mutating'): Promise<CheckResult[]> {
  const configurations = await api.list<WebhookConfiguration>(`${group}/${kind}webhookconfigurations`);
  return configurations
    .flatMap((configuration) => configuration.webhooks ?? [])
    .flatMap(({ name = '?', rules, sideEffects = '', failurePolicy = '' }): CheckResult[] => {
      const sees = seenBy(rules ?? []);
      if (sees.length === 0) return [];
      const subject = `webhook ${name}`;
      const takesDryRuns = sideEffects === 'None' || sideEffects === 'NoneOnDryRun';
      const seen = `${kind}, sees ${sees.join(', ')}; if it does not answer, they are ${failurePolicy === 'Ignore' ? 'admitted' : 'refused'}`;
      if (takesDryRuns && !sees.some((what) => what.includes('exec')))
        return [{ subject, status: 'ok', seen, fix: '' }];
      return [
        {
          subject,
          status: 'warning',
          seen: `${seen}; ${takesDryRuns ? 'exec cannot be tried by a dry run' : 'it takes no dry runs'}: only a capture will tell`,
          fix: '',
        },
      ];
    });
}

async function policies(api: KubeApi): Promise<CheckResult[]> {
  const list = await api.list<Policy>(`${group}/validatingadmissionpolicies`);
  return list.flatMap(({ metadata, spec }): CheckResult[] => {
    const sees = seenBy(spec?.matchConstraints?.resourceRules ?? []);
    if (sees.length === 0) return [];
    const subject = `policy ${metadata.name}`;
    return [{ subject, status: 'ok', seen: `ValidatingAdmissionPolicy, sees ${sees.join(', ')}`, fix: '' }];
  });
}

function seenBy(rules: readonly AdmissionRule[]): string[] {
  return asked
    .filter(({ resource, operations }) =>
      rules.some(
        (rule) =>
          includes(rule.apiGroups, ['']) &&
          includes(rule.operations, operations) &&
          (rule.resources ?? []).some((pattern) => covers(pattern, resource)),
      ),
    )
    .map(({ what }) => what);
}

function includes(list: readonly string[] | null | undefined, wanted: readonly string[]): boolean {
  return list?.some((one) => one === '*' || wanted.includes(one)) === true;
}

/** "*": all but subresources; "pods/*": all subresources of pods; "*" followed by "/exec" and "/*": of all. */
function covers(pattern: string, resource: string): boolean {
  const [kind = '', subresource] = pattern.split('/');
  const [wantedKind = '', wantedSubresource] = resource.split('/');
  if (kind !== '*' && kind !== wantedKind) return false;
  return subresource === '*' || subresource === wantedSubresource;
}

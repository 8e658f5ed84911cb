import { printable } from '../kube/printable.ts';

/** Who refused a request at admission, and in which words. */
export interface Refuser {
  /** "the admission webhook validate.example". */
  readonly who: string;
  /** Its own words, without what every refusal says. */
  readonly says: string;
}

/** Longer messages are those of clusters with many policies: each names itself in the beginning. */
const maxWords = 1500;

/** Names inside the message of a policy engine's webhook; the engine's own form of refusal. */
const engines: readonly {
  readonly webhook: RegExp;
  readonly engine: string;
  readonly policies: (says: string) => string[];
}[] = [
  {
    // Kyverno: "policy POLICY/RESOURCE for resource violation:" or "POLICY:\n  RULE: message".
    webhook: /kyverno/,
    engine: 'Kyverno policy',
    policies: (says) => names(says, /^([a-z0-9][-a-z0-9.]*):\s*$/gm),
  },
  {
    // Gatekeeper: "[CONSTRAINT] message" for each constraint.
    webhook: /gatekeeper/,
    engine: 'Gatekeeper constraint',
    policies: (says) => names(says, /\[([a-z0-9][-a-z0-9.]*)\]/g),
  },
  {
    // GKE Autopilot: "[denied by CONSTRAINT]".
    webhook: /warden|gke/,
    engine: 'GKE constraint',
    policies: (says) => names(says, /\[denied by ([-a-z0-9.]+)\]/g),
  },
];

/** Reads who stands behind an answer of the API server to a request that was not admitted. */
export function refuserOf(message: string): Refuser {
  const says = printable(message).slice(0, maxWords);
  const [, webhook, denied] = /admission webhook "([^"]+)" denied the request:?\s*(.*)/s.exec(says) ?? [];
  if (webhook !== undefined) return webhookRefuser(webhook, denied || 'it gives no reason');
  const [, policy, binding, words] =
    /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request:\s*(.*)/s.exec(says) ?? [];
  if (policy !== undefined)
    return { who: `ValidatingAdmissionPolicy ${policy} (binding ${binding ?? '?'})`, says: words ?? '' };
  const [, failing, failure] = /failed calling webhook "([^"]+)":\s*(.*)/s.exec(says) ?? [];
  if (failing !== undefined)
    return {
      who: `the admission webhook ${failing}, which does not answer and lets nothing pass meanwhile`,
      says: failure ?? '',
    };
  if (/security context constraint/.test(says))
    return { who: 'OpenShift (SecurityContextConstraints)', says };
  const quota = /exceeded quota: ([^,]+)/.exec(says)?.[1];
  if (quota !== undefined) return { who: `ResourceQuota ${quota}`, says };
  return { who: 'the API server', says };
}

/** True for answers that come from admission, whatever their status: webhooks choose it freely. */
export function isFromAdmission(message: string): boolean {
  return /admission webhook "|ValidatingAdmissionPolicy '|failed calling webhook "/.test(message);
}

function webhookRefuser(webhook: string, says: string): Refuser {
  const known = engines.find((engine) => engine.webhook.test(webhook));
  const policies = known?.policies(says) ?? [];
  const through = `the admission webhook ${webhook}`;
  return {
    who:
      known === undefined || policies.length === 0
        ? through
        : `${known.engine} ${policies.join(', ')} (${through})`,
    says: says.replaceAll(/\s*\n\s*/g, ' ').trim(),
  };
}

function names(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].slice(0, 8);
}

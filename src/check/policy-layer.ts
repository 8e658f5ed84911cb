import { listed } from '../explain/evidence.ts';
import type { CauseId } from '../explain/explanation.ts';
import { suspectsOf } from '../explain/policies.ts';
import type { PlacedFinding } from '../explain/explainer.ts';
import type { PolicyAnswer } from './check-report.ts';
import { expectedCauses, findingOf, type Expected } from './expected.ts';
import { layerOf, type JudgedLayer, type LayerInput } from './layer.ts';
import { hostText, type Way } from './ways.ts';

const IDS: readonly CauseId[] = ['networkpolicy-denies', 'policy-blocks-dns'];

/** Said of a denial as long as nothing was tried. */
export const UNENFORCED = '; nothing that enforces policies was recognised, so it may pass';

/** The policies, evaluated for each endpoint: egress of the client and ingress of the server. */
export function policyLayer(input: LayerInput, answer: PolicyAnswer): JudgedLayer {
  const { ways } = input;
  if (ways.length === 0)
    return layerOf(
      'policy',
      'unknown',
      input.route.port === 0
        ? 'which port is asked is not known, so no policy could be evaluated: write TO:PORT'
        : 'it is not known where the traffic goes, so no policy could be evaluated',
    );
  const denied = ways.filter(({ verdict }) => verdict.decision === 'deny');
  if (denied.length > 0) return deniedLayer(input, denied);
  if (answer.verdict !== 'allow') {
    const reason = answer.egress.verdict === 'allow' ? answer.ingress.reason : answer.egress.reason;
    const what = answer.verdict === 'depends' ? 'it depends' : 'not known';
    return layerOf('policy', 'unknown', `whether policies allow it: ${what}: ${reason}`, {
      next: 'kubectl get networkpolicies -A',
    });
  }
  const unjudged = input.isOfManifests ? null : unjudgedPolicy(input);
  if (unjudged !== null) return layerOf('policy', 'unknown', unjudged.text, { next: unjudged.next });
  const reasons = [
    ...new Set(ways.flatMap(({ verdict }) => [verdict.egress.reason, verdict.ingress.reason])),
  ];
  return layerOf('policy', 'ok', `allowed to ${countOf(ways)}: ${listed(reasons)}`);
}

function deniedLayer(input: LayerInput, denied: readonly Way[]): JudgedLayer {
  const { ways, enforcer, isOfManifests } = input;
  const isEnforced = isOfManifests || enforcer.enforces !== 'no';
  const causes = expectedOf(input)
    .flatMap((expected) => expectedCauses(expected, 'policy', IDS, input))
    .slice(0, 1);
  const first = denied[0]?.verdict;
  const reasons = [first?.egress, first?.ingress].flatMap((one) =>
    one?.decision === 'deny' ? [one.reason] : [],
  );
  const which = denied.length === ways.length ? '' : ` (${listed(denied.map(({ to }) => hostText(to)))})`;
  const seen = `${denied.length} of ${ways.length} ${ways.length === 1 ? 'way is' : 'ways are'} denied${which}: ${reasons.join('; ')}`;
  return layerOf('policy', isEnforced ? 'fails' : 'warning', isEnforced ? seen : `${seen}${UNENFORCED}`, {
    causes,
    next: 'kubectl get networkpolicies -A',
  });
}

/** Silence is what most plugins make of a denial; the explainers judge the same flows behind the dialled address. */
function expectedOf({ route }: LayerInput): Expected[] {
  return route.dials.map((dial) => ({
    id: 'tcp-syn-no-answer',
    client: route.client.address,
    dial,
    protocol: route.protocol,
  }));
}

/** A policy of another vendor that is not evaluated, or policies that could not be read. */
function unjudgedPolicy(input: LayerInput): PlacedFinding['suspects'][number] | null {
  const { route, facts, directory, ways } = input;
  for (const expected of expectedOf(input)) {
    const { address } = expected.dial;
    const { suspects, unjudgedSuspects } = suspectsOf(
      0,
      findingOf(expected),
      address,
      route.service,
      facts,
      directory,
      ways,
    );
    if (unjudgedSuspects) return suspects[0] ?? null;
  }
  return null;
}

function countOf(ways: readonly Way[]): string {
  return ways.length === 1 && ways[0] !== undefined ? hostText(ways[0].to) : `all ${ways.length} endpoints`;
}

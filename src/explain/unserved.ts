import type { CauseConfidence } from './explanation.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import { isRejectedAtDestination, isSilence } from './policies.ts';
import type { ServiceState, ServiceView } from '../service/port-view.ts';

/** Findings that a Service port without usable endpoints makes; silence on a few data planes only. */
const SYMPTOMS: ReadonlySet<string> = new Set([
  'tcp-rejected-by-icmp',
  'tcp-syn-no-answer',
  'dns-port-unreachable',
  'dns-no-answer',
]);
const ORDER: readonly CauseConfidence[] = ['possible', 'likely', 'certain'];

/** A Service port that was dialled in vain, and the findings about it. */
export interface UnservedService {
  readonly view: ServiceView;
  readonly findings: readonly PlacedFinding[];
  readonly confidence: CauseConfidence;
}

/** Service ports in one of the given states that findings are about; the cluster's DNS has an explainer of its own. */
export function unservedServices(situation: Situation, states: readonly ServiceState[]): UnservedService[] {
  const found = new Map<string, { view: ServiceView; findings: PlacedFinding[] }>();
  for (const placed of situation.findings) {
    const view = situation.viewOf(placed);
    if (
      view === null ||
      !SYMPTOMS.has(placed.finding.id) ||
      !states.includes(view.state) ||
      situation.directory.isClusterDns(view.service)
    )
      continue;
    const key = `${view.service.namespace}/${view.service.name}:${placed.port}`;
    const entry = found.get(key) ?? { view, findings: [] };
    entry.findings.push(placed);
    found.set(key, entry);
  }
  return [...found.values()].map(({ view, findings }) => ({
    view,
    findings,
    confidence: best(findings.map((placed) => unservedConfidence(placed, view, situation))),
  }));
}

/**
 * How sure it is that "no usable endpoints" makes this finding. kube-proxy rejects with ICMP port
 * unreachable from the node (certain), and so does a data plane that speaks as the Service itself;
 * otherwise an error from the Service's own address came from behind an endpoint, and other codes from
 * elsewhere (possible); silence is what older Calico and eBPF make of it (likely).
 */
export function unservedConfidence(
  placed: PlacedFinding,
  view: ServiceView,
  { enforcer }: Situation,
): CauseConfidence {
  if (isSilence(placed.finding)) return (placed.group?.outcomes.answered ?? 0) > 0 ? 'possible' : 'likely';
  const icmp = placed.finding.details.icmp;
  if (icmp === undefined) return 'likely';
  const portUnreachable = (icmp.type === 3 && icmp.code === 3) || (icmp.type === 1 && icmp.code === 4);
  const isForeign = !enforcer.rejectsAsService && isRejectedAtDestination(placed.finding, placed.address);
  if (!portUnreachable || isForeign) return 'possible';
  return view.sure && (placed.group?.outcomes.answered ?? 0) === 0 ? 'certain' : 'likely';
}

/** The highest of several confidences. */
export function best(confidences: readonly CauseConfidence[]): CauseConfidence {
  return confidences.reduce((a, b) => (ORDER.indexOf(a) >= ORDER.indexOf(b) ? a : b), 'possible');
}

/** Says where attempts were answered all the same: then the endpoints changed during the capture. */
export function answeredToo(findings: readonly PlacedFinding[]): string[] {
  const answered = findings.reduce((sum, { group }) => sum + (group?.outcomes.answered ?? 0), 0);
  return answered === 0
    ? []
    : [`${answered} attempts were answered in the same capture: the endpoints changed while it ran`];
}

/** When the facts were read, for evidence that may have changed since the capture. */
export function readAt(situation: Situation): string {
  return `the cluster was read at ${situation.facts.collectedAt}, after the packets`;
}

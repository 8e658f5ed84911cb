import { splitServer } from '../cluster/address.ts';
import { openDirectory } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import type { ConversationGroup } from '../conversations/conversation.ts';
import type { Finding } from '../detect/finding.ts';
import { openPolicies } from '../policy/policy-index.ts';
import { enforcerOf, type Enforcer } from './enforcer.ts';
import type { PlacedFinding, Situation } from './explainer.ts';
import { judgeFlows } from './judged-flows.ts';
import { isImage } from './paste.ts';
import { isPolicySymptom, suspectsOf } from './policies.ts';
import { viewService, type ServiceView } from '../service/port-view.ts';

/** Has sysctl, and is known to every cluster that reaches the public registry. */
const DEFAULT_IMAGE = 'busybox';

/** Puts each finding in its place in the cluster. */
export function openSituation(
  findings: readonly Finding[],
  groups: readonly ConversationGroup[],
  facts: Facts,
  image: string = DEFAULT_IMAGE,
  enforcer: Enforcer = enforcerOf(facts),
): Situation {
  const directory = openDirectory(facts);
  const policies = openPolicies(facts, enforcer);
  const place = (finding: Finding, index: number): PlacedFinding => {
    const { address, port } = splitServer(finding.server);
    const service = directory.serviceAt(finding.server);
    const group =
      groups.find(
        (one) =>
          one.capture === finding.capture &&
          one.client === finding.client &&
          one.server === finding.server &&
          one.protocol === finding.protocol,
      ) ?? null;
    const flows = isPolicySymptom(finding, address)
      ? judgeFlows(finding, service, facts, directory, policies)
      : [];
    return {
      index,
      finding,
      address,
      port,
      service,
      client: directory.podAt(finding.client),
      group,
      flows,
      ...suspectsOf(index, finding, address, service, facts, directory, flows),
    };
  };
  const views = new Map<string, ServiceView>();
  const viewOf = ({ service, address, port, finding, client }: PlacedFinding): ServiceView | null => {
    if (service === null) return null;
    const key = `${service.namespace}/${service.name} ${address} ${port} ${finding.protocol} ${client?.node ?? ''}`;
    const dialled = { address, port, protocol: finding.protocol, node: client?.node ?? '' };
    const view = views.get(key) ?? viewService(facts, directory, service, dialled);
    views.set(key, view);
    return view;
  };
  return {
    findings: findings.map(place),
    groups,
    facts,
    directory,
    viewOf,
    enforcer,
    policies,
    image: isImage(image) ? image : DEFAULT_IMAGE,
  };
}

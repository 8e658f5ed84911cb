import { addressKey, isIPv6 } from '../cluster/address.ts';
import type { ServiceFacts } from '../cluster/facts.ts';
import { askedService } from './asked-service.ts';
import { packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { command, firstOf, isObjectName } from './paste.ts';

/** DNS findings of a name that leads nowhere. */
const DNS_SYMPTOMS: ReadonlySet<string> = new Set(['dns-nxdomain', 'dns-servfail']);
/** A client asked by the Service's name, and the host behind the alias has no certificate for it. */
const NAME_SYMPTOMS: ReadonlySet<string> = new Set(['tls-bad-certificate', 'tls-alert']);
/** Names of a finding that are looked at. */
const MAX_NAMES = 5;

/** A Service of type ExternalName does not do what was expected of it. */
export const externalNameMisleading: Explainer = {
  id: 'external-name-misleading',
  doc: {
    title: 'A Service of type ExternalName is only an alias in DNS',
    meaning:
      'Such a Service has no address, no ports and no endpoints: the cluster’s DNS answers its name with a CNAME of what stands in externalName, and that is all. An IP address there is taken for a name, and no name server has one like it. The client goes on to use the Service’s name in TLS and in the Host header, which the host behind the alias does not know.',
    recognition:
      'A name that is asked for is that of such a Service, and externalName holds an IP address; or the name that it holds is not found. Or TLS fails for the very name of such a Service.',
    caveats:
      'Whether the name in externalName exists is decided by name servers that may change; with a name it is likely only. targetPort of such a Service has no effect at all, which no packet shows: clients have to dial the port of the host itself.',
    fix: 'For an IP address: a Service without selector and an EndpointSlice with that address. For another name: let clients use that name, or end TLS at something that rewrites it.',
  },
  explain(situation: Situation): Explained {
    const causes = situation.findings.flatMap((placed) => {
      if (DNS_SYMPTOMS.has(placed.finding.id)) return inDns(placed, situation);
      return NAME_SYMPTOMS.has(placed.finding.id) ? inTls(placed, situation) : [];
    });
    return { causes, unknowns: [] };
  },
};

/** The ExternalName Services that names ask for, each once. */
function askedFor(names: readonly string[], { client }: PlacedFinding, { facts }: Situation): ServiceFacts[] {
  const services = names.slice(0, MAX_NAMES).flatMap((name) => {
    const walk = { name, candidates: [], types: [], queries: 0, nxdomain: 0 };
    const asked = askedService(walk, client?.namespace ?? '', facts);
    return (facts.services ?? []).filter(
      (one) =>
        one.type === 'ExternalName' && one.name === asked?.service && one.namespace === asked.namespace,
    );
  });
  return [...new Set(services)];
}

function inDns(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { walks = [], names = [] } = placed.finding.details;
  const asked = askedFor([...walks.map(({ name }) => name), ...names], placed, situation);
  return asked.map((service) => {
    const isAddress = addressKey(service.externalName) !== '';
    return {
      confidence: isAddress ? ('certain' as const) : ('likely' as const),
      findingIndexes: [placed.index],
      text: isAddress
        ? `Service ${path(service)} is an alias (type ExternalName) for ${service.externalName}, an IP address, which DNS takes for a name that nobody has`
        : `Service ${path(service)} is an alias (type ExternalName) for the name ${service.externalName}, which does not resolve`,
      evidence: [
        packets(placed),
        `Service ${path(service)}: type ExternalName, externalName ${service.externalName}`,
      ],
      fix: isAddress ? addressFix(service) : nameFix(service),
      next: nextOf(service),
    };
  });
}

function inTls(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { tls } = placed.finding.details;
  const isAboutName = tls?.problem === 'name' || tls?.alert?.code === 112;
  const asked = isAboutName ? askedFor(tls?.names ?? [], placed, situation) : [];
  return asked.map((service) => ({
    confidence: 'likely',
    findingIndexes: [placed.index],
    text: `The client asks for ${path(service)}, an alias (type ExternalName) for ${service.externalName}: the host behind it is asked by a name that it does not have`,
    evidence: [
      packets(placed),
      `Service ${path(service)}: type ExternalName, externalName ${service.externalName}; DNS replaces the address, not the name in TLS and in the Host header`,
    ],
    fix: `let the client use ${service.externalName} itself, or have the name of Service ${path(service)} added to that host’s certificate and virtual hosts`,
    next: nextOf(service),
  }));
}

function nextOf({ name, namespace }: ServiceFacts): string {
  return firstOf(
    command([name, namespace], `kubectl get service ${name} -n ${namespace} -o yaml`),
    'kubectl netdebug explain external-name-misleading',
  );
}

function nameFix(service: ServiceFacts): string {
  return `correct externalName of Service ${path(service)}, or the name server that should know ${service.externalName}; write it in full, without the cluster’s search list`;
}

/** A Service without selector, and its endpoint: what an IP address needs. */
function addressFix(service: ServiceFacts): string {
  const { name, namespace, externalName } = service;
  const words = `make Service ${path(service)} one without selector (type ClusterIP) and give it an EndpointSlice with that address`;
  const [port] = service.ports;
  if (!isObjectName(name) || !isObjectName(namespace) || port === undefined) return words;
  return `${words}; with the port on which ${externalName} listens:
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  ports: [{ port: ${port.port}, protocol: ${port.protocol === 'UDP' ? 'UDP' : 'TCP'} }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${name}-1
  namespace: ${namespace}
  labels: { kubernetes.io/service-name: ${name} }
addressType: ${isIPv6(externalName) ? 'IPv6' : 'IPv4'}
ports: [{ port: ${typeof port.targetPort === 'number' && port.targetPort > 0 ? port.targetPort : port.port}, protocol: ${port.protocol === 'UDP' ? 'UDP' : 'TCP'} }]
endpoints: [{ addresses: ["${externalName}"] }]`;
}

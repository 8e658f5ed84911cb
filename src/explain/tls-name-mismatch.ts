import type { ServiceFacts } from '../cluster/facts.ts';
import { clusterDomain } from './asked-service.ts';
import { listed, packets, path } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import { askerOf, besides, capital, farSideOf, quoted, type FarSide } from './far-side.ts';
import { renewal, secretsOf } from './tls-secrets.ts';

/** RFC 8446 §6: what clients say to a certificate for another name, and servers to a name that they do not have. */
const REFUSALS: ReadonlySet<number> = new Set([42, 46]);
const UNRECOGNIZED_NAME = 112;

/** The certificate does not hold for the name by which the client asked. */
export const tlsNameMismatch: Explainer = {
  id: 'tls-name-mismatch',
  doc: {
    title: 'The certificate is for another name',
    meaning:
      'A client checks that the server’s certificate holds for the name it dialled. Inside a cluster one server has many names (web, web.shop, web.shop.svc, web.shop.svc.cluster.local, and those of an ingress), and a certificate holds only for those that are written in it.',
    recognition:
      'Up to TLS 1.2 the certificate is in clear: it does not hold for the server name of the ClientHello, and the client refuses it or leaves. Or the server refuses the name with the alert unrecognized_name.',
    caveats:
      'A client that leaves after the handshake without a request may have had another reason, so that is likely only. In TLS 1.3 certificates are encrypted: the mismatch is not seen. A client that dials an address sends no name, and nothing is said.',
    fix: 'Add the name to the certificate’s subject alternative names, or let the client use a name that is in it.',
  },
  explain(situation: Situation): Explained {
    return {
      causes: situation.findings.flatMap((placed) => [
        ...notInCertificate(placed, situation),
        ...notServed(placed, situation),
      ]),
      unknowns: [],
    };
  },
};

function notInCertificate(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { finding } = placed;
  const { problem, reaction, certificate, names = [] } = finding.details.tls ?? {};
  if (finding.id !== 'tls-bad-certificate' || problem !== 'name' || certificate === undefined) return [];
  if (reaction !== 'refused' && reaction !== 'left') return [];
  const far = farSideOf(placed, situation);
  const refusals = besides(placed, situation, isRefusal);
  const holds = certificate.names.length > 0 ? certificate.names : [certificate.subject];
  const asked = listed(names.map(quoted));
  return [
    {
      confidence: reaction === 'refused' ? 'certain' : 'likely',
      findingIndexes: [placed, ...refusals].map(({ index }) => index),
      text: `${capital(askerOf(placed))} asks ${far.name} by the name ${asked}, for which its certificate does not hold; it holds for ${listed(holds.map(quoted))}`,
      evidence: [...[placed, ...refusals].map(packets), ...serviceNames(far, names, situation)],
      fix: `issue the certificate for ${asked} as well, or let ${askerOf(placed)} ask by a name that is in it`,
      next: renewal(far).next,
    },
  ];
}

function isRefusal({ finding }: PlacedFinding): boolean {
  const alert = finding.id === 'tls-alert' ? finding.details.tls?.alert : undefined;
  return alert?.from === 'client' && REFUSALS.has(alert.code);
}

/** Whether the asked name is one of the Service's own, all of which a certificate for it should have. */
function serviceNames({ service }: FarSide, asked: readonly string[], situation: Situation): string[] {
  if (service === null) return [];
  const own = namesOf(service, clusterDomain(situation.facts));
  return asked.some((name) => own.includes(name.toLowerCase()))
    ? [`${listed(own)} are the names of Service ${path(service)} inside the cluster`]
    : [];
}

function namesOf({ name, namespace }: ServiceFacts, domain: string): string[] {
  const short = `${name}.${namespace}`;
  return [name, short, `${short}.svc`, `${short}.svc.${domain}`];
}

function notServed(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { id, details } = placed.finding;
  const alert = id === 'tls-alert' ? details.tls?.alert : undefined;
  if (alert?.from !== 'server' || alert.code !== UNRECOGNIZED_NAME) return [];
  const far = farSideOf(placed, situation);
  const asked = listed((details.tls?.names ?? []).map(quoted));
  return [
    {
      confidence: 'likely',
      findingIndexes: [placed.index],
      text: `${capital(far.name)} serves no certificate for the name ${asked}, by which ${askerOf(placed)} asks`,
      evidence: [packets(placed)],
      fix: `give the server (or the ingress or gateway in front of it) a certificate and a route for ${asked}, or let ${askerOf(placed)} ask by a name that it has`,
      next: secretsOf(far.service ?? far.pods[0] ?? null),
    },
  ];
}

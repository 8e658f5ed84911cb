import type { CertificateDetails } from '../detect/finding.ts';
import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import type { CauseConfidence } from './explanation.ts';
import { askerOf, besides, capital, farSideOf, quoted, type FarSide } from './far-side.ts';
import { best } from './unserved.ts';
import { renewal, secretsOf } from './tls-secrets.ts';

/** RFC 8446 §6: certificate_expired; programs other than OpenSSL say bad_certificate or certificate_unknown. */
const EXPIRED = 45;
const REFUSALS: ReadonlySet<number> = new Set([42, EXPIRED, 46]);

/** The server's certificate, or the client's, is out of date. */
export const tlsCertificateExpired: Explainer = {
  id: 'tls-certificate-expired',
  doc: {
    title: 'A certificate is out of date',
    meaning:
      'A certificate holds between two dates. Outside of them clients refuse the connection before a request is sent, however well the network works. Mostly it was not renewed, or the program still serves the one that it read at its start.',
    recognition:
      'Up to TLS 1.2 the certificate is in clear, and its dates are compared with the time of its packet. Otherwise the alert certificate_expired says it; a server that sends it means the client’s certificate.',
    caveats:
      'Dates are judged by the clock of the capturing host; where the clock of the machine that read the cluster disagrees, the cause is only possible. In TLS 1.3 certificates and most alerts are encrypted, so that an expired one is often not seen at all. The alert may also mean an intermediate certificate.',
    fix: 'Renew the certificate and make the program load it; restart the pods where it reads it at its start only.',
  },
  explain(situation: Situation): Explained {
    const shown = situation.findings.filter(({ finding: { details } }) => isOutOfDate(details.tls?.problem));
    const byServer = Map.groupBy(
      shown,
      (placed) => `${farSideOf(placed, situation).name} ${placed.finding.details.tls?.problem}`,
    );
    const told = shown.flatMap((placed) => besides(placed, situation, isRefusal));
    const alerts = situation.findings.filter(
      (placed) => codeOf(placed) === EXPIRED && !told.includes(placed),
    );
    return {
      causes: [
        ...[...byServer.values()].flatMap((group) => inSight(group, situation)),
        ...alerts.map((placed) => byAlert(placed, situation)),
      ],
      unknowns: [],
    };
  },
};

function isOutOfDate(problem: string | undefined): boolean {
  return problem === 'expired' || problem === 'early';
}

function codeOf({ finding }: PlacedFinding): number {
  return finding.id === 'tls-alert' ? (finding.details.tls?.alert?.code ?? 0) : 0;
}

function isRefusal(placed: PlacedFinding): boolean {
  return REFUSALS.has(codeOf(placed)) && placed.finding.details.tls?.alert?.from === 'client';
}

function inSight(group: readonly PlacedFinding[], situation: Situation): DraftCause[] {
  const [first] = group;
  const certificate = first?.finding.details.tls?.certificate;
  if (first === undefined || certificate === undefined) return [];
  const far = farSideOf(first, situation);
  const isEarly = first.finding.details.tls?.problem === 'early';
  const refusals = [...new Set(group.flatMap((placed) => besides(placed, situation, isRefusal)))];
  const doubt = clockDoubt(first, certificate, isEarly, situation);
  const when = isEarly
    ? `is not valid before ${dayOf(certificate.notBefore)}`
    : `expired on ${dayOf(certificate.notAfter)}`;
  return [
    {
      confidence: doubt.length > 0 ? 'possible' : best(group.map(surenessOf)),
      findingIndexes: [...group, ...refusals].map(({ index }) => index),
      text: `The certificate for ${quoted(certificate.subject)} that ${far.name} serves ${when}`,
      evidence: [
        ...[...group, ...refusals].map(packets),
        `it holds from ${certificate.notBefore} to ${certificate.notAfter}; it was signed by ${quoted(certificate.issuer)}`,
        ...doubt,
      ],
      ...(isEarly ? waiting(far) : renewal(far)),
    },
  ];
}

/** What the client did is the proof; one that only left may have had another reason, one that goes on does not verify. */
function surenessOf({ finding }: PlacedFinding): CauseConfidence {
  return finding.details.tls?.reaction === 'refused' ? 'certain' : 'likely';
}

/** The date lies between what the capturing host's clock said and what that of the reading machine did. */
function clockDoubt(
  { finding }: PlacedFinding,
  { notBefore, notAfter }: CertificateDetails,
  isEarly: boolean,
  { facts }: Situation,
): string[] {
  const readMs = Date.parse(facts.collectedAt);
  const isValidThere = isEarly ? readMs >= Date.parse(notBefore) : readMs <= Date.parse(notAfter);
  return isValidThere
    ? [
        `by the clock that read the cluster (${facts.collectedAt}) it is valid, by that of the capture (${finding.lastSeen}) not: the clock of a node may be wrong`,
      ]
    : [];
}

function byAlert(placed: PlacedFinding, situation: Situation): DraftCause {
  const far = farSideOf(placed, situation);
  const { alert, certificate } = placed.finding.details.tls ?? { alert: undefined, certificate: undefined };
  if (alert?.from === 'server')
    return {
      confidence: 'likely',
      findingIndexes: [placed.index],
      text: `The certificate with which ${askerOf(placed)} shows who it is has expired, says ${far.name}`,
      evidence: [packets(placed)],
      fix: `renew the client certificate of ${askerOf(placed)}, and restart the program if it reads it at its start only`,
      next: secretsOf(placed.client),
    };
  const isLeafValid =
    certificate !== undefined && Date.parse(certificate.notAfter) > Date.parse(placed.finding.lastSeen);
  return {
    confidence: isLeafValid ? 'possible' : 'likely',
    findingIndexes: [placed.index],
    text: isLeafValid
      ? `${capital(askerOf(placed))} takes a certificate of ${far.name} for expired: one of those that signed it is, or the clock of the client is wrong`
      : `The certificate that ${far.name} serves has expired, says ${askerOf(placed)}`,
    evidence: [
      packets(placed),
      ...(isLeafValid ? [`the server’s own certificate is valid until ${certificate.notAfter}`] : []),
    ],
    ...renewal(far),
  };
}

function waiting(far: FarSide): Pick<DraftCause, 'fix' | 'next'> {
  return {
    fix: 'set the clocks right (of the node that runs the client, and of whoever signed the certificate), or issue it with an earlier begin',
    next: renewal(far).next,
  };
}

function dayOf(time: string): string {
  return time === '' ? 'an unknown day' : `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

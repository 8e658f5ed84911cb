import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import {
  askerOf,
  capital,
  farSideOf,
  groupsAt,
  meantFor,
  portEvidence,
  quoted,
  type FarSide,
} from './far-side.ts';
import { isMeshHello } from './mesh-signs.ts';
import { portsOf } from './port-command.ts';

/** The client speaks TLS to a port that speaks in clear. */
export const tlsToPlaintext: Explainer = {
  id: 'tls-to-plaintext',
  doc: {
    title: 'TLS is spoken to a port that speaks in clear',
    meaning:
      'The client begins with a TLS ClientHello, and the program at the port expects plain HTTP or another protocol in clear. It takes the hello for a damaged request and answers with an error in clear, or closes. Clients report "wrong version number" or "packet length too long".',
    recognition:
      'The first bytes that answer a ClientHello are an HTTP response, HTML or the banner of another protocol. Or the server closes at once, and other conversations with the same port were plain HTTP.',
    caveats:
      'Databases and mail servers begin in clear and change to TLS later (STARTTLS); their client is then set to the wrong kind of TLS. A server that closes at a ClientHello may also have no route for the server name: without plain traffic to the same port the cause is only possible.',
    fix: 'Let the client use http:// (or no TLS), or dial the port that speaks TLS, or point the Service’s port to it.',
  },
  explain(situation: Situation): Explained {
    return { causes: situation.findings.flatMap((placed) => explainOne(placed, situation)), unknowns: [] };
  },
};

function explainOne(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { id, details } = placed.finding;
  if (isMeshHello(placed)) return [];
  if (id === 'wrong-protocol' && details.spoke?.asked === 'TLS') {
    const { answered } = details.spoke;
    if (answered.startsWith('TLS')) return [];
    const isHttp = answered.startsWith('HT');
    return [
      describe(placed, situation, isHttp ? 'certain' : 'likely', isHttp ? 'plain HTTP' : quoted(answered)),
    ];
  }
  if (id !== 'tls-no-server-hello' || details.by !== 'server') return [];
  const isPlainSeen = groupsAt(placed, situation).some(({ applications }) =>
    applications.some((name) => name.startsWith('HTTP')),
  );
  if (isPlainSeen) return [describe(placed, situation, 'likely', 'plain HTTP in other conversations')];
  return meantFor(farSideOf(placed, situation), placed.port) === 'plain'
    ? [describe(placed, situation, 'possible', 'plain HTTP, as its name or number says')]
    : [];
}

function describe(
  placed: PlacedFinding,
  situation: Situation,
  confidence: DraftCause['confidence'],
  spoken: string,
): DraftCause {
  const far = farSideOf(placed, situation);
  return {
    confidence,
    findingIndexes: [placed.index],
    text: `${capital(askerOf(placed))} speaks TLS to ${far.name}, which speaks ${spoken}`,
    evidence: [packets(placed), ...portEvidence(far)],
    fix: fix(placed, far),
    next: portsOf(far),
  };
}

function fix(placed: PlacedFinding, far: FarSide): string {
  const other = far.service?.ports.find(
    (one) => one !== far.port && meantFor({ ...far, port: one }, one.port) === 'tls',
  );
  if (meantFor(far, placed.port) === 'tls' && far.service !== null)
    return `the port is meant for TLS: point its targetPort to the port on which the pods speak TLS, or let them do so`;
  const dial = other === undefined ? '' : `, or dial port ${other.port}, which is meant for TLS`;
  return `let ${askerOf(placed)} speak without TLS there (http:// instead of https://)${dial}`;
}

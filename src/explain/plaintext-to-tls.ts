import { packets } from './evidence.ts';
import type { DraftCause, Explained, Explainer, PlacedFinding, Situation } from './explainer.ts';
import {
  askerOf,
  besides,
  capital,
  farSideOf,
  groupsAt,
  meantFor,
  portEvidence,
  type FarSide,
} from './far-side.ts';
import { isIntoMesh } from './mesh-signs.ts';
import { portsOf } from './port-command.ts';

/** What shows that a server that was asked in clear speaks TLS. */
const TLS_ANSWERS: ReadonlySet<string> = new Set(['TLS alert', 'TLS ServerHello', 'TLS server']);

/** The client speaks HTTP in clear to a port that speaks TLS. */
export const plaintextToTls: Explainer = {
  id: 'plaintext-to-tls',
  doc: {
    title: 'Plain HTTP is spoken to a port that speaks TLS',
    meaning:
      'The client sends a request in clear, and the program at the port waits for a TLS ClientHello. It answers with a TLS alert, with status 400 in clear ("Client sent an HTTP request to an HTTPS server"), or closes the connection.',
    recognition:
      'An HTTP request is answered by a TLS alert or by such a page. Or it gets no response from a port with which other conversations of the same capture speak TLS.',
    caveats:
      'A server that closes without a word may have crashed on the request: unless TLS to the same port was seen, the cause is only possible, and only where the port is named or numbered as one for TLS. Where the server is in a mesh and the client is not, the mesh is judged instead.',
    fix: 'Let the client use https:// (for an ingress: the annotation that names the backend’s protocol), or dial the port in clear.',
  },
  explain(situation: Situation): Explained {
    return { causes: situation.findings.flatMap((placed) => explainOne(placed, situation)), unknowns: [] };
  },
};

function explainOne(placed: PlacedFinding, situation: Situation): DraftCause[] {
  const { id, details } = placed.finding;
  const far = farSideOf(placed, situation);
  if (id === 'wrong-protocol' && details.spoke?.asked.startsWith('HTTP') === true)
    return TLS_ANSWERS.has(details.spoke.answered) ? [describe([placed], far, 'certain', 'speaks TLS')] : [];
  const isClosed = id === 'http-no-response' && details.by === 'server' && (details.succeeded ?? 0) === 0;
  if (!isClosed || isIntoMesh(placed, far.pods)) return [];
  const isTlsSeen = groupsAt(placed, situation).some(({ applications }) => applications.includes('TLS'));
  const resets = besides(placed, situation, ({ finding }) => finding.id === 'tcp-reset-midstream');
  const all = [placed, ...resets] as const;
  if (isTlsSeen) return [describe(all, far, 'likely', 'speaks TLS in other conversations')];
  return meantFor(far, placed.port) === 'tls'
    ? [describe(all, far, 'possible', 'is meant for TLS, as its name or number says')]
    : [];
}

function describe(
  all: readonly [PlacedFinding, ...PlacedFinding[]],
  far: FarSide,
  confidence: DraftCause['confidence'],
  spoken: string,
): DraftCause {
  const [placed] = all;
  const other = far.service?.ports.find(
    (one) => one !== far.port && meantFor({ ...far, port: one }, one.port) === 'plain',
  );
  const dial = other === undefined ? '' : `, or dial port ${other.port}, which is meant for plain HTTP`;
  return {
    confidence,
    findingIndexes: all.map(({ index }) => index),
    text: `${capital(askerOf(placed))} sends plain HTTP to ${far.name}, which ${spoken}`,
    evidence: [...all.map(packets), ...portEvidence(far)],
    fix: `let ${askerOf(placed)} speak TLS there (https:// instead of http://)${dial}`,
    next: portsOf(far),
  };
}

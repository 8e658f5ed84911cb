import type { MutualTlsMode, PeerAuthenticationFacts } from '../cluster/mesh-facts.ts';
import { object, oneOf, record, text, type Shape } from './shape.ts';

const mode: Shape<MutualTlsMode> = oneOf('STRICT', 'PERMISSIVE', 'DISABLE', 'UNSET');

/** The form of a PeerAuthentication in facts.json; must follow `cluster/mesh-facts.ts` key by key. */
export const peerAuthentication: Shape<PeerAuthenticationFacts> = object({
  namespace: text(),
  name: text(),
  selector: record(text()),
  mode,
  portModes: record(mode),
});

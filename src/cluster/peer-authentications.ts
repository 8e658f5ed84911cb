import type { MutualTlsMode, PeerAuthenticationFacts } from './mesh-facts.ts';
import { asObject, asText, asTextMap } from './raw.ts';

const MODES: ReadonlySet<string> = new Set(['STRICT', 'PERMISSIVE', 'DISABLE']);

/** Reduces a PeerAuthentication of the API. */
export function toPeerAuthenticationFacts(raw: unknown): PeerAuthenticationFacts {
  const metadata = asObject(asObject(raw)['metadata']);
  const spec = asObject(asObject(raw)['spec']);
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    selector: asTextMap(asObject(spec['selector'])['matchLabels']),
    mode: modeOf(spec['mtls']),
    portModes: Object.fromEntries(
      Object.entries(asObject(spec['portLevelMtls'])).map(([port, mtls]) => [port, modeOf(mtls)]),
    ),
  };
}

function modeOf(mtls: unknown): MutualTlsMode {
  const mode = asText(asObject(mtls)['mode']);
  return MODES.has(mode) ? (mode as MutualTlsMode) : 'UNSET';
}

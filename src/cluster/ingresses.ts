import type { IngressBackendFacts, IngressClassFacts, IngressFacts } from './ingress-facts.ts';
import { valueOf } from './labels.ts';
import { asList, asNumber, asObject, asText, asTextMap } from './raw.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Reduces an Ingress of the API. */
export function toIngressFacts(raw: unknown): IngressFacts {
  const ingress = asObject(raw);
  const metadata = asObject(ingress['metadata']);
  const spec = asObject(ingress['spec']);
  const ofOld = valueOf(asTextMap(metadata['annotations']), 'kubernetes.io/ingress.class');
  return {
    namespace: asText(metadata['namespace']),
    name: asText(metadata['name']),
    className: asText(spec['ingressClassName']) || (ofOld ?? ''),
    backends: [
      ...toBackend({ host: '', path: '', pathType: '' }, asObject(spec['defaultBackend'])),
      ...asList(spec['rules']).map(asObject).flatMap(backendsOfRule),
    ],
    tlsSecrets: asList(spec['tls'])
      .map((tls) => asText(asObject(tls)['secretName']))
      .filter((name) => name !== ''),
    addresses: asList(asObject(asObject(ingress['status'])['loadBalancer'])['ingress'])
      .map((entry) => asText(asObject(entry)['ip']))
      .filter((address) => address !== ''),
  };
}

/** Reduces an IngressClass of the API. */
export function toIngressClassFacts(raw: unknown): IngressClassFacts {
  const metadata = asObject(asObject(raw)['metadata']);
  const isDefault = valueOf(
    asTextMap(metadata['annotations']),
    'ingressclass.kubernetes.io/is-default-class',
  );
  return { name: asText(metadata['name']), isDefault: isDefault === 'true' };
}

function backendsOfRule(rule: Raw): IngressBackendFacts[] {
  return asList(asObject(rule['http'])['paths'])
    .map(asObject)
    .flatMap((path) =>
      toBackend(
        {
          host: asText(rule['host']).toLowerCase(),
          path: asText(path['path']),
          pathType: asText(path['pathType']),
        },
        asObject(path['backend']),
      ),
    );
}

function toBackend(
  where: Pick<IngressBackendFacts, 'host' | 'path' | 'pathType'>,
  backend: Raw,
): IngressBackendFacts[] {
  const service = asObject(backend['service']);
  const name = asText(service['name']);
  const port = asObject(service['port']);
  return name === ''
    ? []
    : [{ ...where, service: name, port: asText(port['name']) || asNumber(port['number']) }];
}

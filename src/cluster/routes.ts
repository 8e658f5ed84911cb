import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import type { Unreadable } from './facts.ts';
import type { RouteFacts } from './gateway-facts.ts';
import { toGatewayFacts, toHttpRouteFacts, toReferenceGrantFacts } from './gateways.ts';
import { toIngressClassFacts, toIngressFacts } from './ingresses.ts';
import { compareObjects } from './raw.ts';
import { isForbidden, MAX_OBJECTS, roleRule, wordsOf } from './read-list.ts';

const INGRESS_GROUP = 'networking.k8s.io';
const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** Reads Ingresses and the objects of the Gateway API, if the cluster has them. Never throws. */
export async function readRoutes(
  api: KubeApi,
): Promise<{ readonly routes: RouteFacts; readonly unreadable: readonly Unreadable[] }> {
  const unreadable: Unreadable[] = [];
  const read = async <Fact>(
    group: string,
    versions: readonly string[],
    resource: string,
    toFact: (raw: unknown) => Fact,
  ): Promise<Fact[] | null> => {
    for (const version of versions) {
      try {
        const raw = await api.list<unknown>(`/apis/${group}/${version}/${resource}`, {}, MAX_OBJECTS);
        return raw.map(toFact);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) continue;
        const fix = isForbidden(error) ? roleRule(group, resource, ['list']) : '';
        unreadable.push({ what: `${resource}.${group}`, why: wordsOf(error), fix });
        return null;
      }
    }
    return [];
  };
  const [ingresses, ingressClasses, gateways, httpRoutes, referenceGrants] = await Promise.all([
    read(INGRESS_GROUP, ['v1'], 'ingresses', toIngressFacts),
    read(INGRESS_GROUP, ['v1'], 'ingressclasses', toIngressClassFacts),
    read(GATEWAY_GROUP, ['v1', 'v1beta1'], 'gateways', toGatewayFacts),
    read(GATEWAY_GROUP, ['v1', 'v1beta1'], 'httproutes', toHttpRouteFacts),
    read(GATEWAY_GROUP, ['v1', 'v1beta1'], 'referencegrants', toReferenceGrantFacts),
  ]);
  return {
    routes: {
      ingresses: ingresses?.toSorted(compareObjects) ?? null,
      ingressClasses,
      gateways: gateways?.toSorted(compareObjects) ?? null,
      httpRoutes: httpRoutes?.toSorted(compareObjects) ?? null,
      referenceGrants: referenceGrants?.toSorted(compareObjects) ?? null,
    },
    unreadable: unreadable.toSorted((a, b) => (a.what < b.what ? -1 : 1)),
  };
}

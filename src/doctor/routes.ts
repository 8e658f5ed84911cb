import { openDirectory } from '../cluster/directory.ts';
import type { Facts } from '../cluster/facts.ts';
import type { ConditionFacts, RouteFacts } from '../cluster/gateway-facts.ts';
import { covers } from '../cluster/labels.ts';
import { ingressProblems } from '../service/ingress.ts';
import { serviceProblems } from '../service/service-problems.ts';
import { conditionText, unmetConditions } from '../service/unmet-conditions.ts';
import type { Check, CheckResult } from './check.ts';

const MAX_SHOWN = 20;

/** `routes`: which Ingresses, Gateways and HTTPRoutes lead nowhere? */
export const routes: Check = {
  id: 'routes',
  run: async (context) => {
    const facts = await context.facts();
    const found = facts.routes;
    if (found === undefined || found.ingresses === null)
      return [{ subject: '', status: 'unknown', seen: 'Ingresses could not be read', fix: '' }];
    const isAsked = ({ namespace }: { readonly namespace: string }): boolean =>
      context.namespaces.includes(namespace);
    const problems = [
      ...ingressRows(facts, found, isAsked),
      ...(found.gateways ?? [])
        .filter(isAsked)
        .flatMap(({ namespace, name, conditions, listeners }) =>
          badOf([...conditions, ...listeners.flatMap((listener) => listener.conditions)]).map((words) =>
            row('gateway', `${namespace}/${name}`, words),
          ),
        ),
      ...(found.httpRoutes ?? [])
        .filter(isAsked)
        .flatMap(({ namespace, name, statuses }) =>
          badOf(statuses.flatMap((status) => status.conditions)).map((words) =>
            row('httproute', `${namespace}/${name}`, words),
          ),
        ),
    ];
    const all = [found.ingresses, found.gateways ?? [], found.httpRoutes ?? []].map(
      (list) => list.filter(isAsked).length,
    );
    const seen = `${all[0] ?? 0} Ingresses, ${all[1] ?? 0} Gateways, ${all[2] ?? 0} HTTPRoutes`;
    if (problems.length === 0)
      return [{ subject: '', status: 'ok', seen: `${seen}: nothing amiss in them`, fix: '' }];
    return problems.slice(0, MAX_SHOWN);
  },
};

function ingressRows(
  facts: Facts,
  { ingresses, ingressClasses }: RouteFacts,
  isAsked: (object: { readonly namespace: string }) => boolean,
): CheckResult[] {
  const directory = openDirectory(facts);
  return (ingresses ?? []).filter(isAsked).flatMap((ingress) => {
    const services = covers(facts, 'services', ingress.namespace) ? facts.services : null;
    const own = ingressProblems(ingress, { classes: ingressClasses, services, secretNames: null });
    const empty = [...new Set(ingress.backends.map(({ service }) => service))].flatMap((name) => {
      const service = services?.find((one) => one.namespace === ingress.namespace && one.name === name);
      const isEmpty =
        service !== undefined &&
        serviceProblems(facts, directory, service).some((one) => one !== 'warning-event');
      return isEmpty ? [`the backend Service ${ingress.namespace}/${name} has no ready endpoint`] : [];
    });
    return [...own.map(({ text }) => text), ...empty].map((text) =>
      row('ingress', `${ingress.namespace}/${ingress.name}`, text),
    );
  });
}

function badOf(conditions: readonly ConditionFacts[]): string[] {
  return unmetConditions(conditions).map(conditionText);
}

function row(kind: string, object: string, seen: string): CheckResult {
  const [namespace = '', name = ''] = object.split('/');
  return {
    subject: `${kind} ${object}`,
    status: 'warning',
    seen,
    fix: `kubectl describe ${kind} ${name} -n ${namespace}`,
  };
}

import { openDirectory } from '../cluster/directory.ts';
import type { ServiceFacts } from '../cluster/facts.ts';
import { covers } from '../cluster/labels.ts';
import { AWAITING_LOAD_BALANCER, serviceProblems } from '../service/service-problems.ts';
import type { Check, CheckResult, DoctorContext } from './check.ts';

const MAX_SHOWN = 20;

const TEXTS = {
  'service-without-endpoints': 'it has no endpoints: connections to it are refused',
  'endpoints-not-ready': 'none of its endpoints is ready: connections to it are refused',
} as const;

/** `services`: which lead nowhere? */
export const services: Check = {
  id: 'services',
  run: async (context) => {
    const facts = await context.facts();
    const directory = openDirectory(facts);
    const { readable, unread } = await split(context);
    const own = (facts.services ?? []).filter(({ namespace }) => readable.includes(namespace));
    const dangling = own.flatMap((service) => [
      ...serviceProblems(facts, directory, service).flatMap((problem) =>
        problem === 'warning-event' ? [] : [row(service, TEXTS[problem])],
      ),
      ...(service.isAwaitingLoadBalancer === true ? [row(service, AWAITING_LOAD_BALANCER)] : []),
    ]);
    const unknown = unread.map((namespace): CheckResult => ({
      subject: `namespace ${namespace}`,
      status: 'unknown',
      seen: 'its Services or their endpoints could not be read',
      fix: '',
    }));
    const fine = own.length - new Set(dangling.map(({ subject }) => subject)).size;
    const summary: CheckResult = {
      subject: '',
      status: 'ok',
      seen: `${fine} of ${own.length} Services lead to ready endpoints, or need none`,
      fix: '',
    };
    return [
      ...(fine > 0 || (own.length === 0 && unread.length === 0) ? [summary] : []),
      ...dangling.slice(0, MAX_SHOWN),
      ...more(dangling.length),
      ...unknown,
    ];
  },
};

async function split({
  namespaces,
  facts: read,
}: DoctorContext): Promise<{ readable: string[]; unread: string[] }> {
  const facts = await read();
  const isRead = (namespace: string): boolean =>
    covers(facts, 'services', namespace) && covers(facts, 'endpointSlices', namespace);
  return { readable: namespaces.filter(isRead), unread: namespaces.filter((one) => !isRead(one)) };
}

function row({ namespace, name }: ServiceFacts, seen: string): CheckResult {
  return {
    subject: `service ${namespace}/${name}`,
    status: 'warning',
    seen,
    fix: `kubectl netdebug check pod/CLIENT svc/${name} -n ${namespace}`,
  };
}

function more(count: number): CheckResult[] {
  if (count <= MAX_SHOWN) return [];
  return [
    { subject: '', status: 'warning', seen: `${count - MAX_SHOWN} more Services lead nowhere`, fix: '' },
  ];
}

import { openDirectory } from '../cluster/directory.ts';
import type { DnsServerFacts } from '../cluster/dns-server-facts.ts';
import type { ClusterDnsFacts, Facts, PodFacts } from '../cluster/facts.ts';
import { selectorMatches } from '../cluster/labels.ts';
import { listed } from '../explain/evidence.ts';
import type { Check, CheckResult } from './check.ts';

/** `cluster-dns`: is there somebody to answer, by which configuration, and what does it say itself? */
export const clusterDns: Check = {
  id: 'cluster-dns',
  run: async (context) => {
    const facts = await context.facts();
    const dns = facts.clusterDns;
    if (dns === null)
      return [
        {
          subject: '',
          status: 'unknown',
          seen: 'no DNS Service was found under its usual names (kube-system/kube-dns …)',
          fix: '',
        },
      ];
    const rows = [
      ...endpointRows(dns, facts),
      ...configRows(facts.dnsServer),
      ...logRows(facts.dnsServer),
      ...nodeLocalRows(facts.dnsServer),
    ];
    return rows.map((row) => ({ subject: `service ${dns.service.namespace}/${dns.service.name}`, ...row }));
  },
};

type Row = Omit<CheckResult, 'subject'>;

function endpointRows(dns: ClusterDnsFacts, facts: Facts): Row[] {
  const endpoints = openDirectory(facts).endpointsOf(dns.service);
  if (facts.endpointSlices === null)
    return [{ status: 'unknown', seen: 'its endpoints could not be read', fix: '' }];
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const nodes = new Set(ready.map(({ node }) => node));
  const troubled = podsOf(dns, facts).filter(({ containerProblems }) => containerProblems.length > 0);
  const show = `kubectl get pods -n ${dns.service.namespace} -o wide`;
  const trouble = troubled.map((pod): Row => ({
    status: 'warning',
    seen: `pod ${pod.name}: ${pod.containerProblems.join(', ')}, ${pod.restarts} restarts`,
    fix: `kubectl logs ${pod.name} -n ${pod.namespace} --tail=20`,
  }));
  if (ready.length === 0)
    return [
      { status: 'failed', seen: `it has no ready endpoint: names are not found`, fix: show },
      ...trouble,
    ];
  const seen = `${dns.workload === '' ? 'it' : dns.workload} has ${ready.length} ready endpoint${ready.length === 1 ? '' : 's'} on ${nodes.size} node${nodes.size === 1 ? '' : 's'}`;
  return [{ status: 'ok', seen, fix: '' }, ...trouble];
}

function podsOf(dns: ClusterDnsFacts, facts: Facts): PodFacts[] {
  const selector = facts.services?.find(
    ({ namespace, name }) => namespace === dns.service.namespace && name === dns.service.name,
  )?.selector;
  if (selector === null || selector === undefined) return [];
  return (facts.pods ?? []).filter(
    ({ namespace, labels }) => namespace === dns.service.namespace && selectorMatches(selector, labels),
  );
}

/** Plugins without which CoreDNS does not do what the cluster expects of it. */
const NEEDED: Readonly<Record<string, string>> = {
  kubernetes: 'Services are not known to it',
  ready: 'it counts as ready before it knows the Services',
};

function configRows(server: DnsServerFacts | undefined): Row[] {
  const config = server?.config;
  if (config === undefined || config === null)
    return [{ status: 'unknown', seen: 'its configuration could not be read', fix: '' }];
  const [namespace = '', name = ''] = config.configMap.split('/');
  const fix = `kubectl edit configmap ${name} -n ${namespace}`;
  if (config.problem !== '')
    return [
      {
        status: 'failed',
        seen: `its configuration does not parse (${config.problem}): the pods run an older one, and no new pod starts`,
        fix,
      },
    ];
  const plugins = new Set(config.blocks.flatMap((block) => block.plugins.map((plugin) => plugin.name)));
  const missing = Object.entries(NEEDED).filter(([plugin]) => !plugins.has(plugin));
  // kube-dns has no plugins; what is imported may have them.
  const isWhole = config.whole && plugins.has('errors');
  const zones = config.blocks.flatMap(({ zones: own }) => own.map((zone) => (zone === '' ? '.' : zone)));
  return [
    { status: 'ok', seen: `ConfigMap ${config.configMap} is for ${listed([...new Set(zones)])}`, fix: '' },
    ...(isWhole ? missing : []).map(([plugin, what]): Row => ({
      status: 'warning',
      seen: `ConfigMap ${config.configMap} has no plugin ${plugin}: ${what}`,
      fix,
    })),
  ];
}

function logRows(server: DnsServerFacts | undefined): Row[] {
  const logs = server?.logs;
  if (logs === undefined || logs === null)
    return [{ status: 'unknown', seen: 'its log could not be read', fix: '' }];
  return [
    ...logs.upstreamErrors.slice(0, 3).map(({ upstream, problem, count }): Row => ({
      status: 'warning',
      seen: `${count} questions to ${upstream} in the last ${logs.seconds} s ended in "${problem}"`,
      fix: 'The servers in the forward lines of its configuration, or in /etc/resolv.conf of its nodes, have to be reachable from its pods.',
    })),
    ...logs.fatal.map((words): Row => ({ status: 'warning', seen: `its log says: ${words}`, fix: '' })),
  ];
}

function nodeLocalRows(server: DnsServerFacts | undefined): Row[] {
  const local = server?.nodeLocal;
  if (local === undefined || local === null) return [];
  return [
    {
      status: local.ready < local.wanted ? 'failed' : 'ok',
      seen: `NodeLocal DNSCache (${local.daemonSet}) is ready on ${local.ready} of ${local.wanted} nodes`,
      fix:
        local.ready < local.wanted ? 'kubectl get pods -n kube-system -l k8s-app=node-local-dns -o wide' : '',
    },
  ];
}

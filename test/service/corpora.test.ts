import { describe, expect, test } from 'vitest';
import { openDirectory, type Directory } from '../../src/cluster/directory.ts';
import { toEndpointSliceFacts } from '../../src/cluster/endpoint-slices.ts';
import { toNodeFacts } from '../../src/cluster/nodes.ts';
import { toPodFacts } from '../../src/cluster/pods.ts';
import { toServiceFacts } from '../../src/cluster/services.ts';
import { chooseEndpoints, choosingNode, proxyRulesOf } from '../../src/service/endpoint-choice.ts';
import { resolveTargetPort } from '../../src/service/target-port.ts';
import { facts } from '../explain/builders.ts';
import { hasCorpora, readCases, type ChoiceCase, type PortCase, type ProblemCase } from './corpora.ts';
import { problemsOf } from './problems.ts';

if (!hasCorpora) process.stderr.write('skipped: no service/ in NETDEBUG_CORPORA\n');

/** A version of the cluster that behaves as the case's era says. */
const VERSIONS: Readonly<Record<string, string>> = {
  current: 'v1.34.4',
  'pre-1.31': 'v1.30.0',
  'pre-1.26': 'v1.25.0',
};

function chosen({ node, service, endpointSlice, note }: ChoiceCase): ChoiceCase['expected'] {
  const serviceFacts = toServiceFacts(service);
  const directory: Directory = openDirectory(
    facts({ services: [serviceFacts], endpointSlices: [toEndpointSliceFacts(endpointSlice)] }),
  );
  const nodes = [toNodeFacts({ metadata: node })];
  const choice = chooseEndpoints(
    serviceFacts,
    directory.endpointsOf(serviceFacts),
    choosingNode(node.name, nodes),
    proxyRulesOf(VERSIONS[note.era] ?? ''),
  );
  const addresses = (list: typeof choice.all): string[] => list.map(({ address }) => address).toSorted();
  return {
    clusterEndpoints: choice.cluster === null ? null : addresses(choice.cluster),
    localEndpoints: choice.local === null ? null : addresses(choice.local),
    allEndpoints: addresses(choice.all),
    hasAnyEndpoints: choice.hasAny,
  };
}

describe.skipIf(!hasCorpora)('cases with known answers', () => {
  const choices = readCases<ChoiceCase>('kube-proxy-categorize.json');
  const ports = readCases<PortCase>('find-port.json');
  const problems = readCases<ProblemCase>('k8sgpt-cases.json');

  test('all of them are there', () => {
    expect([choices.length, ports.length, problems.length]).toEqual([33, 8, 13]);
  });

  test('endpoints are chosen as kube-proxy chooses them', () => {
    const differences = choices
      .map((one) => ({ name: one.name, is: chosen(one), expected: one.expected }))
      .filter(({ is, expected }) => JSON.stringify(is) !== JSON.stringify(expected));
    expect(differences).toEqual([]);
  });

  test('a named targetPort is found as Kubernetes finds it', () => {
    const found = ports.map(({ name, containers, targetPort }) => ({
      name,
      resolved: resolveTargetPort(toPodFacts({ metadata: {}, spec: { containers } }), {
        targetPort,
        protocol: 'TCP',
      }),
    }));
    expect(found).toEqual(ports.map(({ name, resolved }) => ({ name, resolved })));
  });

  test.each(problems.map((one) => [one.name, one] as const))('what is wrong: %s', (_, one) => {
    const found = problemsOf(one.objects);
    expect(found.filter((id) => one.problems_not?.includes(id))).toEqual([]);
    const wanted = [...(one.problems ?? [])].toSorted();
    if (one.problems === undefined) return;
    expect(one.at_least === true ? found.filter((id) => wanted.includes(id)) : found).toEqual(wanted);
  });
});

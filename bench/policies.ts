import { rmSync } from 'node:fs';
import type { Facts, NetworkPolicyFacts, PodFacts } from '../src/cluster/facts.ts';
import { evaluateFlow } from '../src/policy/evaluate.ts';
import { hostOfPod } from '../src/policy/flow.ts';
import { openPolicies } from '../src/policy/policy-index.ts';
import { caseIds, decisionsOf, hasCorpus, readCase, unpackCorpus } from '../test/policy/corpus.ts';
import { facts, pod, policy } from '../test/explain/builders.ts';

/** What was measured of the policy engine, and the most that it may be. */
export interface PolicyRow {
  readonly what: string;
  readonly milliseconds: number;
  readonly goalMilliseconds: number | null;
}

const PODS = 5000;
const POLICIES = 2000;
const NAMESPACES = 100;
const APPS = 20;
const VERDICTS = 20_000;
/** Of one verdict once the facts are indexed; each one of another pair of pods, so that nothing is remembered. */
const VERDICT_GOAL_MS = 1;

/** Times verdicts in a large cluster and, where they are on this machine, the whole policy corpora. */
export function measurePolicies(withCorpora: boolean): PolicyRow[] {
  return [...measureCluster(), ...(withCorpora && hasCorpus ? [measureCorpora()] : [])];
}

function measureCluster(): PolicyRow[] {
  const cluster = largeCluster();
  const pods = cluster.pods ?? [];
  const startMs = performance.now();
  const index = openPolicies(cluster, { ipBlockMatchesPods: true });
  const indexedMs = performance.now();
  let denied = 0;
  for (let i = 0; i < VERDICTS; i += 1) {
    const [from, to] = [pods[(i * 7919) % PODS], pods[(i * 104_729 + 1) % PODS]];
    if (from === undefined || to === undefined) continue;
    const flow = { from: hostOfPod(from), to: hostOfPod(to), protocol: 'TCP', port: 8080 };
    if (evaluateFlow(index, flow).decision === 'deny') denied += 1;
  }
  const endMs = performance.now();
  if (denied === 0 || denied === VERDICTS) throw new Error(`${denied} of ${VERDICTS} verdicts are deny`);
  const size = `${PODS} pods × ${POLICIES} policies`;
  return [
    { what: `index of ${size}`, milliseconds: indexedMs - startMs, goalMilliseconds: null },
    {
      what: `one verdict among ${size}`,
      milliseconds: (endMs - indexedMs) / VERDICTS,
      goalMilliseconds: VERDICT_GOAL_MS,
    },
  ];
}

/** As many policies in each namespace as applications; each admits two others, by label and by namespace. */
function largeCluster(): Facts {
  const namespaceOf = (i: number): string => `namespace-${i % NAMESPACES}`;
  const appOf = (i: number): string => `app-${Math.floor(i / NAMESPACES) % APPS}`;
  const pods = Array.from({ length: PODS }, (_, i): PodFacts =>
    pod(`pod-${i}`, {
      namespace: namespaceOf(i),
      address: `10.${64 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`,
      labels: { app: appOf(i), tier: `tier-${i % 3}` },
    }),
  );
  const selector = (labels: Readonly<Record<string, string>>): NetworkPolicyFacts['podSelector'] => ({
    matchLabels: labels,
    matchExpressions: [],
  });
  const networkPolicies = Array.from({ length: POLICIES }, (_, i): NetworkPolicyFacts =>
    policy(`policy-${i}`, {
      namespace: namespaceOf(i),
      podSelector: selector({ app: appOf(i) }),
      ingress: [
        {
          peers: [
            { podSelector: selector({ tier: 'tier-1' }), namespaceSelector: null, ipBlock: null },
            {
              podSelector: null,
              namespaceSelector: selector({ team: `team-${i % 4}` }),
              ipBlock: null,
            },
          ],
          ports: [{ protocol: 'TCP', port: 8080, endPort: null }],
        },
      ],
    }),
  );
  const namespaces = Array.from({ length: NAMESPACES }, (_, i) => ({
    name: namespaceOf(i),
    labels: { team: `team-${i % 8}` },
  }));
  return facts({ pods, networkPolicies, namespaces, adminPolicies: [] });
}

/** All cases with their options: read, indexed and judged. */
function measureCorpora(): PolicyRow {
  const folder = unpackCorpus();
  try {
    const startMs = performance.now();
    let verdicts = 0;
    for (const id of caseIds(folder)) verdicts += decisionsOf(readCase(folder, id)).length;
    const milliseconds = performance.now() - startMs;
    return {
      what: `the policy corpora, ${verdicts} verdicts, reading them included`,
      milliseconds,
      goalMilliseconds: null,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

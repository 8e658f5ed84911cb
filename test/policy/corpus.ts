import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { toAdminPolicyFacts } from '../../src/cluster/admin-policies.ts';
import type { Facts } from '../../src/cluster/facts.ts';
import { toNamespaceFacts } from '../../src/cluster/namespaces.ts';
import { toNetworkPolicyFacts } from '../../src/cluster/network-policies.ts';
import { toNodeFacts } from '../../src/cluster/nodes.ts';
import { toPodFacts } from '../../src/cluster/pods.ts';
import { evaluateFlow } from '../../src/policy/evaluate.ts';
import { hostOfPod, type Decision, type Host } from '../../src/policy/flow.ts';
import { openPolicies } from '../../src/policy/policy-index.ts';
import { facts } from '../explain/builders.ts';

const archive = join(
  process.env['NETDEBUG_CORPORA'] ?? join(import.meta.dirname, '../../../shared/corpora'),
  'netpol.tar.xz',
);

/** Whether the policy corpus is on this machine. */
export const hasCorpus: boolean = existsSync(archive);

type Place = string | { readonly ip: string };

interface Matrix {
  readonly protocol: string;
  readonly port: number;
  readonly pods: readonly string[];
  readonly allowed: readonly string[];
  readonly ingress?: readonly string[];
  readonly egress?: readonly string[];
}

/** One question of the corpus; pods as "namespace/name", other addresses as "ip:ADDRESS". */
export interface Point {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly port: number;
  readonly direction: 'allowed' | 'ingress' | 'egress';
  readonly expected: boolean;
}

export interface PolicyCase {
  readonly id: string;
  readonly facts: Facts;
  /** null: the case says nothing about it. */
  readonly ipBlockMatchesPods: boolean | null;
  readonly points: readonly Point[];
}

/** Unpacks the corpus into a new folder and returns it; the caller removes it. */
export function unpackCorpus(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netdebug-netpol-'));
  execFileSync('tar', ['-xJf', archive, '-C', folder]);
  return folder;
}

/** Ids of all cases, "cyclonus/001-…". */
export function caseIds(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((one) => `${name}/${one}`))
    .toSorted();
}

/** Reads one case: its manifests as facts, its tables as points. */
export function readCase(folder: string, id: string): PolicyCase {
  const expected = JSON.parse(readFileSync(join(folder, id, 'expected.json'), 'utf8')) as {
    readonly options: { readonly ipBlockMatchesPods?: boolean };
    readonly matrix?: readonly Matrix[];
    readonly points?: readonly {
      from: Place;
      to: Place;
      protocol: string;
      port: number;
      allowed: boolean;
    }[];
  };
  const points = (expected.points ?? []).map(({ from, to, allowed, ...rest }): Point => ({
    ...rest,
    from: placeText(from),
    to: placeText(to),
    direction: 'allowed',
    expected: allowed,
  }));
  return {
    id,
    facts: readFacts(readFileSync(join(folder, id, 'manifests.yaml'), 'utf8')),
    ipBlockMatchesPods: expected.options.ipBlockMatchesPods ?? null,
    points: [...points, ...(expected.matrix ?? []).flatMap(matrixPoints)],
  };
}

/** What the engine says to each point of a case. */
export function decisionsOf({ facts, ipBlockMatchesPods, points }: PolicyCase): Decision[] {
  const index = openPolicies(facts, { ipBlockMatchesPods });
  const hosts = new Map<string, Host>();
  const placed = (text: string): Host => {
    const host = hosts.get(text) ?? hostOf(text, facts);
    hosts.set(text, host);
    return host;
  };
  return points.map((point) => {
    const verdict = evaluateFlow(index, { ...point, from: placed(point.from), to: placed(point.to) });
    return point.direction === 'allowed' ? verdict.decision : verdict[point.direction].decision;
  });
}

function hostOf(text: string, { nodes, pods }: Facts): Host {
  if (text.startsWith('ip:')) {
    const address = text.slice('ip:'.length);
    const node = nodes?.find(({ addresses }) => addresses.includes(address));
    return node === undefined ? { kind: 'outside', address } : { kind: 'node', node: node.name, address };
  }
  const pod = pods?.find(({ namespace, name }) => `${namespace}/${name}` === text);
  if (pod === undefined) throw new Error(`no pod ${text}`);
  return hostOfPod(pod);
}

function placeText(place: Place): string {
  return typeof place === 'string' ? place : `ip:${place.ip}`;
}

function matrixPoints(matrix: Matrix): Point[] {
  return (['allowed', 'ingress', 'egress'] as const).flatMap((direction) =>
    (matrix[direction] ?? []).flatMap((row, from) =>
      [...row].flatMap((cell, to): Point[] =>
        cell === '-'
          ? []
          : [
              {
                from: matrix.pods[from] ?? '',
                to: matrix.pods[to] ?? '',
                protocol: matrix.protocol,
                port: matrix.port,
                direction,
                expected: cell === '.',
              },
            ],
      ),
    ),
  );
}

/** Facts of a cluster that consists of these manifests. */
export function readFacts(manifests: string): Facts {
  const objects = parseAllDocuments(manifests).map((document) => document.toJS() as Record<string, unknown>);
  const of = <T>(kind: string, reduce: (raw: unknown) => T): T[] =>
    objects.filter((object) => object['kind'] === kind).map(reduce);
  return {
    ...facts(),
    nodes: of('Node', toNodeFacts),
    pods: of('Pod', toPodFacts),
    namespaces: of('Namespace', toNamespaceFacts),
    networkPolicies: of('NetworkPolicy', toNetworkPolicyFacts),
    adminPolicies: (
      ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'] as const
    ).flatMap((kind) => of(kind, (raw) => toAdminPolicyFacts(kind, raw))),
  };
}

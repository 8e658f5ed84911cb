import { evaluateMatrix, type MatrixReport } from '../check/matrix.ts';
import type { CheckClient, CheckServer } from '../check/route.ts';
import type { Facts, ObjectName, PodFacts } from '../cluster/facts.ts';
import { collectFacts } from '../cluster/collect.ts';
import { UserError } from '../errors.ts';
import type { Io } from '../io.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { manifestFacts } from '../manifests/manifest-facts.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { renderJson } from '../report/json.ts';
import { renderMatrix } from '../report/matrix-table.ts';
import { renderYaml } from '../report/yaml.ts';
import { version } from '../version.ts';
import { clientAt, clientOf, podsInFacts, serverOf, type PodNames } from './check-ends.ts';
import { podNames } from './check-facts.ts';
import type { CheckOptions } from './check-options.ts';
import { parseFrom, parseTo, type FromWord, type ToWord } from './check-words.ts';
import { renderOptions } from './print-report.ts';
import { selectedBy } from './check-selector.ts';

/** More rows or columns nobody reads. */
const MAX_ENDS = 60;

/** FROM × TO by the cluster's objects or by manifests; nothing is sent. The result is the exit status. */
export async function runMatrix(
  api: KubeApi | null,
  namespace: string,
  options: CheckOptions,
  io: Io,
): Promise<number> {
  const words = wordsOf(options, namespace);
  const read =
    api === null
      ? await ofManifests(options.manifests ?? '', namespace, words)
      : await ofCluster(api, words, io);
  const { clients, servers } = endsOf(words, read, namespace, options);
  const how = { isOfManifests: api === null, enforcer: options.enforcer };
  const report: MatrixReport = {
    matrixVersion: '1.0',
    tool: { name: 'kubectl-netdebug', version },
    ...evaluateMatrix(clients, servers, read.facts, how),
  };
  await io.stdout.write(rendered(report, options.format, io));
  const { outcome } = report.verdict;
  if (outcome === 'fails' && options.failOn !== 'never') return 1;
  return outcome === 'unknown' ? 2 : 0;
}

interface Words {
  readonly from: readonly FromWord[];
  readonly to: readonly ToWord[];
}

/** With a selector, all operands are TO; without one, the last is, and the others are FROM. */
function wordsOf({ operands, selector }: CheckOptions, namespace: string): Words {
  const to = selector === undefined ? operands.slice(-1) : operands;
  const from = selector === undefined ? operands.slice(0, -1) : [];
  if (selector === undefined && from.length === 0)
    throw new UserError(
      '--matrix needs both sides',
      'neither a selector nor FROM was given',
      'kubectl netdebug check --matrix -l tier=web svc/payments:80\nkubectl netdebug check --matrix pod/a pod/b svc/payments:80',
    );
  return {
    from: from.map((word) => parseFrom(word, namespace)),
    to: to.map((word) => parseTo(word, namespace)),
  };
}

interface ReadMatrix {
  readonly facts: Facts;
  readonly pods: ReadonlyMap<FromWord | ToWord, PodNames>;
}

async function ofManifests(folder: string, namespace: string, { from, to }: Words): Promise<ReadMatrix> {
  const facts = manifestFacts(await readManifests(folder), namespace);
  const pods = new Map<FromWord | ToWord, PodNames>();
  for (const word of [...from, ...to])
    if (word.kind === 'object') pods.set(word, podsInFacts(word.target, facts));
  return { facts, pods };
}

async function ofCluster(api: KubeApi, { from, to }: Words, io: Io): Promise<ReadMatrix> {
  const pods = new Map<FromWord | ToWord, PodNames>();
  for (const word of [...from, ...to])
    if (word.kind === 'object') pods.set(word, await podNames(api, word.target));
  const targets: ObjectName[] = [...pods.values()].flatMap((names) => names ?? []);
  const spaces = [...from, ...to].flatMap((word) =>
    word.kind === 'object' && word.target.namespace !== '' ? [word.target.namespace] : [],
  );
  const facts = await collectFacts(api, {
    targets,
    namespaces: [...new Set([...spaces, api.namespace])],
    resolver: null,
    resolverProblem: 'nothing was run in the pods',
    now: io.now,
  });
  return { facts, pods };
}

function endsOf(
  { from, to }: Words,
  { facts, pods }: ReadMatrix,
  namespace: string,
  { selector }: CheckOptions,
): { readonly clients: readonly CheckClient[]; readonly servers: readonly CheckServer[] } {
  const selected: readonly PodFacts[] = selector === undefined ? [] : selectedBy(selector, namespace, facts);
  const clients = [
    ...from.map((word) => clientOf(word, pods.get(word) ?? null, facts)),
    ...selected.map(clientAt),
  ];
  const asked = to.map((word) => serverOf(word, pods.get(word) ?? null, facts));
  const servers = asked.length > 0 ? asked : selected.map(serverAt);
  if (clients.length > MAX_ENDS || servers.length > MAX_ENDS)
    throw new UserError(
      `a matrix of ${clients.length} × ${servers.length} is too large to be read`,
      `it has ${MAX_ENDS} rows and columns at most`,
      'Narrow the selector with -l',
    );
  return { clients, servers };
}

/** A selected pod as what is asked, on the first port that it declares. */
function serverAt({ namespace, name, containerPorts }: PodFacts): CheckServer {
  const port = containerPorts[0];
  return {
    text: `pod/${namespace}/${name}${port === undefined ? '' : `:${port.port}`}`,
    service: null,
    pods: [{ namespace, name }],
    name: null,
    addresses: null,
    port: null,
    protocol: port?.protocol ?? null,
    url: null,
  };
}

function rendered(report: MatrixReport, format: string, io: Io): string {
  if (format === 'json') return renderJson(report);
  if (format === 'yaml') return renderYaml(report);
  return renderMatrix(report, renderOptions(true, io.stdout, io));
}

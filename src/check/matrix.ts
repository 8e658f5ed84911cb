import type { Facts } from '../cluster/facts.ts';
import type { CheckOutcome, LayerId } from './check-report.ts';
import { evaluateIn, openSurroundings, type CheckQuestion } from './check.ts';
import type { CheckClient, CheckServer } from './route.ts';
import { checkVerdict } from './verdict.ts';

/** Many ways at once, as `check --matrix` prints them as JSON. */
export interface MatrixReport {
  readonly matrixVersion: '1.0';
  readonly tool: { readonly name: 'kubectl-netdebug'; readonly version: string };
  readonly verdict: { readonly outcome: CheckOutcome; readonly text: string };
  /** The columns, as they were asked for. */
  readonly to: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** What could not be read, one sentence each. */
  readonly unknowns: readonly string[];
}

export interface MatrixRow {
  readonly from: string;
  /** In the order of the columns; null: a pod and itself. */
  readonly cells: readonly (MatrixCell | null)[];
}

export interface MatrixCell {
  readonly outcome: CheckOutcome;
  /** The first layer that fails or is not known; '' if the way is open. */
  readonly layer: LayerId | '';
  /** "open", "denied by NetworkPolicy shop/web", "endpoints fails"; for the table. */
  readonly short: string;
  readonly text: string;
}

/** Judges each way from each client to each server by the facts alone. */
export function evaluateMatrix(
  clients: readonly CheckClient[],
  servers: readonly CheckServer[],
  facts: Facts,
  how: Pick<CheckQuestion, 'isOfManifests' | 'enforcer'>,
): Pick<MatrixReport, 'verdict' | 'to' | 'rows' | 'unknowns'> {
  const around = openSurroundings(facts, how);
  const cell = (client: CheckClient, server: CheckServer): MatrixCell | null => {
    if (isItself(client, server)) return null;
    const { layers, policy } = evaluateIn(around, { client, server }, false);
    const { outcome, layer, text } = checkVerdict(layers, [], {
      from: client.text,
      to: server.text,
      isProbed: false,
    });
    const by = [policy.egress, policy.ingress].find(({ verdict }) => verdict !== 'allow')?.policy ?? '';
    return { outcome, layer, short: shortText(outcome, layer, by), text };
  };
  const rows = clients.map((client) => ({
    from: client.text,
    cells: servers.map((server) => cell(client, server)),
  }));
  const cells = rows.flatMap((row) => row.cells).filter((one) => one !== null);
  const count = (outcome: CheckOutcome): number => cells.filter((one) => one.outcome === outcome).length;
  const outcome = count('fails') > 0 ? 'fails' : count('unknown') > 0 ? 'unknown' : 'open';
  return {
    verdict: {
      outcome,
      text: `Of ${cells.length} ways: ${count('open')} open as far as the objects say, ${count('fails')} failing, ${count('unknown')} not known; nothing was sent.`,
    },
    to: servers.map(({ text }) => text),
    rows,
    unknowns: facts.unreadable.map(({ what, why }) => `${what} (${why})`),
  };
}

function isItself({ pod }: CheckClient, { pods }: CheckServer): boolean {
  const [only] = pods ?? [];
  return pods?.length === 1 && only?.name === pod?.name && only?.namespace === pod?.namespace;
}

function shortText(outcome: CheckOutcome, layer: LayerId | '', by: string): string {
  if (outcome === 'open') return 'open';
  if (layer === 'policy' && outcome === 'fails') return by === '' ? 'denied' : `denied by ${by}`;
  return outcome === 'fails' ? `fails at ${layer}` : `unknown (${layer})`;
}

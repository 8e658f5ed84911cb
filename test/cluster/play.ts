import type { Report } from '../../src/report/report.ts';
import { checkDeviations, type CheckedWay, checkWay, openDeviations } from './check-way.ts';
import { cluster } from './cluster.ts';
import { deviations } from './judge.ts';
import { replayDifferences } from './replay.ts';
import { endTraffic, startScenario, startTraffic, stopScenario } from './run-scenario.ts';
import type { Scenario, ScenarioExpectation } from './scenario.ts';
import { shownUnder } from './shown.ts';
import { stageOf } from './stage.ts';
import { trace } from './trace.ts';
import { waitFor } from './wait.ts';

/** A cause as a table names it. */
export interface NamedCause {
  readonly id: string;
  readonly confidence: string;
}

/** What came of a scenario: the fault found, its printed fix tried, and found to be gone once it is undone. */
export interface Played {
  readonly scenario: string;
  readonly findings: readonly string[];
  /** Ids and confidences of the causes, in order. */
  readonly causes: readonly NamedCause[];
  /** Of the check under the fault; null: the play did not get so far. */
  readonly checked: { readonly outcome: string; readonly causes: readonly NamedCause[] } | null;
  readonly seconds: number;
  /** What a person sees under the fault. */
  readonly shown: string;
  /** In what it differs from what it must show; empty: it is right. */
  readonly wrong: readonly string[];
}

/** Of the capture; long enough for the slowest time-out in a scenario's traffic to be seen twice. */
const FAULT_SECONDS = 15;
const FIXED_SECONDS = 6;

/** What a trace says after the undo. */
const FIXED: ScenarioExpectation = {
  exitStatus: 0,
  outcome: 'healthy',
  findings: [],
  notFindings: [],
  causes: [],
  notCauses: [],
};

/**
 * Plays a scenario on its stage, which nobody else uses meanwhile: fault, trace, the printed policy if there is one,
 * undo, trace; its way is checked under the fault and after the undo as well. The fault is undone however it ends.
 * Captures go to `folder`, and may be removed afterwards.
 */
export async function play(scenario: Scenario, folder: string): Promise<Played> {
  const startMs = Date.now();
  const stage = stageOf(scenario);
  try {
    await startScenario(scenario);
    const seconds = scenario.seconds ?? FAULT_SECONDS;
    const tracing = trace(scenario, seconds, folder);
    const [traced, checked] = await Promise.all([tracing, checkBeside(scenario, tracing, folder)]);
    const { report, exitStatus } = traced;
    const wrong = [
      ...deviations(scenario.expect, report, exitStatus),
      ...(await replayDifferences(traced)),
      ...checkDeviations(scenario.expect, checked),
      ...(await triedFix(scenario, report)),
    ];
    await stopScenario(stage);
    return {
      scenario: scenario.name,
      findings: [...new Set(report.findings.map(({ id }) => id))],
      causes: report.causes.map(named),
      checked: { outcome: checked.report.verdict.outcome, causes: checked.report.causes.map(named) },
      seconds: Math.round((Date.now() - startMs) / 1000),
      shown: await shownUnder(scenario, seconds, traced, checked),
      wrong: [...wrong, ...(await afterUndo(scenario, folder))],
    };
  } finally {
    await stopScenario(stage);
  }
}

/** Checks after the trace, whose packets are to be the fault's alone, unless the scenario's time is short. */
async function checkBeside(
  scenario: Scenario,
  tracing: Promise<unknown>,
  folder: string,
): Promise<CheckedWay> {
  if (scenario.isCheckedMeanwhile !== true) await tracing;
  return await checkWay(scenario, folder);
}

function named({ id, confidence }: NamedCause): NamedCause {
  return { id, confidence };
}

async function afterUndo(scenario: Scenario, folder: string): Promise<string[]> {
  const traffic = scenario.trafficAfter ?? scenario.traffic;
  await startTraffic(scenario.namespace, traffic);
  try {
    const { report, exitStatus } = await trace(
      { ...scenario, target: 'pod/client', further: [] },
      FIXED_SECONDS,
      folder,
    );
    const { check, checkAfter = check } = scenario;
    const way: Scenario = { ...scenario, target: 'pod/client', check: checkAfter, checkFlags: [] };
    const wrong = [...deviations(FIXED, report, exitStatus), ...openDeviations(await checkWay(way, folder))];
    return wrong.map((text) => `after the undo ${text}`);
  } finally {
    await endTraffic(scenario.namespace);
  }
}

/** Applies the policy that the first cause prints: the symptom must be gone with it. */
async function triedFix({ symptom, namespace, afterFix }: Scenario, report: Report): Promise<string[]> {
  const fix = report.causes[0]?.fix ?? '';
  const start = fix.indexOf('apiVersion: networking.k8s.io/v1');
  if (start < 0) return [];
  const yaml = fix.slice(start);
  await cluster.apply(yaml);
  await afterFix?.(cluster, namespace);
  try {
    await waitFor(
      'the printed policy to open the way',
      async () => (await cluster.inPod(namespace, 'client', symptom.command)).exitStatus === 0,
      15_000,
    );
    return [];
  } catch {
    return ['the printed policy does not open the way'];
  } finally {
    await cluster.kubectl(['delete', '-f', '-'], { input: yaml });
  }
}

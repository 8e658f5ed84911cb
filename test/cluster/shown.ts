import { renderCheck } from '../../src/report/check-table.ts';
import { PLAIN } from '../../src/report/colour.ts';
import { type CheckedWay, checkWords } from './check-way.ts';
import { ticketText, type TracedTicket } from './replay.ts';
import type { Scenario } from './scenario.ts';

/** What a person sees under a scenario's fault: the commands, and what they print. */
export async function shownUnder(
  scenario: Scenario,
  seconds: number,
  traced: TracedTicket,
  checked: CheckedWay,
): Promise<string> {
  const { target, further = [], traceFlags = [], namespace } = scenario;
  const asked = [target, ...further, '-n', namespace, ...traceFlags, '--duration', `${seconds}s`];
  const trace = `$ kubectl netdebug trace ${asked.join(' ')}\n${await ticketText(traced)}`;
  const options = { paint: PLAIN, utcOffsetMinutes: 0, widthCells: 0 };
  return `${trace}\n$ kubectl netdebug ${checkWords(scenario).join(' ')}\n${renderCheck(checked.report, options)}`;
}

import { renderCheck } from '../../src/report/check-table.ts';
import { PLAIN } from '../../src/report/colour.ts';
import type { CheckedWay } from './check-way.ts';
import { ticketText, type TracedTicket } from './replay.ts';
import type { Scenario } from './scenario.ts';

/** What a person sees under a scenario's fault: the commands, and what they print. */
export async function shownUnder(
  { target, further = [], traceFlags = [], namespace, check = '' }: Scenario,
  seconds: number,
  traced: TracedTicket,
  checked: CheckedWay | undefined,
): Promise<string> {
  const asked = [target, ...further, '-n', namespace, ...traceFlags, '--duration', `${seconds}s`];
  const trace = `$ kubectl netdebug trace ${asked.join(' ')}\n${await ticketText(traced)}`;
  if (checked === undefined) return trace;
  const options = { paint: PLAIN, utcOffsetMinutes: 0, widthCells: 0 };
  return `${trace}\n$ kubectl netdebug check ${target} ${check} -n ${namespace}\n${renderCheck(checked.report, options)}`;
}

import type { CheckReport } from '../check/check-report.ts';
import type { Io } from '../io.ts';
import { renderCheck } from '../report/check-table.ts';
import { renderJson } from '../report/json.ts';
import { renderYaml } from '../report/yaml.ts';
import type { CheckFailOn } from './check-options.ts';
import { renderOptions } from './print-report.ts';

/** Prints the report of a check on stdout. */
export async function printCheck(report: CheckReport, format: string, io: Io): Promise<void> {
  await io.stdout.write(rendered(report, format, io));
}

function rendered(report: CheckReport, format: string, io: Io): string {
  if (format === 'json') return renderJson(report);
  if (format === 'yaml') return renderYaml(report);
  return renderCheck(report, renderOptions(true, io.stdout, io));
}

/** 0: open as far as is known; 1: something fails; 2: it could not be told. */
export function checkStatus({ verdict, layers }: CheckReport, failOn: CheckFailOn): number {
  const isWarned = failOn === 'warning' && layers.some(({ status }) => status === 'warning');
  if ((verdict.outcome === 'fails' && failOn !== 'never') || isWarned) return 1;
  return verdict.outcome === 'unknown' ? 2 : 0;
}

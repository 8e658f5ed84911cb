import type { Finding } from '../detect/finding.ts';
import type { Io, Output } from '../io.ts';
import { ANSI, PLAIN } from '../report/colour.ts';
import { type FrameRow, renderFrames, renderSelected } from '../report/frames.ts';
import { rendererOf } from '../report/index.ts';
import type { RenderOptions } from '../report/layout.ts';
import type { Report } from '../report/report.ts';
import { UserError } from '../errors.ts';

/** Prints a report in a format, coloured and wrapped if `output` is a terminal that wants it. */
export async function printReport(report: Report, format: string, output: Output, io: Io): Promise<void> {
  await output.write(renderReport(report, format, output, io));
}

/** Prints the evidence packets of findings, likewise. */
export async function printFrames(
  report: Report,
  findings: readonly Finding[],
  rows: ReadonlyMap<number, FrameRow>,
  output: Output,
  io: Io,
): Promise<void> {
  await output.write(renderFrames(report, findings, rows, renderOptions(true, output, io)));
}

/** Prints the packets of a selection, likewise; `count` of them there are in all. */
export async function printSelected(
  report: Report,
  selection: string,
  rows: readonly FrameRow[],
  count: number,
  output: Output,
  io: Io,
): Promise<void> {
  await output.write(renderSelected(report, selection, rows, count, renderOptions(true, output, io)));
}

function renderReport(report: Report, format: string, output: Output, io: Io): string {
  const renderer = rendererOf(format);
  if (renderer === undefined)
    throw new UserError(
      `there is no output format "${format}"`,
      'no renderer has this name',
      'kubectl netdebug trace --help',
    );
  return renderer.render(report, renderOptions(renderer.interactive, output, io));
}

/** How `output` wants to be written to. */
export function renderOptions(interactive: boolean, output: Output, io: Io): RenderOptions {
  return {
    paint: interactive && wantsColour(output, io) ? ANSI : PLAIN,
    utcOffsetMinutes: io.utcOffsetMinutes,
    widthCells: output.widthCells,
  };
}

/** no-color.org: NO_COLOR, if not empty, wins; a dumb terminal understands none. */
function wantsColour(output: Output, io: Io): boolean {
  return output.isTty && (io.env['NO_COLOR'] ?? '') === '' && io.env['TERM'] !== 'dumb';
}

import { renderJson } from './json.ts';
import type { RenderOptions } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { renderOpenMetrics } from './openmetrics.ts';
import type { Report } from './report.ts';
import { renderTable } from './table.ts';
import { renderWide } from './wide.ts';
import { renderYaml } from './yaml.ts';

/** What `-o` takes. */
export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'markdown' | 'openmetrics';

/** An output format: how `-o` names it and the pure function that writes it. */
export interface Renderer {
  readonly format: OutputFormat;
  readonly description: string;
  /** For people at a terminal; others are data and hold no colour. */
  readonly interactive: boolean;
  readonly render: (report: Report, options: RenderOptions) => string;
}

/** All output formats. A new one is one file and one row here. */
export const RENDERERS: readonly Renderer[] = [
  {
    format: 'table',
    description: 'verdict, causes and fixes for a terminal',
    interactive: true,
    render: renderTable,
  },
  {
    format: 'wide',
    description: 'the same with nothing shortened, all conversations and DNS names',
    interactive: true,
    render: renderWide,
  },
  {
    format: 'json',
    description: 'the report as data, with schemaVersion',
    interactive: false,
    render: renderJson,
  },
  { format: 'yaml', description: 'the same as YAML', interactive: false, render: renderYaml },
  {
    format: 'markdown',
    description: 'a summary to paste into a ticket',
    interactive: false,
    render: renderMarkdown,
  },
  {
    format: 'openmetrics',
    description: 'its figures for Prometheus: findings, connections, DNS',
    interactive: false,
    render: renderOpenMetrics,
  },
];

/** The renderer of a format; undefined for a name that is none. */
export function rendererOf(format: string): Renderer | undefined {
  return RENDERERS.find((renderer) => renderer.format === format);
}

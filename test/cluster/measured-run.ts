import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

/*
 * Loaded into the program before its own modules (NODE_OPTIONS=--import): counts its requests over HTTP, and writes them
 * with its largest resident memory to the file that NETDEBUG_MEASURED names when it ends.
 */

/** What a run of the program cost. */
export interface MeasuredRun {
  /** Requests by method and path, names of objects replaced by "…". */
  readonly requests: Readonly<Record<string, number>>;
  readonly peakKib: number;
  /** Unix time of the end in milliseconds. */
  readonly endedMs: number;
}

const requests: Record<string, number> = {};

subscribe('http.client.request.start', (message) => {
  const { request } = message as { readonly request: { readonly method: string; readonly path: string } };
  const [path = ''] = request.path.split('?');
  const kind = `${request.method} ${path.replaceAll(/(namespaces|pods|nodes)\/[^/]+/g, '$1/…')}`;
  requests[kind] = (requests[kind] ?? 0) + 1;
});

const file = process.env['NETDEBUG_MEASURED'];
process.on('exit', () => {
  const measured: MeasuredRun = {
    requests,
    peakKib: process.resourceUsage().maxRSS,
    endedMs: Date.now(),
  };
  if (file !== undefined) writeFileSync(file, JSON.stringify(measured));
});

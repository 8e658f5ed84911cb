import { joinTimes } from './time.ts';
import type { Finding, FindingDetails } from './finding.ts';

/** One client with this many failing servers, or one server with this many failing clients, is one story. */
const SCAN_SIZE = 20;
/** Most servers, names and walks that a merged finding lists. */
const MAX_LISTED = 16;
const SEVERITY_ORDER = { error: 0, warning: 1, info: 2 } as const;

/**
 * Puts the findings of one detector together where one client fails at many servers (a scan, a broken
 * client, a network that is gone as a whole) or many clients fail at one server.
 */
export function mergeScans(findings: readonly Finding[]): Finding[] {
  const byClient = mergeBy(
    findings,
    (finding) => finding.client,
    (all, first) => {
      const servers = [...new Set(all.map(({ server }) => server))];
      const [server = '*'] = servers;
      const one = servers.length === 1;
      return {
        server: one ? server : '*',
        text: `${all.length} different ${one ? 'names' : 'addresses and ports'}: ${first.text}, and so on`,
        details: { ...first.details, ...totals(all), servers: servers.slice(0, MAX_LISTED) },
      };
    },
  );
  return mergeBy(
    byClient,
    (finding) => finding.server,
    (all, first) => ({
      client: '*',
      text: `${all.length} different clients: ${first.text}, and so on`,
      details: { ...first.details, ...totals(all) },
    }),
  );
}

/** What is added up or listed of the details of all; the rest is that of the first. */
function totals(all: readonly Finding[]): FindingDetails {
  const names = [...new Set(all.flatMap(({ details }) => details.names ?? []))].slice(0, MAX_LISTED);
  const walks = all.flatMap(({ details }) => details.walks ?? []).slice(0, MAX_LISTED);
  return {
    attempts: all.reduce((sum, { details, count }) => sum + (details.attempts ?? count), 0),
    succeeded: all.reduce((sum, { details }) => sum + (details.succeeded ?? 0), 0),
    ...(names.length === 0 ? {} : { names }),
    ...(walks.length === 0 ? {} : { walks }),
  };
}

function mergeBy(
  findings: readonly Finding[],
  key: (finding: Finding) => string,
  merged: (all: readonly Finding[], first: Finding) => Pick<Finding, 'text' | 'details'> & Partial<Finding>,
): Finding[] {
  const groups = Map.groupBy(findings, key);
  return [...groups].flatMap(([name, group]) => {
    // The worst stands for all: a merged finding must not be milder than one of its parts.
    const all = group.toSorted((a, b) => SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity]);
    const [first] = all;
    if (first === undefined || all.length < SCAN_SIZE || name === '' || name === '*') return group;
    return [
      {
        ...first,
        count: all.reduce((sum, { count }) => sum + count, 0),
        ...joinTimes(all),
        frames: [...new Set(all.flatMap(({ frames }) => frames))].toSorted((a, b) => a - b).slice(0, 16),
        ...merged(all, first),
      },
    ];
  });
}

import { joinTimes } from './time.ts';
import type { Finding } from './finding.ts';

/** One client with this many failing servers, or one server with this many failing clients, is one story. */
const SCAN_SIZE = 20;
const MAX_SERVERS = 16;

/**
 * Puts the findings of one detector together where one client fails at many servers (a scan, a broken
 * client, a network that is gone as a whole) or many clients fail at one server.
 */
export function mergeScans(findings: readonly Finding[]): Finding[] {
  const byClient = mergeBy(findings, (finding) => finding.client, (all, first) => ({
    server: '*',
    text: `${all.length} different addresses and ports: ${first.text}, and so on`,
    details: { ...first.details, ...totals(all), servers: [...new Set(all.map(({ server }) => server))].slice(0, MAX_SERVERS) },
  }));
  return mergeBy(byClient, (finding) => finding.server, (all, first) => ({
    client: '*',
    text: `${all.length} different clients: ${first.text}, and so on`,
    details: { ...first.details, ...totals(all) },
  }));
}

function totals(all: readonly Finding[]): { attempts: number; succeeded: number } {
  return {
    attempts: all.reduce((sum, { details, count }) => sum + (details.attempts ?? count), 0),
    succeeded: all.reduce((sum, { details }) => sum + (details.succeeded ?? 0), 0),
  };
}

function mergeBy(
  findings: readonly Finding[],
  key: (finding: Finding) => string,
  merged: (all: readonly Finding[], first: Finding) => Pick<Finding, 'text' | 'details'> & Partial<Finding>,
): Finding[] {
  const groups = Map.groupBy(findings, key);
  return [...groups].flatMap(([name, all]) => {
    const [first] = all;
    if (first === undefined || all.length < SCAN_SIZE || name === '' || name === '*') return all;
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

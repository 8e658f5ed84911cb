import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DnsName } from '../../src/conversations/dns-names.ts';
import type { Group } from '../../src/conversations/groups.ts';
import type { AnalysisResult } from '../../src/pipeline.ts';
import { observeCapture } from '../conversations/observe.ts';
import { LinkType } from '../packets/link.ts';
import { analyse, corporaFolder, expectationsOf, idsOf } from './expectations.ts';
import { captureBytes, capturePaths, CORPORA_HINT, hasCorpora, truthOf } from './truth.ts';

/** Link types that both we and tshark dissect. */
const LINK_TYPES: readonly number[] = Object.values(LinkType);

const paths = capturePaths();
const results = new Map<string, AnalysisResult>();

/** Analyses each capture once. */
function resultOf(path: string): AnalysisResult {
  const result = results.get(path) ?? analyse(path);
  results.set(path, result);
  return result;
}

test.runIf(hasCorpora)(`captures with known answers are there ${CORPORA_HINT}`, () => {
  expect(paths.length).toBeGreaterThan(0);
});

describe.runIf(hasCorpora)('captures with known answers', () => {
  const expectations = hasCorpora ? ['captures', 'lab'].flatMap(expectationsOf) : [];

  test('are all there', () => {
    expect(expectations.filter(({ path }) => !existsSync(join(corporaFolder, path)))).toEqual([]);
    expect(expectations.length).toBeGreaterThan(0);
  });

  test.each(expectations)('$path: $known', ({ path, must, mustNot, healthy }) => {
    const { findings } = resultOf(path);
    const ids = idsOf(findings);
    expect(ids).toEqual(expect.arrayContaining([...must]));
    expect(ids.filter((id) => mustNot.includes(id))).toEqual([]);
    if (healthy) expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  const others = paths.filter((path) => !expectations.some((expectation) => expectation.path === path));
  test.runIf(others.length > 0).each(others)(
    '%s, of which nothing is expected, is read to its end',
    (path) => {
      const { capture } = resultOf(path);
      expect(capture.packets).toBeGreaterThanOrEqual(0);
      expect(capture.ended).toBe('file');
    },
  );
});

describe.runIf(hasCorpora)('what tshark counts', () => {
  const counted = paths.flatMap((path) => {
    const truth = truthOf(path);
    return truth === undefined || truth.tshark_errors.length > 0 ? [] : [{ path, truth }];
  });

  const readable = counted.filter(({ truth }) => LINK_TYPES.includes(truth.linktype));

  // In pcapng tshark counts blocks that are no packets as well.
  test.each(counted.filter(({ truth }) => truth.format === 'pcap'))('$path: packets', ({ path, truth }) => {
    expect(resultOf(path).capture.packets).toBe(truth.packets);
  });

  // A query that is asked again after it was rejected is two queries for us, and one for tshark.
  const asking = readable.filter(
    ({ path, truth }) => truth.summary.dns_queries > 0 && path !== 'captures/tunnel/gre.pcap',
  );
  test.each(asking)('$path: DNS queries and how they ended', ({ path, truth }) => {
    const { dns } = observeCapture(captureBytes(path));
    const total = (count: (name: DnsName) => number): number =>
      dns.reduce((sum, name) => sum + count(name), 0);
    const { dns_queries: queries, dns_rcodes: rcodes } = truth.summary;
    expect(total((name) => name.queries)).toBe(queries);
    expect(total((name) => name.noError + name.noData)).toBe(rcodes['NOERROR'] ?? 0);
    expect(total((name) => name.nxdomain.count)).toBe(rcodes['NXDOMAIN'] ?? 0);
    expect(total((name) => name.servfail.count)).toBe(rcodes['SERVFAIL'] ?? 0);
    expect(total((name) => name.refused.count)).toBe(rcodes['REFUSED'] ?? 0);
  });

  // Where packets were captured twice, and where a scan resets its own attempts, tshark's word is not the truth.
  const connecting = readable.filter(
    ({ truth }) => truth.summary.syn > 0 && truth.summary.captured_twice === 0,
  );
  test.each(connecting)(
    '$path: connections refused, and those that got no SYN-ACK and no RST',
    ({ path, truth }) => {
      const { groups } = observeCapture(captureBytes(path));
      const total = (count: (group: Group) => number): number =>
        groups.reduce((sum, group) => sum + (group.protocol === 'TCP' ? count(group) : 0), 0);
      expect(total((group) => group.refused.count)).toBe(truth.summary.refused_connects);
      expect(total((group) => group.silent.count + group.rejected.count + group.pending)).toBe(
        truth.summary.unanswered_connects,
      );
    },
  );

  // tshark sees no TCP inside this one.
  const stated = readable.filter(({ path }) => path !== 'captures/tunnel/bigtcp_vxlan.pcap');
  test.each(stated)('$path: how far the connections got', ({ path, truth }) => {
    const states: Record<string, number> = {};
    for (const group of observeCapture(captureBytes(path)).groups)
      for (const [state, count] of group.states) states[state] = (states[state] ?? 0) + count;
    expect(states).toEqual(truth.summary.tcp_states);
  });

  test.each(readable.filter(({ truth }) => truth.summary.captured_twice > 1))(
    '$path: packets captured twice',
    ({ path, truth }) => {
      const { copies } = observeCapture(captureBytes(path));
      expect(copies.count).toBeGreaterThanOrEqual(Math.floor(truth.summary.captured_twice * 0.9));
    },
  );
});

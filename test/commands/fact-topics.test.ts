import { expect, test } from 'vitest';
import { topicsOf } from '../../src/commands/fact-topics.ts';
import type { Finding, FindingId } from '../../src/detect/finding.ts';
import { finding } from '../explain/builders.ts';

const of = (id: FindingId, server = '10.96.3.4:5432'): Finding => finding(id, server);

test.each<[string, readonly Finding[], readonly string[]]>([
  ['nothing', [], []],
  ['a lookup that fails', [of('dns-servfail')], ['dns-server']],
  ['lookups that only cost time', [of('dns-search-waste'), of('dns-slow')], []],
  ['a request that fails', [of('http-5xx')], ['routes']],
  ['a connection that fails at a port of HTTP', [of('tcp-refused', '10.96.3.4:443')], ['routes']],
  ['a connection that fails elsewhere', [of('tcp-refused')], []],
  ['both', [of('http-5xx'), of('dns-nxdomain')], ['dns-server', 'routes']],
])('%s', (_, findings, topics) => expect(topicsOf(findings)).toEqual(topics));

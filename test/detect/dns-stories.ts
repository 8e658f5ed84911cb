import { CLIENT, DNS_SERVER, GATEWAY, untilSecond } from '../conversations/observe.ts';
import { dnsAnswer, dnsQuery, dnsQueryMessage, dnsReplyMessage, overTcp } from '../packets/dns.ts';
import { at } from '../packets/pcap.ts';
import { talk } from '../packets/talk.ts';
import { icmpError } from '../packets/transport.ts';
import { dns, lookup, walk, story } from './story-builder.ts';
import type { Story } from './story-builder.ts';

/** What the detectors of DNS failures say, and do not say. */
export const dnsStories: readonly Story[] = [
  story(
    'dns-no-answer',
    'silence',
    [at(0, dnsQuery({ ...dns, name: 'api.example' })), at(5, dnsQuery({ ...dns, name: 'api.example' }))],
    {
      severity: 'error',
      confidence: 'high',
      client: CLIENT,
      server: `${DNS_SERVER}:53`,
      count: 1,
      text: 'the only query got no answer (api.example)',
      frames: [1, 2],
    },
  ),
  story(
    'dns-no-answer',
    'one of many',
    [
      ...Array.from({ length: 30 }, (_, i) => lookup(i, { name: 'api.example' })).flat(),
      at(31, dnsQuery({ ...dns, name: 'b.example' })),
      ...untilSecond(40),
    ],
    { severity: 'warning', text: '1 of 31 queries got no answer (b.example)' },
  ),
  story('dns-no-answer', 'a query that was not repeated where nothing comes in', [
    at(0, dnsQuery({ ...dns, name: 'api.example' })),
    ...untilSecond(9),
  ]),
  story(
    'dns-no-answer',
    'the same in a capture of both directions',
    [at(0, dnsQuery({ ...dns, name: 'api.example' })), ...untilSecond(9)],
    { severity: 'error' },
    { bothDirections: true },
  ),
  story('dns-no-answer', 'an answer that is an error', lookup(0, { name: 'a', rcode: 'SERVFAIL' })),

  story(
    'dns-servfail',
    'over TCP',
    talk({ from: `${CLIENT}:40000`, to: `${DNS_SERVER}:53` }, [
      { by: 'client', says: overTcp(dnsQueryMessage({ name: 'a.example' })) },
      { by: 'server', says: overTcp(dnsReplyMessage({ name: 'a.example', rcode: 'SERVFAIL' })) },
    ]),
    { severity: 'error', protocol: 'TCP', count: 1 },
  ),
  story(
    'dns-servfail',
    'beside a name that is answered',
    [...lookup(0, { name: 'a.example', rcode: 'SERVFAIL' }), ...lookup(1, { name: 'b.example', answers: 1 })],
    { details: { names: ['a.example'], answeredNames: ['b.example'] } },
  ),
  story('dns-servfail', 'over UDP', lookup(0, { name: 'a.example', rcode: 'SERVFAIL' }), { protocol: 'UDP' }),
  story(
    'dns-nxdomain',
    'a Service that does not exist',
    walk(0, 'paymnets', { name: '', rcode: 'NXDOMAIN' }),
    {
      severity: 'error',
      client: CLIENT,
      server: `${DNS_SERVER}:53`,
      count: 4,
      text: 'the name paymnets does not exist: 4 of 4 queries ended in NXDOMAIN, tried as paymnets.shop.svc.cluster.local, paymnets.svc.cluster.local, paymnets.cluster.local, paymnets',
    },
  ),
  story('dns-nxdomain', 'an external name', lookup(0, { name: 'api.exmaple', rcode: 'NXDOMAIN' }), {
    severity: 'warning',
    count: 1,
  }),
  story(
    'dns-nxdomain',
    'a reverse lookup',
    lookup(0, { name: '5.1.244.10.in-addr.arpa', type: 'PTR', rcode: 'NXDOMAIN' }),
    { severity: 'info' },
  ),
  story(
    'dns-nxdomain',
    'a Service that exists in another namespace only, which is asked for by its own name',
    [
      ...walk(0, 'redis', { name: '', rcode: 'NXDOMAIN' }),
      ...lookup(1, { name: 'redis.prod.svc.cluster.local', answers: 1 }),
    ],
    { severity: 'error', count: 4, text: '…the name redis does not exist' },
  ),
  story('dns-nxdomain', 'a Service that comes into being while its name is asked for', [
    ...walk(0, 'redis', { name: '', rcode: 'NXDOMAIN' }),
    ...lookup(1, { name: 'redis.shop.svc.cluster.local', answers: 1 }),
  ]),
  story(
    'dns-nxdomain',
    'a walk at whose end the server fails: whether the name exists is open',
    walk(0, 'api.example', { name: '', rcode: 'SERVFAIL' }),
  ),
  story('dns-nxdomain', 'a walk that ends well', walk(0, 'api.example', { name: '', answers: 1 })),
  story(
    'dns-nxdomain',
    'a Service of another namespace, by its name and that namespace, and by all of its name',
    [
      ...walk(0, 'kubernetes.default.svc.cluster.local', { name: '', answers: 1 }),
      ...lookup(1, { name: 'kubernetes.default.shop.svc.cluster.local', rcode: 'NXDOMAIN' }),
      ...lookup(1.1, { name: 'kubernetes.default.svc.cluster.local', answers: 1 }),
    ],
  ),
  story('dns-nxdomain', 'a Service of another namespace, by its name and that namespace', [
    ...lookup(0, { name: 'kubernetes.default.shop.svc.cluster.local', rcode: 'NXDOMAIN' }),
    ...lookup(0.1, { name: 'kubernetes.default.svc.cluster.local', answers: 1 }),
  ]),
  story(
    'dns-nxdomain',
    'a name without records of the type',
    walk(0, 'api.example', { name: '', answers: 0 }),
  ),

  story(
    'dns-port-unreachable',
    'an ICMP error',
    [
      at(0, dnsQuery({ ...dns, name: 'a.example' })),
      at(0.001, icmpError({ from: GATEWAY, to: CLIENT, quoting: dnsQuery({ ...dns, name: 'a.example' }) })),
    ],
    {
      severity: 'error',
      server: `${DNS_SERVER}:53`,
      count: 1,
      text: `the only query was rejected by ICMP "port unreachable" from ${GATEWAY} (a.example)`,
    },
  ),
  story('dns-port-unreachable', 'a client that rejects a late answer', [
    ...lookup(0, { name: 'a.example' }),
    at(
      6,
      icmpError({
        from: CLIENT,
        to: DNS_SERVER,
        quoting: dnsAnswer({ from: dns.to, to: dns.from, name: 'a.example' }),
      }),
    ),
  ]),

  story('dns-refused', 'REFUSED', lookup(0, { name: 'a.example', rcode: 'REFUSED' }), {
    severity: 'error',
    count: 1,
    text: 'the only query was refused (REFUSED) (a.example)',
  }),
  story('dns-refused', 'NOTIMP', lookup(0, { name: 'a.example', rcode: 'NOTIMP' }), {
    severity: 'error',
    text: 'the only query was answered with FORMERR, NOTIMP or a rarer error (a.example)',
  }),
  story('dns-refused', 'NXDOMAIN', lookup(0, { name: 'a.example', rcode: 'NXDOMAIN' })),

  story(
    'dns-search-waste',
    'two quick walks',
    [...walk(0, 'a.example', { name: '', answers: 1 }), ...walk(1, 'b.example', { name: '', answers: 1 })],
    {
      severity: 'info',
      count: 6,
      text: '6 of 8 queries end in NXDOMAIN because the search list is tried first (a.example, b.example), +6 ms per lookup',
    },
  ),
  story(
    'dns-search-waste',
    'slow walks',
    [
      ...walk(0, 'a.example', { name: '', answers: 1 }, 0.03),
      ...walk(1, 'b.example', { name: '', answers: 1 }, 0.03),
    ],
    { severity: 'warning' },
  ),
  story('dns-search-waste', 'one walk', walk(0, 'a.example', { name: '', answers: 1 })),
  story('dns-search-waste', 'names that do not exist', [
    ...walk(0, 'a.example', { name: '', rcode: 'NXDOMAIN' }),
    ...walk(1, 'b.example', { name: '', rcode: 'NXDOMAIN' }),
  ]),

  story(
    'dns-servfail',
    'SERVFAIL',
    [...lookup(0, { name: 'a.example', rcode: 'SERVFAIL' }), ...lookup(1, { name: 'b.example' })],
    { severity: 'error', count: 1, text: '1 of 2 queries failed with SERVFAIL (a.example)' },
  ),
  story('dns-servfail', 'REFUSED', lookup(0, { name: 'a.example', rcode: 'REFUSED' })),
];

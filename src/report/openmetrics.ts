import { plainText } from './plain-text.ts';
import type { Report } from './report.ts';

/** A label's name and value. */
type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** A metric family. All are gauges: a report tells of one time, nothing in it goes on counting. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Rows of one family: a report may hold more, but each becomes a time series. */
const MAX_SAMPLES = 200;

/**
 * The report's figures as OpenMetrics 1.0 text that Prometheus' own text format (node_exporter's textfile collector, the
 * Pushgateway) takes as well: gauges only, no time stamps. Times are in seconds, labels as in JSON.
 */
export function renderOpenMetrics(report: Report): string {
  const families = [
    ...aboutTheRun(report),
    ...aboutProblems(report),
    ...aboutConnections(report),
    dnsQueries(report),
  ];
  return `${families.flatMap(familyLines).join('\n')}\n# EOF\n`;
}

function aboutTheRun({ tool, verdict, captures }: Report): Family[] {
  const perCapture = (name: string, help: string, value: (index: number) => number | null): Family => ({
    name: `netdebug_capture_${name}`,
    help,
    samples: captures.flatMap(({ vantagePoint, node }, index) => {
      const own = value(index);
      return own === null ? [] : [{ labels: { place: vantagePoint, node }, value: own }];
    }),
  });
  return [
    {
      name: 'netdebug_verdict',
      help: 'The outcome of the run, as a label; always 1.',
      samples: [{ labels: { outcome: verdict.outcome, version: tool.version }, value: 1 }],
    },
    perCapture('packets', 'Packets that were read.', (at) => captures[at]?.packets ?? null),
    perCapture('bytes', 'Bytes on the wire of those packets.', (at) => captures[at]?.bytes ?? null),
    perCapture(
      'dropped_packets',
      'Packets that the kernel dropped before they were read.',
      (at) => captures[at]?.dropped ?? null,
    ),
  ];
}

function aboutProblems({ findings, causes, captures }: Report): Family[] {
  return [
    {
      name: 'netdebug_finding',
      help: 'How often what a finding is about was seen.',
      samples: findings.map(({ id, severity, client, server, protocol, capture, count }) => ({
        labels: {
          finding: id,
          severity,
          client,
          server,
          protocol,
          place: captures[capture]?.vantagePoint ?? '',
        },
        value: count,
      })),
    },
    {
      name: 'netdebug_cause',
      help: 'Findings that a cause explains.',
      samples: causes.map(({ id, confidence, text, findingIndexes }) => ({
        labels: { cause: id, confidence, text },
        value: findingIndexes.length,
      })),
    },
  ];
}

function aboutConnections({ conversations, captures, names }: Report): Family[] {
  const rows = conversations.map((group) => ({
    group,
    labels: {
      client: group.client,
      server: group.server,
      server_name: names[group.serverAddress] ?? '',
      protocol: group.protocol,
      place: captures[group.capture]?.vantagePoint ?? '',
    },
  }));
  const seconds = (name: string, help: string, value: (group: Group) => number | null): Family => ({
    name: `netdebug_${name}_seconds`,
    help,
    samples: rows.flatMap(({ group, labels }) => {
      const milliseconds = value(group);
      return milliseconds === null ? [] : [{ labels, value: milliseconds / 1000 }];
    }),
  });
  return [
    {
      name: 'netdebug_connections',
      help: 'Connections (UDP: exchanges) by how the attempt ended.',
      samples: rows.flatMap(({ group, labels }) =>
        Object.entries(group.outcomes)
          .filter(([, count]) => count > 0)
          .map(([result, value]) => ({ labels: { ...labels, result }, value })),
      ),
    },
    {
      name: 'netdebug_retransmitted_segments',
      help: 'TCP data segments that were sent again, by both sides.',
      samples: rows
        .filter(({ group }) => group.protocol === 'TCP')
        .map(({ group: { segments }, labels }) => ({
          labels,
          value: segments.fromClient.retransmissions + segments.fromServer.retransmissions,
        })),
    },
    seconds('handshake', 'Median time from SYN to SYN-ACK (UDP: query to reply).', (one) => one.handshakeMs),
    seconds('round_trip', 'Median round trip of data.', (one) => one.dataRoundTripMs),
    seconds(
      'server_time',
      'Longest time from the client’s data to the first byte of the answer.',
      (one) => one.longestServerMs,
    ),
  ];
}

type Group = Report['conversations'][number];

function dnsQueries({ dns, captures }: Report): Family {
  return {
    name: 'netdebug_dns_queries',
    help: 'DNS queries by name, type and result.',
    samples: dns.map(({ client, server, name, type, result, queries, capture }) => ({
      labels: { client, server, name, type, result, place: captures[capture]?.vantagePoint ?? '' },
      value: queries,
    })),
  };
}

function familyLines({ name, help, samples }: Family): string[] {
  const lines = samples.slice(0, MAX_SAMPLES).map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}{${pairs.join(',')}} ${value}`;
  });
  // The same labels twice are an error to every reader; the first row is the one that counts most.
  const once = [
    ...new Map(lines.toReversed().map((line) => [line.slice(0, line.lastIndexOf(' ')), line])).values(),
  ];
  return lines.length === 0 ? [] : [`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, ...once.toReversed()];
}

/** Label values escape backslash, double quote and line feed; other unprintable characters are named. */
function escaped(text: string): string {
  return plainText(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`);
}

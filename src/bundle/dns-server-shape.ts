import type {
  DnsConfigFacts,
  DnsLogFacts,
  DnsPluginFacts,
  DnsServerFacts,
  NodeLocalDnsFacts,
  ServerBlockFacts,
} from '../cluster/dns-server-facts.ts';
import { flag, integer, list, nullable, object, text, type Shape } from './shape.ts';

const texts = list(text());

const plugin: Shape<DnsPluginFacts> = object({
  name: text(),
  line: integer(),
  arguments: texts,
  options: list(texts),
});

const block: Shape<ServerBlockFacts> = object({
  line: integer(),
  zones: texts,
  port: integer(),
  plugins: list(plugin),
});

const config: Shape<DnsConfigFacts> = object({
  configMap: text(),
  changedAt: text(),
  blocks: list(block),
  problem: text(),
  whole: flag,
});

const nodeLocal: Shape<NodeLocalDnsFacts> = object({
  daemonSet: text(),
  addresses: texts,
  wanted: integer(),
  ready: integer(),
});

const logs: Shape<DnsLogFacts> = object({
  seconds: integer(),
  pods: texts,
  upstreamErrors: list(object({ upstream: text(), problem: text(), count: integer() })),
  fatal: texts,
});

/** The form of what is known of the DNS server in facts.json; must follow `cluster/dns-server-facts.ts`. */
export const dnsServer: Shape<DnsServerFacts> = object({
  config: nullable(config),
  nodeLocal: nullable(nodeLocal),
  logs: nullable(logs),
});

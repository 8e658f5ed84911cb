import type {
  CounterFacts,
  FilterRuleFacts,
  NodeInterfaceFacts,
  NodeNetworkFacts,
  NodeRouteFacts,
  NodeServiceFacts,
} from '../cluster/node-network-facts.ts';
import { flag, integer, list, nullable, object, oneOf, record, text, type Shape } from './shape.ts';

const counter: Shape<CounterFacts> = object({ total: integer(), grew: integer() });

const networkInterface: Shape<NodeInterfaceFacts> = object({
  name: text(),
  kind: text(),
  mtuBytes: integer(),
  isUp: flag,
  bridge: text(),
  hairpin: nullable(flag),
  isPromiscuous: flag,
  forwardsIPv4: nullable(flag),
  forwardsIPv6: nullable(flag),
  rpFilter: nullable(integer()),
  received: counter,
  sent: counter,
  lost: counter,
  hasProgram: flag,
});

const route: Shape<NodeRouteFacts> = object({
  destination: text(),
  via: text(),
  device: text(),
  type: text(),
});

const filterRule: Shape<FilterRuleFacts> = object({
  tool: oneOf('iptables', 'iptables-legacy', 'nft'),
  family: oneOf('ip', 'ip6', 'inet'),
  table: text(),
  chain: text(),
  hook: text(),
  verdict: oneOf('drop', 'reject'),
  text: text(),
  packets: nullable(counter),
});

const service: Shape<NodeServiceFacts> = object({
  namespace: text(),
  name: text(),
  isKnown: flag,
  targets: list(text()),
});

/** The form of a node's network in facts.json; follows `cluster/node-network-facts.ts` key by key. */
export const nodeNetworkShape: Shape<NodeNetworkFacts> = object<NodeNetworkFacts>({
  node: text(),
  readAt: text(),
  windowMs: integer(),
  sysctls: record(nullable(integer())),
  interfaces: nullable(list(networkInterface)),
  routes: nullable(list(route)),
  counters: nullable(record(counter)),
  filterRules: nullable(list(filterRule)),
  services: nullable(list(service)),
  udpPorts: nullable(list(integer(0, 65_535))),
});

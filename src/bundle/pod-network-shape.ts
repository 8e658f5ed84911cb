import type {
  ListeningSocketFacts,
  PodInterfaceFacts,
  PodNetworkFacts,
  PodRouteFacts,
  TimeWaitFacts,
} from '../cluster/pod-network-facts.ts';
import { flag, integer, list, nullable, object, oneOf, record, text, type Shape } from './shape.ts';

const port = integer(0, 65_535);

const socket: Shape<ListeningSocketFacts> = object({
  protocol: oneOf('TCP', 'UDP'),
  address: text(64),
  port,
  waiting: integer(),
  backlog: nullable(integer()),
  program: text(64),
});

const link: Shape<PodInterfaceFacts> = object({ name: text(64), mtuBytes: integer() });

const route: Shape<PodRouteFacts> = object({
  destination: text(64),
  gateway: text(64),
  interfaceName: text(64),
});

const timeWait: Shape<TimeWaitFacts> = object({ server: text(64), count: integer() });

/** The form of one entry of `podNetworks` in facts.json; follows `cluster/pod-network-facts.ts` key by key. */
export const podNetworkShape: Shape<PodNetworkFacts> = object<PodNetworkFacts>({
  namespace: text(253),
  name: text(253),
  problem: text(),
  sockets: nullable(list(socket, 1000)),
  areSocketsWhole: flag,
  interfaces: nullable(list(link, 1000)),
  routes: nullable(list(route, 1000)),
  increases: nullable(record(integer(), 1000)),
  localPorts: nullable(object({ first: port, last: port })),
  maxBacklog: nullable(integer()),
  timeWaits: nullable(list(timeWait, 1000)),
});

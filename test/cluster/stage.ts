import type { Scenario } from './scenario.ts';

/** Where a scenario plays: a namespace with the base of `manifests/shop.yaml`, its Services at addresses of their own. */
export interface Stage {
  readonly namespace: string;
  /** First three bytes of its ClusterIPs. */
  readonly serviceRange: string;
}

/** The stage that scenarios are written for. */
export const shop: Stage = { namespace: 'shop', serviceRange: '10.96.77' };

/** One of the further stages, so that several scenarios can play at a time. `number` counts from 1. */
export function furtherStage(number: number): Stage {
  return { namespace: `${shop.namespace}-${number}`, serviceRange: `10.96.${77 + number}` };
}

/** Text that is written for `shop` as it has to be on another stage. */
export function placed(text: string, { namespace, serviceRange }: Stage): string {
  return text
    .replaceAll(/^(\s*name: )shop$/gm, `$1${namespace}`)
    .replaceAll(/\bnamespace: shop\b(?!-)/g, `namespace: ${namespace}`)
    .replaceAll(`${shop.serviceRange}.`, `${serviceRange}.`);
}

/** A scenario on another stage. */
export function onStage(scenario: Scenario, stage: Stage): Scenario {
  const { command, exitStatus } = scenario.symptom;
  const { trafficAfter, check, checkAfter } = scenario;
  return {
    ...scenario,
    namespace: stage.namespace,
    manifests: placed(scenario.manifests, stage),
    traffic: placed(scenario.traffic, stage),
    ...(trafficAfter === undefined ? {} : { trafficAfter: placed(trafficAfter, stage) }),
    check: placed(check, stage),
    ...(checkAfter === undefined ? {} : { checkAfter: placed(checkAfter, stage) }),
    symptom: { command: placed(command, stage), exitStatus },
  };
}

/** The stage that a scenario was put on. */
export function stageOf({ namespace }: Scenario): Stage {
  return namespace === shop.namespace
    ? shop
    : furtherStage(Number(namespace.slice(shop.namespace.length + 1)));
}

import { askPayments, noFault, type Scenario, type ScenarioExpectation } from '../scenario.ts';

/** Nothing is wrong, but it looks so: what differs from one variant to the next. */
type Variant = Pick<Scenario, 'name' | 'title' | 'check'> &
  Partial<
    Pick<
      Scenario,
      'manifests' | 'faultOn' | 'faultOff' | 'traffic' | 'symptom' | 'target' | 'seconds' | 'checkAfter'
    >
  > & {
    readonly findings?: ScenarioExpectation['findings'];
  };

/** A scenario in which no finding may be above info, and no cause may be named. */
export function healthyVariant({ findings, ...variant }: Variant): Scenario {
  return {
    family: 'none',
    on: ['bridge'],
    namespace: 'shop',
    manifests: '',
    ...noFault,
    traffic: '',
    trafficAfter: askPayments,
    symptom: { command: 'true', exitStatus: 0 },
    target: 'pod/client',
    ...variant,
    expect: {
      exitStatus: 0,
      outcome: 'healthy',
      findings: findings ?? [],
      notFindings: [],
      causes: [],
      notCauses: [],
      withoutCause: true,
      onlyInfo: true,
    },
  };
}

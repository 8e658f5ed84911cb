import { describe, expect, test } from 'vitest';
import { withScenario } from '../run-scenario.ts';
import { scenarios } from '../scenarios/index.ts';
import { report } from './netdebug.ts';

const SURENESS = ['possible', 'likely', 'certain'];

describe('trace finds and explains each fault on the real cluster', () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    { timeout: 180_000 },
    async (name, { expect: expected, namespace, target }) => {
      const { report: found, exitStatus } = await withScenario(name, () =>
        report(['trace', target, '-n', namespace, '--duration', '15s']),
      );
      const findings = found.findings.map(({ id }) => id);
      const causes = found.causes.map(({ id }) => id);
      const context = JSON.stringify(
        {
          verdict: found.verdict,
          findings: found.findings.map(({ id, server, text }) => ({ id, server, text })),
          causes: found.causes,
          unknowns: found.unknowns,
        },
        null,
        1,
      );
      expect(findings, context).toEqual(expect.arrayContaining([...expected.findings]));
      expect(
        findings.filter((id) => expected.notFindings.includes(id)),
        context,
      ).toEqual([]);
      expect(causes, context).toEqual(expect.arrayContaining([...expected.causes]));
      if (expected.causes[0] !== undefined) expect(causes[0], context).toBe(expected.causes[0]);
      expect(
        causes.filter((id) => expected.notCauses.includes(id)),
        context,
      ).toEqual([]);
      const most = expected.confidenceAtMost;
      if (most !== undefined) {
        expect(
          found.causes.filter(({ confidence }) => SURENESS.indexOf(confidence) > SURENESS.indexOf(most)),
          context,
        ).toEqual([]);
      }
      if (expected.onlyInfo === true)
        expect(
          found.findings.filter(({ severity }) => severity !== 'info'),
          context,
        ).toEqual([]);
      expect(found.verdict.outcome, context).toBe(expected.outcome);
      expect(exitStatus, context).toBe(expected.exitStatus);
      // What is named in a finding is in the capture.
      for (const finding of found.findings) {
        expect(Math.max(0, ...finding.frames), context).toBeLessThanOrEqual(
          found.captures[finding.capture]?.packets ?? 0,
        );
      }
    },
  );
});

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_RECORDING, listRecordings, loadScenario, type Answer } from '../../src/demo/recording.ts';
import type { Report } from '../../src/report/report.ts';
import { scenarios } from '../cluster/scenarios/index.ts';
import {
  recorded,
  recordingNames,
  RECORDINGS,
  traceRecording,
  withItems,
  withSynAcks,
} from './run-recording.ts';

const names = recordingNames;
const ids = (list: readonly { readonly id: string }[]): string[] => [...new Set(list.map((one) => one.id))];

test('there are recordings to choose from, the default among them', async () => {
  expect(names.length).toBeGreaterThanOrEqual(3);
  expect(names).toContain(DEFAULT_RECORDING);
  expect(await listRecordings(RECORDINGS)).toEqual(names);
});

test.each(names)(
  '%s is small, says what to see, and names no place of the machine that made it',
  async (name) => {
    const files = ['scenario.json', 'api.json', 'capture.pcap', 'resolv.conf', 'stderr.txt'].map((file) =>
      join(RECORDINGS, name, file),
    );
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(100_000);
    const scenario = await loadScenario(RECORDINGS, name);
    expect(scenario.title).not.toBe('');
    expect(scenario.see).not.toBe('');
    expect(await readFile(files[1] ?? '', 'utf8')).not.toMatch(
      /managedFields|machineID|\/root\/|\/home\/|\/work\//,
    );
  },
);

test.each(names)('trace finds in %s what the scenario demands', async (name) => {
  const expected = scenarios.find((scenario) => scenario.name === name)?.expect;
  if (expected === undefined) throw new Error(`no scenario has the name of recording ${name}`);
  const { report, status } = await traceRecording(await recorded(name));
  expect([report.verdict.outcome, status]).toEqual([expected.outcome, expected.exitStatus]);
  expect(ids(report.findings)).toEqual(expect.arrayContaining([...expected.findings]));
  expect(ids(report.findings).filter((id) => expected.notFindings.some((one) => one === id))).toEqual([]);
  expect(report.causes[0]?.id).toBe(expected.causes[0]);
  expect(ids(report.causes)).toEqual(expect.arrayContaining([...expected.causes]));
  expect(ids(report.causes).filter((id) => expected.notCauses.some((one) => one === id))).toEqual([]);
});

test('the packets make the finding: with the SYN-ACKs put back it is gone', async () => {
  const recording = await recorded('node-ip-forward-off');
  expect(ids((await traceRecording(recording)).report.findings)).toContain('tcp-syn-no-answer');
  const { report } = await traceRecording(withSynAcks(recording));
  expect(ids(report.findings)).not.toContain('tcp-syn-no-answer');
  expect(ids(report.causes)).not.toContain('node-ip-forward-off');
});

/** The Service's EndpointSlices with one ready endpoint. */
function addEndpoint(slices: readonly Answer[], service: string): readonly Answer[] {
  const isOurs = (slice: Answer): boolean =>
    JSON.stringify(slice['metadata']).includes(`"kubernetes.io/service-name":"${service}"`);
  const endpoint = {
    addresses: ['10.244.2.99'],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: 'node2',
  };
  return slices.map((slice) =>
    isOurs(slice)
      ? { ...slice, endpoints: [endpoint], ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] }
      : slice,
  );
}

test.each(['service-without-endpoints', 'service-selector-mismatch'])(
  'the facts make the cause: with an endpoint added, %s is gone and the finding stays',
  async (name) => {
    const recording = await recorded(name);
    const before = (await traceRecording(recording)).report;
    expect(ids(before.causes)).toContain(name);
    const served = withItems(recording, '/apis/discovery.k8s.io/v1/endpointslices', (slices) =>
      addEndpoint(slices, 'payments'),
    );
    const { report } = await traceRecording(served);
    expect(ids(report.causes)).not.toContain(name);
    expect(ids(report.findings)).toEqual(ids(before.findings));
  },
);

test('without any packet the verdict is that nothing was captured', async () => {
  const recording = await recorded(DEFAULT_RECORDING);
  const { report, status } = await traceRecording({
    ...recording,
    capture: recording.capture.subarray(0, 24),
  });
  expect([report.verdict.outcome, status]).toEqual(['no-traffic', 2]);
});

test('frames that are cut anywhere change nothing', async () => {
  const recording = await recorded(DEFAULT_RECORDING);
  const whole = (await traceRecording(recording)).report;
  const { report } = await traceRecording(recording, [], { frames: { stdoutBytes: 11, stderrBytes: 3 } });
  const comparable = ({ findings, causes, verdict }: Report): unknown => ({ findings, causes, verdict });
  expect(comparable(report)).toEqual(comparable(whole));
});

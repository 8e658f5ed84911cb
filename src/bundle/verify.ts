import type { Facts } from '../cluster/facts.ts';
import {
  BUNDLE_VERSION,
  FACTS_NAME,
  MANIFEST_NAME,
  REPORT_NAME,
  SUMMARY_NAME,
  type Manifest,
} from './bundle.ts';
import { factsShape } from './facts-shape.ts';
import { manifestShape } from './manifest.ts';
import { printable, refusal } from './refusal.ts';
import { ShapeError, type Shape } from './shape.ts';

/** A member of the archive as it was read. */
export interface MemberSum {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Content of a document; undefined for captures. */
  readonly bytes: Buffer | undefined;
}

/** The schema version of report.json that this program writes and reads. */
const REPORT_SCHEMA_VERSION = '1.0';

/** Compares all members with the manifest and reads the documents. Throws a UserError that names the file at fault. */
export function readDocuments(
  path: string,
  members: ReadonlyMap<string, MemberSum>,
): { manifest: Manifest; facts: Facts | null; reportText: string; summary: string } {
  const manifest = readManifest(path, members);
  for (const [name, member] of members) {
    if (name !== MANIFEST_NAME) compare(path, manifest, name, member);
  }
  for (const { name } of manifest.files) {
    if (!members.has(name))
      throw refusal(path, printable(name), 'the manifest lists it, and the archive does not have it');
  }
  checkCaptures(path, manifest, members);
  const factsBytes = members.get(FACTS_NAME)?.bytes;
  if ((factsBytes === undefined) !== (manifest.factsVersion === null)) {
    throw refusal(path, FACTS_NAME, 'the manifest and the archive do not agree on whether it exists');
  }
  return {
    manifest,
    facts: factsBytes === undefined ? null : readJson(path, FACTS_NAME, factsBytes, factsShape),
    reportText: required(path, members, REPORT_NAME).toString('utf8'),
    summary: required(path, members, SUMMARY_NAME).toString('utf8'),
  };
}

function readManifest(path: string, members: ReadonlyMap<string, MemberSum>): Manifest {
  const bytes = required(path, members, MANIFEST_NAME);
  const versions = readJson(path, MANIFEST_NAME, bytes, (value) => (value ?? {}) as Record<string, unknown>);
  checkVersion(path, 'bundle', versions['bundleVersion'], [BUNDLE_VERSION]);
  checkVersion(path, 'report', versions['reportSchemaVersion'], [REPORT_SCHEMA_VERSION]);
  checkVersion(path, 'facts', versions['factsVersion'], [null, 1]);
  return readJson(path, MANIFEST_NAME, bytes, manifestShape);
}

function checkVersion(path: string, what: string, found: unknown, known: readonly unknown[]): void {
  if (known.includes(found)) return;
  const version =
    found === undefined ? 'no version' : `version ${printable(JSON.stringify(found)).slice(0, 40)}`;
  throw refusal(
    path,
    MANIFEST_NAME,
    `it names ${version} of the ${what} format; this program knows ${known.map((one) => JSON.stringify(one)).join(' and ')}`,
  );
}

function compare(path: string, manifest: Manifest, name: string, member: MemberSum): void {
  const said = manifest.files.find((file) => file.name === name);
  if (!said) throw refusal(path, printable(name), 'the manifest does not list it');
  if (said.sizeBytes !== member.sizeBytes) {
    throw refusal(
      path,
      printable(name),
      `the file was changed: ${member.sizeBytes} bytes, and the manifest says ${said.sizeBytes}`,
    );
  }
  if (said.sha256 !== member.sha256) {
    throw refusal(
      path,
      printable(name),
      `the file was changed: its SHA-256 is ${member.sha256}, and the manifest says ${said.sha256}`,
    );
  }
}

/** Each capture of the archive has exactly one origin. */
function checkCaptures(path: string, manifest: Manifest, members: ReadonlyMap<string, MemberSum>): void {
  const named = manifest.captures.map((capture) => capture.file);
  const twice = named.find((file, index) => named.indexOf(file) !== index);
  if (twice !== undefined) throw refusal(path, twice, 'the manifest names this capture twice');
  const absent = named.find((file) => !members.has(file));
  if (absent !== undefined)
    throw refusal(path, absent, 'the manifest names this capture, and the archive does not have it');
  for (const name of members.keys()) {
    if (name.startsWith('captures/') && !named.includes(name))
      throw refusal(path, name, 'the manifest does not say where this capture was taken');
  }
}

function required(path: string, members: ReadonlyMap<string, MemberSum>, name: string): Buffer {
  const bytes = members.get(name)?.bytes;
  if (bytes === undefined)
    throw refusal(path, name, 'the archive does not have this file, and every bundle has it');
  return bytes;
}

function readJson<T>(path: string, name: string, bytes: Buffer, shape: Shape<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
    return shape(value, '');
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError || error instanceof RangeError) {
      throw refusal(path, name, printable(error.message), error);
    }
    throw error;
  }
}

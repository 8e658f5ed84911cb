import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fillManifest } from '../../scripts/krew.ts';
import { version } from '../../src/version.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    version: string;
    shortDescription: string;
    description: string;
    platforms: {
      selector: { matchLabels: { os: string; arch: string } };
      uri: string;
      sha256: string;
      bin: string;
    }[];
  };
}

const tracked = join(import.meta.dirname, '../../krew-manifest.yaml');
const read = (file: string): Manifest => parse(readFileSync(file, 'utf8')) as Manifest;

describe('krew-manifest.yaml', () => {
  const { apiVersion, kind, metadata, spec } = read(tracked);

  test('is what the krew index accepts', () => {
    expect([apiVersion, kind, metadata.name]).toEqual([
      'krew.googlecontainertools.github.com/v1alpha2',
      'Plugin',
      'netdebug',
    ]);
    expect(spec.shortDescription.length).toBeLessThanOrEqual(50);
    expect(spec.shortDescription).not.toMatch(/kubectl|plugin|\n|\.$/i);
    expect(spec.description).not.toMatch(/usage/i);
  });

  test('is about this version', () => {
    expect(spec.version).toBe(`v${version}`);
    for (const { uri } of spec.platforms) expect(uri).toContain(`/v${version}/kubectl-netdebug_v${version}_`);
  });
});

describe('filling the manifest', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netdebug-krew-'));
    file = join(folder, 'krew-manifest.yaml');
    copyFileSync(tracked, file);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('adds a platform once, replaces its archive later, and leaves the others alone', () => {
    fillManifest(file, '1.2.3', { os: 'darwin', arch: 'arm64' }, 'a'.repeat(64));
    fillManifest(file, '1.2.3', { os: 'linux', arch: 'arm64' }, 'b'.repeat(64));
    fillManifest(file, '1.2.4', { os: 'darwin', arch: 'arm64' }, 'c'.repeat(64));
    const { spec } = read(file);
    const mine = spec.platforms.filter(({ selector: { matchLabels } }) => matchLabels.arch === 'arm64');
    expect(spec.version).toBe('v1.2.4');
    expect(mine).toEqual([
      {
        selector: { matchLabels: { os: 'darwin', arch: 'arm64' } },
        uri: 'https://github.com/kubectl-netdebug/kubectl-netdebug/releases/download/v1.2.4/kubectl-netdebug_v1.2.4_darwin_arm64.tar.gz',
        sha256: 'c'.repeat(64),
        bin: 'bin/kubectl-netdebug',
      },
      {
        selector: { matchLabels: { os: 'linux', arch: 'arm64' } },
        uri: 'https://github.com/kubectl-netdebug/kubectl-netdebug/releases/download/v1.2.3/kubectl-netdebug_v1.2.3_linux_arm64.tar.gz',
        sha256: 'b'.repeat(64),
        bin: 'bin/kubectl-netdebug',
      },
    ]);
  });

  test('keeps the comments and the description', () => {
    const before = readFileSync(file, 'utf8').split('platforms:')[0];
    fillManifest(file, version, { os: 'linux', arch: 'amd64' }, 'd'.repeat(64));
    expect(readFileSync(file, 'utf8').split('platforms:')[0]).toBe(before);
  });
});

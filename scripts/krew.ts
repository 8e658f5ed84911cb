import { readFileSync, writeFileSync } from 'node:fs';
import { isMap, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** A platform in the words of krew and Go. */
export interface Platform {
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
}

const releases = 'https://github.com/kubectl-netdebug/kubectl-netdebug/releases/download';

/** The platform this Node runs on; throws where there is no archive for it. */
export function thisPlatform(): Platform {
  const os = ({ linux: 'linux', darwin: 'darwin', win32: 'windows' } as const)[process.platform as string];
  const arch = ({ x64: 'amd64', arm64: 'arm64' } as const)[process.arch as string];
  if (os === undefined || arch === undefined)
    throw new Error(`no archive for ${process.platform} ${process.arch}`);
  return { os, arch };
}

/** File name of a release archive. `version` has no leading "v". */
export function archiveName(version: string, { os, arch }: Platform): string {
  return `kubectl-netdebug_v${version}_${os}_${arch}.tar.gz`;
}

/**
 * Puts version, address and SHA-256 of one platform's archive into a krew manifest
 * (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/); the other platforms stay as they are.
 */
export function fillManifest(file: string, version: string, platform: Platform, sha256: string): void {
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.setIn(['spec', 'version'], `v${version}`);
  const platforms = document.getIn(['spec', 'platforms']) as YAMLSeq<YAMLMap>;
  platforms.flow = false;
  const isOurs = (entry: YAMLMap): boolean =>
    entry.getIn(['selector', 'matchLabels', 'os']) === platform.os &&
    entry.getIn(['selector', 'matchLabels', 'arch']) === platform.arch;
  let entry = platforms.items.find((item) => isMap(item) && isOurs(item));
  if (entry === undefined) {
    entry = document.createNode({ selector: { matchLabels: { ...platform } } }) as YAMLMap;
    platforms.add(entry);
  }
  entry.set('uri', `${releases}/v${version}/${archiveName(version, platform)}`);
  entry.set('sha256', sha256);
  entry.set('bin', 'bin/kubectl-netdebug');
  writeFileSync(file, document.toString({ lineWidth: 0 }));
}

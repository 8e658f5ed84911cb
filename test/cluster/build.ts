import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../src/errors.ts';
import { run, tryRun } from './command.ts';
import { binFolder, buildFolder } from './paths.ts';
import { progress } from './progress.ts';

/** Kubernetes and CoreDNS, built from their Go modules into the cache folder, each with a go.mod of its own. */
export const kubernetesVersion = 'v1.34.4';
export const coreDnsVersion = 'v1.13.1';
/** The oldest Go that Kubernetes v1.34 builds with (its go.mod). */
const oldestGo = { major: 1, minor: 24 };

/** Programs that are built together from one Go module. */
export interface GoBuild {
  readonly name: string;
  readonly version: string;
  /** Where the programs go. */
  readonly outputFolder: string;
  /** Import paths of the programs; the last element is the binary's name. */
  readonly programs: readonly string[];
  readonly ldflags: string;
  /** Writes go.mod and go.sum into the folder, ready to build. */
  prepare(folder: string): Promise<void>;
  /** Puts what else the programs need beside them. */
  finish?(folder: string): Promise<void>;
}

/** What Go commands are run with. */
export const goEnvironment: Readonly<Record<string, string>> = {
  CGO_ENABLED: '0',
  GOFLAGS: '-buildvcs=false',
  GOWORK: 'off',
};
const kubernetesPrograms: readonly string[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kube-proxy',
  'kubelet',
  'kubectl',
].map((program) => `k8s.io/kubernetes/cmd/${program}`);
const coreDnsPrograms: readonly string[] = ['github.com/coredns/coredns'];
const versionPackage = 'k8s.io/component-base/version';

const builds: readonly GoBuild[] = [
  {
    name: 'kubernetes',
    version: kubernetesVersion,
    outputFolder: binFolder,
    programs: kubernetesPrograms,
    // A program without these calls itself v0.0.0, and clients judge skew and features by it.
    ldflags: [
      '-s -w',
      `-X ${versionPackage}.gitVersion=${kubernetesVersion}`,
      `-X ${versionPackage}.gitMajor=1`,
      `-X ${versionPackage}.gitMinor=34`,
      `-X ${versionPackage}.gitTreeState=clean`,
      `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetesVersion}`,
    ].join(' '),
    prepare: async (folder) => await writeGoMod(folder, await kubernetesGoMod(folder), kubernetesPrograms),
  },
  {
    name: 'coredns',
    version: coreDnsVersion,
    outputFolder: binFolder,
    programs: coreDnsPrograms,
    ldflags: '-s -w',
    prepare: async (folder) =>
      await writeGoMod(
        folder,
        goModText('coredns', `github.com/coredns/coredns ${coreDnsVersion}`, []),
        coreDnsPrograms,
      ),
  },
];

/** Builds Kubernetes and CoreDNS, unless they are there. */
export async function buildBinaries(): Promise<void> {
  for (const build of builds) await buildIfMissing(build);
}

/** Builds what an earlier run did not build from the same sources with the same flags. */
export async function buildIfMissing(build: GoBuild): Promise<void> {
  if (!isBuilt(build)) await buildOne(build);
}

function isBuilt(build: GoBuild): boolean {
  const stamp = stampPath(build);
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === stampText(build) &&
    build.programs.every((program) => existsSync(join(build.outputFolder, binaryName(program))))
  );
}

async function buildOne(build: GoBuild): Promise<void> {
  await requireGo();
  const folder = join(buildFolder, build.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'out'), { recursive: true });
  progress(`building ${build.name} ${build.version} (once; the first time it takes minutes)`);
  await build.prepare(folder);
  await compile(build, folder);
  mkdirSync(build.outputFolder, { recursive: true });
  for (const name of build.programs.map(binaryName)) {
    renameSync(join(folder, 'out', name), join(build.outputFolder, name));
  }
  await build.finish?.(folder);
  writeFileSync(stampPath(build), stampText(build));
}

/** The programs are named as tools, or `go mod tidy` would drop their requirements. */
async function writeGoMod(folder: string, text: string, programs: readonly string[]): Promise<void> {
  const options = { cwd: folder, env: goEnvironment };
  writeFileSync(join(folder, 'go.mod'), text);
  for (const program of programs) await run(['go', 'mod', 'edit', `-tool=${program}`], options);
  await run(['go', 'mod', 'tidy'], options);
}

/** `go build -v` names each package on stderr as it is compiled: counted, it is the progress. */
async function compile(build: GoBuild, folder: string): Promise<void> {
  const args = ['build', '-v', '-trimpath', '-ldflags', build.ldflags, '-o', 'out/', ...build.programs];
  const env = { ...process.env, ...goEnvironment };
  const child = spawn('go', args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let packages = 0;
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    packages += text.split('\n').length - 1;
    tail = (tail + text).slice(-3000);
  });
  const ticker = setInterval(() => progress(`  ${build.name}: ${packages} packages compiled`), 15_000);
  const exitStatus = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => clearInterval(ticker));
  if (exitStatus !== 0) throw new Error(`go build of ${build.name} failed: ${tail}`);
  progress(`  ${build.name}: built`);
}

async function requireGo(): Promise<void> {
  const answer = await tryRun(['go', 'env', 'GOVERSION']).catch(() => undefined);
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(answer?.stdout ?? '') ?? [];
  const isNewEnough =
    Number(major) > oldestGo.major || (Number(major) === oldestGo.major && Number(minor) >= oldestGo.minor);
  if (isNewEnough) return;
  throw new UserError(
    'cannot build Kubernetes',
    answer === undefined ? 'there is no go on the PATH' : `go is ${answer.stdout.trim()}`,
    `install Go ${oldestGo.major}.${oldestGo.minor} or newer (https://go.dev/dl/) and put it on the PATH`,
  );
}

/**
 * Kubernetes' own go.mod points its staging modules at folders beside it, which a dependent module
 * does not see; each is published as v0.MINOR.PATCH.
 */
async function kubernetesGoMod(folder: string): Promise<string> {
  const options = { cwd: folder, env: goEnvironment };
  const module = `k8s.io/kubernetes@${kubernetesVersion}`;
  const downloaded = JSON.parse(await run(['go', 'mod', 'download', '-json', module], options)) as {
    GoMod: string;
  };
  const edited = await run(['go', 'mod', 'edit', '-json', downloaded.GoMod], options);
  const { Replace } = JSON.parse(edited) as { Replace: { Old: { Path: string }; New: { Path: string } }[] };
  const staging = Replace.filter((replace) => replace.New.Path.startsWith('./staging/'));
  const version = kubernetesVersion.replace(/^v1\./, 'v0.');
  return goModText(
    'kubernetes',
    `k8s.io/kubernetes ${kubernetesVersion}`,
    staging.map(({ Old }) => `${Old.Path} => ${Old.Path} ${version}`),
  );
}

function goModText(name: string, requirement: string, replacements: readonly string[]): string {
  const replace = replacements.map((line) => `replace ${line}\n`).join('');
  return `module kubectl-netdebug.example/${name}\n\ngo ${oldestGo.major}.${oldestGo.minor}.0\n\nrequire ${requirement}\n\n${replace}`;
}

function binaryName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

function stampPath(build: GoBuild): string {
  return join(build.outputFolder, `${build.name}.stamp`);
}

function stampText(build: GoBuild): string {
  return `${build.version} ${build.ldflags} ${build.programs.join(' ')}\n`;
}

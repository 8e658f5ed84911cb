import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goEnvironment, type GoBuild } from '../build.ts';
import { run } from '../command.ts';
import { cacheFolder } from '../paths.ts';

const version = 'v1.18.0';
const module = 'github.com/cilium/cilium';
const programs: readonly string[] = ['daemon', 'plugins/cilium-cni', 'cilium-dbg'];

/** Agent (`daemon`), CNI program and `cilium-dbg`; the sources of the kernel programs (`bpf`) and the `crds`. */
export const ciliumFolder: string = join(cacheFolder, 'cilium');

/** Cilium from its Go module, whose archive carries the kernel programs' sources and the CRDs as well. */
export const ciliumBuild: GoBuild = {
  name: 'cilium',
  version,
  outputFolder: ciliumFolder,
  programs: programs.map((program) => `${module}/${program}`),
  ldflags: `-s -w -X "${module}/pkg/version.ciliumVersion=${version.slice(1)} test-cluster 2025-07-29T00:00:00+00:00 go"`,
  prepare: async (folder) => {
    const { Dir, Sum, GoModSum } = await downloaded(folder);
    // The checksum database lacks one of the requirements: Cilium's own go.sum, which it vouches for, has them all.
    const goMod = readFileSync(join(Dir, 'go.mod'), 'utf8')
      .replace(/^module .*$/m, 'module kubectl-netdebug.example/cilium')
      .replace(/^tool \([^)]*\)$/m, '');
    writeFileSync(join(folder, 'go.mod'), goMod);
    const own = `${module} ${version} ${Sum}\n${module} ${version}/go.mod ${GoModSum}\n`;
    writeFileSync(join(folder, 'go.sum'), readFileSync(join(Dir, 'go.sum'), 'utf8') + own);
    await run(['go', 'mod', 'edit', `-require=${module}@${version}`], { cwd: folder, env: goEnvironment });
  },
  finish: async (folder) => {
    const { Dir } = await downloaded(folder);
    await copyFolder(join(Dir, 'bpf'), join(ciliumFolder, 'bpf'));
    await copyFolder(join(Dir, 'pkg/k8s/apis/cilium.io/client/crds'), join(ciliumFolder, 'crds'));
  },
};

interface Downloaded {
  /** Folder of the module's sources, read-only. */
  readonly Dir: string;
  readonly Sum: string;
  readonly GoModSum: string;
}

async function downloaded(folder: string): Promise<Downloaded> {
  const options = { cwd: folder, env: goEnvironment };
  return JSON.parse(
    await run(['go', 'mod', 'download', '-json', `${module}@${version}`], options),
  ) as Downloaded;
}

/** Files of the module cache are read-only, and so would the copies be. */
async function copyFolder(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  await run(['chmod', '-R', 'u+w', to]);
}

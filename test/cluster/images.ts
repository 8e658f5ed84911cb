import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { coreDnsVersion } from './build.ts';
import { run } from './command.ts';
import { fillRootfs } from './image-rootfs.ts';
import { containerdSocket, type ClusterNode } from './nodes.ts';
import { binFolder, buildFolder, imageFolder } from './paths.ts';
import { progress } from './progress.ts';

/** A container image made of this machine's programs; no registry is asked. */
export interface ClusterImage {
  /** File name of its archive. */
  readonly name: string;
  readonly reference: string;
  /** Whether busybox and its applets (sh, httpd, nc, wget, …) are in it. */
  readonly busybox: boolean;
  /** Programs of this machine, by name, with the libraries they need. */
  readonly programs: readonly string[];
  /** Further files: path in the image → path here. */
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** The debug image of the tool under test; kubelet finds it on the node and pulls nothing. */
export const debugImage = 'docker.io/nicolaka/netshoot:v0.16';
/** Servers and clients of the scenarios: busybox httpd, nc and wget; curl, dig, openssl, socat. */
export const appImage = 'registry.example/app:v1';
export const pauseImage = 'registry.k8s.io/pause:3.10';
export const coreDnsImage: string = `registry.k8s.io/coredns/coredns:${coreDnsVersion}`;

const images: readonly ClusterImage[] = [
  {
    name: 'pause',
    reference: pauseImage,
    busybox: true,
    programs: [],
    files: {},
    command: ['/bin/sleep', '2000000000'],
  },
  {
    name: 'coredns',
    reference: coreDnsImage,
    busybox: false,
    programs: [],
    files: { coredns: join(binFolder, 'coredns') },
    command: ['/coredns'],
  },
  {
    name: 'app',
    reference: appImage,
    busybox: true,
    programs: ['curl', 'dig', 'openssl', 'socat'],
    files: {},
    command: ['/bin/sh'],
  },
  {
    name: 'netshoot',
    reference: debugImage,
    busybox: true,
    programs: [
      'conntrack',
      'curl',
      'dig',
      'ethtool',
      'getent',
      'ip',
      'iptables-legacy-save',
      'iptables-save',
      'nft',
      'nstat',
      'openssl',
      'socat',
      'ss',
      'tc',
      'tcpdump',
      'timeout',
    ],
    files: {},
    command: ['/bin/sh'],
  },
];

/** Packs the image archives that are missing or older than the programs in them. */
export async function packImages(): Promise<void> {
  mkdirSync(imageFolder, { recursive: true });
  for (const image of images) {
    const stamp = stampText(image);
    const stampFile = join(imageFolder, `${image.name}.stamp`);
    if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) continue;
    progress(`packing image ${image.reference}`);
    await packImage(image);
    writeFileSync(stampFile, stamp);
  }
}

/** Imports every image into a node's containerd. */
export async function importImages(node: ClusterNode): Promise<void> {
  for (const { name } of images) {
    const archive = join(imageFolder, `${name}.tar`);
    await run(['ctr', '-a', containerdSocket(node), '-n', 'k8s.io', 'images', 'import', archive]);
  }
}

/** A docker-archive (`docker save`): manifest.json, the image's configuration, one layer. */
async function packImage(image: ClusterImage): Promise<void> {
  const work = join(buildFolder, `image-${image.name}`);
  rmSync(work, { recursive: true, force: true });
  const rootfs = join(work, 'rootfs');
  await fillRootfs(rootfs, image);
  await tar(rootfs, join(work, 'layer.tar'), ['.']);
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: image.command,
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256(join(work, 'layer.tar'))}`] },
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [image.reference], Layers: ['layer.tar'] }];
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
  await tar(work, join(imageFolder, `${image.name}.tar`), ['manifest.json', 'config.json', 'layer.tar']);
  rmSync(work, { recursive: true, force: true });
}

async function tar(folder: string, archive: string, members: readonly string[]): Promise<void> {
  const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await run(['tar', '-C', folder, ...reproducible, '-cf', archive, ...members]);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Changes with the definition and with each file that goes in, so that a changed image is packed anew. */
function stampText(image: ClusterImage): string {
  const files = Object.values(image.files).map((path) => [path, statSync(path).mtimeMs, statSync(path).size]);
  return JSON.stringify([image, files]);
}

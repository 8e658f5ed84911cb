import { mkdirSync, writeFileSync } from 'node:fs';
import { UserError } from '../../src/errors.ts';
import { buildBinaries } from './build.ts';
import { cnis, type Cni } from './cni/index.ts';
import { waitForComponent, startControlPlane } from './control-plane.ts';
import { deployCoreDns, waitForDns } from './coredns.ts';
import { takeDown } from './down.ts';
import { packImages } from './images.ts';
import { startContainerd, startNodeAgents } from './node.ts';
import { nodes } from './nodes.ts';
import { installPackages } from './packages.ts';
import { readyFile, runFolder } from './paths.ts';
import { makePki } from './pki.ts';
import { progress } from './progress.ts';
import { countReadyNodes, readStatus } from './status.ts';
import { makeUnderlay } from './underlay.ts';

/** Brings the cluster up, unless it is up with this pod network already. Returns whether it had to. */
export async function bringUp(cniName: string): Promise<boolean> {
  const cni = findCni(cniName);
  if (process.getuid?.() !== 0) {
    throw new UserError(
      'cannot make the nodes',
      'network namespaces and mounts need root',
      'run it as root (sudo)',
    );
  }
  const status = await readStatus();
  if (status.state === 'up' && status.cni === cni.name) return false;
  await installPackages();
  await buildBinaries();
  await packImages();
  await takeDown(); // what a cut run or another pod network left
  await start(cni);
  return true;
}

async function start(cni: Cni): Promise<void> {
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  progress('keys, certificates, namespaces');
  await Promise.all([makePki(), makeUnderlay()]);
  progress('control plane and container runtimes');
  await Promise.all([startControlPlane(), ...nodes.map((node) => startContainerd(node, cni))]);
  await cni.start();
  progress('nodes');
  for (const node of nodes) startNodeAgents(node);
  await deployCoreDns();
  for (const node of nodes) {
    await waitForComponent(`${node.name}-kubelet`, async () => (await countReadyNodes()) === nodes.length);
  }
  progress('CoreDNS');
  await waitForDns();
  writeFileSync(readyFile, `${cni.name}\n`);
  progress('up');
}

function findCni(name: string): Cni {
  const cni = cnis.find((row) => row.name === name);
  if (cni !== undefined) return cni;
  const known = cnis.map((row) => row.name).join(', ');
  throw new UserError(`unknown pod network ${name}`, `there are: ${known}`, `--cni ${cnis[0]?.name ?? ''}`);
}

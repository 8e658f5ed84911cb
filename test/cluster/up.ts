import { mkdirSync, writeFileSync } from 'node:fs';
import { UserError } from '../../src/errors.ts';
import { buildBinaries } from './build.ts';
import { podNetwork } from './cni/index.ts';
import { waitForComponent, startControlPlane } from './control-plane.ts';
import { deployCoreDns, waitForDns } from './coredns.ts';
import { takeDown } from './down.ts';
import { packImages } from './images.ts';
import { startContainerd, startNodeAgents } from './node.ts';
import { nodes } from './nodes.ts';
import { withLock } from './lock.ts';
import { installPackages } from './packages.ts';
import { readyFile, runFolder } from './paths.ts';
import { makePki } from './pki.ts';
import { progress } from './progress.ts';
import { countReadyNodes, readStatus } from './status.ts';
import { makeUnderlay } from './underlay.ts';

/** Brings the cluster up, unless it is up already. Returns whether it had to. */
export async function bringUp(): Promise<boolean> {
  if (process.getuid?.() !== 0) {
    throw new UserError(
      'cannot make the nodes',
      'network namespaces and mounts need root',
      'run it as root (sudo)',
    );
  }
  if ((await readStatus()).state === 'up') return false;
  // What is made here is shared by the instances.
  await withLock('build', async () => {
    await installPackages(podNetwork.packages);
    await buildBinaries();
    await podNetwork.build();
    await packImages();
  });
  await takeDown(); // what a cut run left
  await start();
  return true;
}

async function start(): Promise<void> {
  mkdirSync(runFolder, { recursive: true, mode: 0o700 });
  progress('keys, certificates, namespaces');
  await Promise.all([makePki(), makeUnderlay()]);
  progress('control plane and container runtimes');
  await Promise.all([startControlPlane(), ...nodes.map((node) => startContainerd(node, podNetwork))]);
  progress('nodes');
  for (const node of nodes) startNodeAgents(node);
  await podNetwork.start();
  await deployCoreDns();
  for (const node of nodes) {
    await waitForComponent(`${node.name}-kubelet`, async () => (await countReadyNodes()) === nodes.length);
  }
  progress('CoreDNS');
  await waitForDns();
  writeFileSync(readyFile, `${podNetwork.name}\n`);
  progress('up');
}

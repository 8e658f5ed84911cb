import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../../src/errors.ts';
import { run, tryRun } from './command.ts';
import { progress } from './progress.ts';

/** Debian packages that the nodes and the images are made of, and capinfos to count a capture's packets with. */
const neededPackages: readonly string[] = [
  'bind9-dnsutils',
  'busybox-static',
  'ca-certificates',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'coreutils',
  'curl',
  'etcd-server',
  'ethtool',
  'ipset',
  'iproute2',
  'iptables',
  'mount',
  'nftables',
  'openssl',
  'procps',
  'runc',
  'socat',
  'tar',
  'tcpdump',
  'util-linux',
  'wireshark-common',
];

/** Debian asks this script before it starts a service from a package; exit status 101 forbids it. */
const policyScript = '/usr/sbin/policy-rc.d';

/** Installs the packages that are missing, `further` ones included; throws a UserError with the exact command if that cannot be done here. */
export async function installPackages(further: readonly string[]): Promise<void> {
  const missing = await missingPackages([...neededPackages, ...further]);
  if (missing.length === 0) return;
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) {
    throw new UserError(
      'programs for the test cluster are missing',
      `these Debian packages are not installed: ${missing.join(' ')}`,
      `sudo ${command.join(' ')}`,
    );
  }
  progress(`installing ${missing.join(' ')}`);
  await withoutServiceStarts(async () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const first = await tryRun(command, { env });
    if (first.exitStatus === 0) return;
    await run(['apt-get', 'update'], { env }); // the lists may be older than the archive
    await run(command, { env });
  });
}

async function missingPackages(needed: readonly string[]): Promise<string[]> {
  const asked = await tryRun(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n', ...needed]).catch(
    () => undefined, // no dpkg: not a Debian, everything counts as missing
  );
  const installed = new Set(
    (asked?.stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.slice(0, line.indexOf(' '))),
  );
  return needed.filter((name) => !installed.has(name));
}

/** etcd's and containerd's packages start services; the cluster runs its own and must not collide with them. */
async function withoutServiceStarts(install: () => Promise<void>): Promise<void> {
  if (existsSync(policyScript)) return await install(); // the machine has a policy of its own
  writeFileSync(policyScript, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install();
  } finally {
    rmSync(policyScript, { force: true });
  }
}

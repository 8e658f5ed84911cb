import type { NodeObject } from '../target/place.ts';
import type { Check, CheckResult } from './check.ts';

/** A kubelet names this many of its images and no more (KubeletConfiguration, nodeStatusMaxImages). */
const maxListed = 50;
const maxNamed = 5;

/** `image`: is the debug image on the nodes, and is it the same one? */
export const image: Check = {
  id: 'image',
  run: async (context) => {
    const nodes = await context.nodes();
    const present = nodes.map((node) => ({ node, digests: digestsOf(node, context.image) }));
    const digests = [...new Set(present.flatMap(({ digests: list }) => list ?? []))];
    const missing = present.filter(({ digests: list }) => list === undefined).map(({ node }) => node);
    return [
      summary(context.image, nodes.length, missing),
      ...(digests.length > 1 ? [severalDigests(context.image, present)] : []),
      ...(digests.length === 1 ? [oneDigest(context.image, digests[0] ?? '')] : []),
    ];
  },
};

function summary(name: string, count: number, missing: readonly NodeObject[]): CheckResult {
  if (missing.length === 0)
    return { subject: '', status: 'ok', seen: `${name} is on all ${count} nodes`, fix: '' };
  const names = missing.slice(0, maxNamed).map(({ metadata }) => metadata.name);
  const more = missing.length > maxNamed ? ` and ${missing.length - maxNamed} more` : '';
  const isCut = missing.some(({ status }) => (status?.images?.length ?? 0) >= maxListed);
  return {
    subject: '',
    status: 'unknown',
    seen: `${name} is not listed on ${missing.length} of ${count} nodes (${names.join(', ')}${more})${isCut ? `, which list ${maxListed} images at most` : ''}: the first capture there pulls it`,
    fix: 'Whether it can be pulled is known after the first capture; a mirror is named with --image, NETDEBUG_IMAGE or the config file.',
  };
}

function oneDigest(name: string, digest: string): CheckResult {
  const pinned = `${name.replace(/@.*|:[^/:]*$/, '')}@${digest}`;
  return { subject: '', status: 'ok', seen: `where it is, it is ${pinned}`, fix: '' };
}

function severalDigests(
  name: string,
  present: readonly { readonly node: NodeObject; readonly digests: readonly string[] | undefined }[],
): CheckResult {
  const each = present
    .flatMap(({ node, digests = [] }) =>
      digests.map((digest) => `${node.metadata.name}: ${digest.slice(0, 19)}`),
    )
    .slice(0, maxNamed);
  return {
    subject: '',
    status: 'warning',
    seen: `${name} is not the same on all nodes (${each.join(', ')}): the tag was moved, or the processors differ`,
    fix: `Name one of them: --image ${name.replace(/@.*|:[^/:]*$/, '')}@sha256:…`,
  };
}

/** Digests by which a node knows the image; undefined: it does not list it. */
function digestsOf({ status }: NodeObject, name: string): readonly string[] | undefined {
  const found = (status?.images ?? []).find(({ names }) => names?.includes(name) === true);
  return found?.names?.flatMap((one) => (one.includes('@sha256:') ? [one.slice(one.indexOf('@') + 1)] : []));
}

import { virtualNode } from '../capture/virtual-node.ts';
import type { NodeObject } from '../target/place.ts';
import type { Check, CheckResult, DoctorContext } from './check.ts';

/** Processors for which the default image is built. */
const commonArchitectures = new Set(['amd64', 'arm64']);

/** `machines`: do the nodes run Linux on processors that the image is made for? */
export const machines: Check = {
  id: 'machines',
  run: async (context) => {
    const nodes = await context.nodes();
    const odd = (await Promise.all(nodes.map(async (node) => await oddity(context, node)))).flat();
    const real = nodes.length - odd.length;
    const architectures = [...new Set(nodes.map((node) => node.status?.nodeInfo?.architecture ?? 'unknown'))];
    const mixed =
      architectures.length > 1 ? '; the image must be built for each of them, as the default image is' : '';
    return [
      {
        subject: '',
        status: 'ok',
        seen: `${real} of ${nodes.length} nodes can be captured on: ${architectures.toSorted().join(', ')}${mixed}`,
        fix: '',
      },
      ...odd,
    ];
  },
};

async function oddity({ api }: DoctorContext, node: NodeObject): Promise<CheckResult[]> {
  const { name } = node.metadata;
  const { operatingSystem = '', architecture = '' } = node.status?.nodeInfo ?? {};
  const virtual = await virtualNode(api, { kind: 'node', node, asked: `node/${name}` });
  const subject = `node ${name}`;
  const other = 'Trace the Linux pods that its pods talk to: the fault shows there as well.';
  if (virtual !== undefined)
    return [
      { subject, status: 'warning', seen: `it is ${virtual}: its pods take no debug containers`, fix: other },
    ];
  if (operatingSystem === 'windows')
    return [
      { subject, status: 'warning', seen: 'it runs Windows: there is no tcpdump for its pods', fix: other },
    ];
  if (architecture === '' || commonArchitectures.has(architecture)) return [];
  return [
    {
      subject,
      status: 'warning',
      seen: `its processor is ${architecture}, for which the default image is not built`,
      fix: `Name an image with sh and tcpdump for it: --image REGISTRY/IMAGE:TAG`,
    },
  ];
}

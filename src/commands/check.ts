import { connectionFlags } from '../kube/connection-flags.ts';
import type { Command } from './command.ts';
import { quietFlag, verboseFlag } from './output-flags.ts';
import { rungFlags } from './rung-flags.ts';

/** `check FROM TO`: the whole way from one pod to another end, judged layer by layer and tried from inside. */
export const check: Command = {
  name: 'check',
  summary: 'judge the way from a pod to a server, layer by layer, try it from inside, name what fails first',
  operands: 'FROM TO[:PORT]',
  minOperands: 0,
  maxOperands: 61,
  flags: [
    {
      name: 'no-probe',
      type: 'boolean',
      description: 'Send nothing and add nothing to the pod: judge by what the cluster says',
    },
    {
      name: 'read-node',
      type: 'boolean',
      description: 'Read the nodes behind what the probes show, by a pod on each',
    },
    {
      name: 'enter-servers',
      type: 'boolean',
      description: 'Enter the server pods too, 4 at most: on what do they listen, are their queues full',
    },
    {
      name: 'duration',
      type: 'string',
      value: 'TIME',
      description: 'Keep connections unused for so long, then use them; watch the pod’s own traffic there',
    },
    {
      name: 'via',
      type: 'string',
      value: 'PEER',
      description: 'Ask a URL at svc/NAME, pod/NAME or an address instead, as at an Ingress controller',
    },
    {
      name: 'matrix',
      type: 'boolean',
      description: 'A table of several FROM, or -l, × TO by the objects alone; without TO the pods of -l',
    },
    {
      name: 'selector',
      alias: 'l',
      type: 'string',
      value: 'SELECTOR',
      description: 'With --matrix: FROM are the pods with these labels',
    },
    {
      name: 'manifests',
      type: 'string',
      value: 'FOLDER',
      description: 'Judge policies and Services of these YAML files alone, without a cluster',
    },
    {
      name: 'cni',
      type: 'string',
      value: 'NAME',
      standard: 'what the cluster runs',
      description: 'Judge policies as this network plugin does: calico, cilium',
    },
    ...rungFlags,
    {
      name: 'output',
      alias: 'o',
      type: 'string',
      choices: ['table', 'json', 'yaml'],
      standard: 'table',
      description: 'Form of the report on stdout',
    },
    {
      name: 'fail-on',
      type: 'string',
      choices: ['error', 'warning', 'never'],
      standard: 'error',
      description: 'Exit with 1 if a layer fails (error), or also if one is a warning',
    },
    quietFlag,
    verboseFlag,
    ...connectionFlags,
  ],
  examples: [
    'kubectl netdebug check pod/checkout svc/payments:80 -n shop',
    'kubectl netdebug check deploy/checkout https://api.example/health -n shop',
    'kubectl netdebug check pod/checkout http://shop.example/cart --via ingress/svc/nginx -n shop',
    'kubectl netdebug check shop/pod/checkout back/pod/db:5432 --no-probe -o json',
    'kubectl netdebug check deploy/checkout svc/payments:80 -n shop --manifests deploy/',
    'kubectl netdebug check --matrix -l tier=web svc/payments:80 svc/orders:80 -n shop',
  ],
  // Late: the connection and the evaluation are needed only now.
  load: async () => (await import('./run-check.ts')).runCheck,
};

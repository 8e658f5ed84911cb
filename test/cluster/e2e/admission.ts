import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { cluster } from '../cluster.ts';
import { pki } from '../pki.ts';

/** Refuses debug containers in one namespace while it is there. */
export type Refusing = <T>(namespace: string, task: () => Promise<T>) => Promise<T>;

const debugContainers = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['UPDATE'],
  resources: ['pods/ephemeralcontainers'],
};
const inNamespace = (namespace: string): object => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
});
const group = 'admissionregistration.k8s.io';

/** By a ValidatingAdmissionPolicy, which the API server evaluates by itself. */
export const byPolicy: Refusing = async (namespace, task) => {
  const name = 'no-debug';
  const policy = {
    apiVersion: `${group}/v1`,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules: [debugContainers] },
      validations: [{ expression: 'false', message: 'ask the platform team first' }],
    },
  };
  const binding = {
    apiVersion: `${group}/v1`,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: `${name}-${namespace}` },
    spec: { policyName: name, validationActions: ['Deny'], matchResources: inNamespace(namespace) },
  };
  return await whileApplied([policy, binding], task);
};

/** By a webhook that this process serves, with the certificate of the API server, which runs beside it. */
export const byWebhook: Refusing = async (namespace, task) => {
  const server = createServer(
    { key: readFileSync(pki('apiserver.key')), cert: readFileSync(pki('apiserver.crt')) },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } };
        const status = { code: 403, message: 'debug containers are forbidden by house rules' };
        response.end(
          JSON.stringify({ ...review, response: { uid: review.request.uid, allowed: false, status } }),
        );
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const webhook = {
      name: 'house-rules.netdebug.example',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      clientConfig: {
        url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        caBundle: readFileSync(pki('ca.crt')).toString('base64'),
      },
      rules: [debugContainers],
      ...inNamespace(namespace),
    };
    const kind = 'ValidatingWebhookConfiguration';
    return await whileApplied(
      [
        {
          apiVersion: `${group}/v1`,
          kind,
          metadata: { name: `house-rules-${namespace}` },
          webhooks: [webhook],
        },
      ],
      task,
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

async function whileApplied<T>(items: readonly object[], task: () => Promise<T>): Promise<T> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  try {
    await cluster.apply(list);
    return await task();
  } finally {
    await cluster.kubectl(['delete', '-f', '-', '--ignore-not-found', '--wait=false'], { input: list });
  }
}

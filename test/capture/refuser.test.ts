import { expect, test } from 'vitest';
import { judge } from '../../src/capture/refusal.ts';
import { refuserOf } from '../../src/capture/refuser.ts';
import { ApiError } from '../../src/kube/kube-api.ts';

test.each([
  [
    'a webhook',
    'admission webhook "no-debug.policy.example" denied the request: not here',
    'the admission webhook no-debug.policy.example',
    'not here',
  ],
  [
    'a webhook that gives no reason',
    'admission webhook "x.example" denied the request without explanation',
    'the admission webhook x.example',
    'without explanation',
  ],
  [
    'a ValidatingAdmissionPolicy',
    `pods "client" is forbidden: ValidatingAdmissionPolicy 'no-debug' with binding 'no-debug-shop' denied request: ask first`,
    'ValidatingAdmissionPolicy no-debug (binding no-debug-shop)',
    'ask first',
  ],
  [
    'Kyverno',
    'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/shop/client was blocked due to the following policies \n\nblock-ephemeral-containers:\n  block-ephemeral-containers: Ephemeral (debug) containers are not permitted.\n',
    'Kyverno policy block-ephemeral-containers (the admission webhook validate.kyverno.svc-fail)',
    'Ephemeral (debug) containers are not permitted.',
  ],
  [
    'Gatekeeper',
    'admission webhook "validation.gatekeeper.sh" denied the request: [no-raw] container <netdebug-1> has a capability that is not allowed\n[other] no',
    'Gatekeeper constraint no-raw, other (the admission webhook validation.gatekeeper.sh)',
    'has a capability that is not allowed',
  ],
  [
    'GKE Autopilot',
    'admission webhook "warden-validating.common-webhooks.networking.gke.io" denied the request: GKE Warden rejected the request because it violates one or more constraints.\nViolations details: {"[denied by autogke-disallow-privilege]":["container x is privileged"]}',
    'GKE constraint autogke-disallow-privilege (the admission webhook warden-validating.common-webhooks.networking.gke.io)',
    'container x is privileged',
  ],
  [
    'a webhook that is down',
    'Internal error occurred: failed calling webhook "v.example": failed to call webhook: Post "https://v.ops.svc:443/": dial tcp 10.0.0.1:443: connect: connection refused',
    'the admission webhook v.example, which does not answer and lets nothing pass meanwhile',
    'connection refused',
  ],
  [
    'OpenShift',
    'pods "x" is forbidden: unable to validate against any security context constraint: [provider restricted-v2: …]',
    'OpenShift (SecurityContextConstraints)',
    'restricted-v2',
  ],
  [
    'a quota',
    'pods "x" is forbidden: exceeded quota: team-a, requested: pods=1',
    'ResourceQuota team-a',
    'pods=1',
  ],
  ['something else', 'no', 'the API server', 'no'],
])('%s is named', (_, message, who, says) => {
  expect(refuserOf(message)).toEqual({ who, says: expect.stringContaining(says) as string });
});

test("a webhook's own status is no reason to give up: a smaller container may pass", () => {
  const error = new ApiError(500, 'InternalError', 'failed calling webhook "v.example": no answer');
  expect(judge(error, 'shop', 'client')).toEqual({ kind: 'refused', error });
  const teapot = new ApiError(418, '', 'admission webhook "v.example" denied the request: short and stout');
  expect(judge(teapot, 'shop', 'client')).toEqual({ kind: 'refused', error: teapot });
});

test('terminal escapes of a webhook are not passed on', () => {
  expect(refuserOf('admission webhook "x" denied the request: \u001b[2J').says).toBe('U+001B[2J');
});

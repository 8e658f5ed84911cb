import { askPayments, noFault, type Scenario } from '../scenario.ts';
import { answeringProxy, asksProxy } from './answering-proxy.ts';

/** The Ingress names a Service that does not exist, so its controller answers 503. */
export const ingressBackendMissing: Scenario = {
  name: 'ingress-backend-missing',
  title: 'an Ingress rule names a Service that does not exist',
  family: 'service',
  on: ['bridge', 'cilium'],
  namespace: 'shop',
  manifests: `${answeringProxy('ingress-backend-missing', 'ingress-nginx', '503 Service Temporarily Unavailable')}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  labels: { netdebug.example/scenario: ingress-backend-missing }
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - { path: /pay, pathType: Prefix, backend: { service: { name: payment, port: { number: 80 } } } }
          - { path: /, pathType: Prefix, backend: { service: { name: orders, port: { number: 80 } } } }
`,
  ...noFault,
  traffic: `curl -s -m 2 -o /dev/null -H 'Host: shop.example' http://10.96.77.40/pay/cart
curl -s -m 2 -o /dev/null http://payments/
`,
  trafficAfter: askPayments, // controller and Ingress are gone then
  symptom: { command: asksProxy('/pay', 503), exitStatus: 0 },
  target: 'pod/client',
  check: 'http://shop.example/pay/cart',
  checkFlags: ['--via', 'svc/ingress-nginx'],
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['http-5xx'],
    notFindings: ['tcp-refused', 'tcp-syn-no-answer', 'dns-nxdomain'],
    causes: ['ingress-backend-missing'],
    notCauses: ['service-without-endpoints', 'target-port-mismatch', 'gateway-not-accepted'],
    confidenceAtLeast: 'likely',
  },
};

import { askPayments, noFault, type Scenario } from '../scenario.ts';

function ledger(name: string, node: string, script: string): string {
  return `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  labels: { app: ledger, netdebug.example/scenario: one-bad-endpoint }
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: registry.example/app:v1
      command: [sh, -c, "${script}"]
      ports: [{ name: http, containerPort: 8080 }]
---`;
}

/** Both are ready; one takes connections and closes them without an answer. */
export const oneBadEndpoint: Scenario = {
  name: 'one-bad-endpoint',
  title:
    "one of a Service's two pods closes connections without an answer; both are traced beside the client",
  family: 'service',
  on: ['bridge'],
  namespace: 'shop',
  manifests: `${ledger('ledger-1', 'node2', 'exec httpd -f -p 8080 -h /etc')}${ledger(
    'ledger-2',
    'node2',
    "exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'read r; sleep 0.2'",
  )}
apiVersion: v1
kind: Service
metadata:
  name: ledger
  namespace: shop
  labels: { netdebug.example/scenario: one-bad-endpoint }
spec:
  clusterIP: 10.96.77.30
  selector: { app: ledger }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`,
  ...noFault,
  traffic: `for i in 1 2 3; do curl -s -m 2 -o /dev/null http://10.96.77.30/hostname; done
`,
  trafficAfter: askPayments,
  // curl 52: nothing came. Of twelve at least one meets the bad pod, but for one time in four thousand.
  symptom: {
    command:
      'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s -m 2 -o /dev/null http://10.96.77.30/hostname || exit $?; done',
    exitStatus: 52,
  },
  target: 'pod/client',
  further: ['pod/ledger-1', 'pod/ledger-2'],
  check: 'svc/ledger:80',
  checkAfter: 'svc/payments:80',
  expect: {
    exitStatus: 1,
    outcome: 'findings',
    findings: ['http-no-response'],
    notFindings: ['tcp-refused'],
    causes: ['one-bad-endpoint'],
    notCauses: ['nobody-listens', 'server-crashed', 'node-ip-forward-off'],
    confidenceAtLeast: 'likely',
  },
};

import { serverPod } from './server-pod.ts';

/**
 * What stands in for the controller of an Ingress or a Gateway, of which the test cluster has none: a pod with a
 * controller's label that answers every request with one status, as controllers do that cannot reach the backend.
 */
export function answeringProxy(scenario: string, name: string, status: string): string {
  return serverPod({
    scenario,
    name,
    clusterIP: '10.96.77.40',
    ports: { http: [80, 8080] },
    script: `cat > /tmp/answer <<'END'
while read -r line && [ \${#line} -gt 1 ]; do :; done
printf 'HTTP/1.1 ${status}\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n'
END
exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'sh /tmp/answer'`,
  });
}

/** Asks the proxy for a path of shop.example; exit status 0 if it answers with the status. */
export function asksProxy(path: string, status: number): string {
  return `test "$(curl -s -m 2 -o /dev/null -w '%{http_code}' -H 'Host: shop.example' http://10.96.77.40${path})" = ${status}`;
}

/** A further server of a scenario: a pod, on the other node if nothing else is said, and a Service of the same name. */
export interface ServerPod {
  readonly scenario: string;
  readonly name: string;
  readonly clusterIP: string;
  /** Ports of the Service: name → [port, targetPort]. */
  readonly ports: Readonly<Record<string, readonly [number, number]>>;
  /** Shell script that its container runs; ends with a program in the foreground. */
  readonly script: string;
  /** Name of the container. */
  readonly container?: string;
  readonly headless?: true;
  readonly node?: 'node1' | 'node2';
}

/** YAML of the pod and its Service in namespace shop. */
export function serverPod({
  scenario,
  name,
  clusterIP,
  ports,
  script,
  container,
  headless,
  node,
}: ServerPod): string {
  const labels = { app: name, 'netdebug.example/scenario': scenario };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels },
    spec: {
      nodeName: node ?? 'node2',
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: container ?? 'app',
          image: 'registry.example/app:v1',
          command: ['sh', '-c', script],
          ports: Object.entries(ports).map(([port, [, containerPort]]) => ({ name: port, containerPort })),
        },
      ],
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', labels },
    spec: {
      clusterIP: headless === true ? 'None' : clusterIP,
      selector: { app: name },
      ports: Object.entries(ports).map(([port, [number, targetPort]]) => ({
        name: port,
        port: number,
        targetPort,
      })),
    },
  };
  return `${yaml(pod)}\n---\n${yaml(service)}\n`;
}

/** JSON is YAML; the names that a stage replaces stand on lines of their own, unquoted. */
function yaml(object: { readonly metadata: { readonly namespace: string } }): string {
  return JSON.stringify(object, null, 1).replace('"namespace": "shop"', 'namespace: shop');
}

/**
 * A script that serves HTTPS on port 8443 with a certificate for web that is valid for so many days from now on
 * (negative: it has expired), and that certificate, which clients are to trust, on port 8000 in clear.
 */
export function httpsServer(name: string, days: number): string {
  return `cd /tmp && mkdir www && printf '[req]\\ndistinguished_name=dn\\n[dn]\\n' > c.cnf
openssl req -config c.cnf -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k.pem -out r.pem -subj /CN=${name} -addext subjectAltName=DNS:${name}
openssl x509 -req -in r.pem -signkey k.pem -days ${days} -copy_extensions copy -out www/c.pem
httpd -p 8000 -h www
exec openssl s_server -accept 8443 -cert www/c.pem -key k.pem -www -tls1_2 -quiet`;
}

/** A script that answers each HTTP request on port 8080 after so many seconds. */
export function answeringAfter(seconds: number): string {
  return `cat > /tmp/answer <<'END'
read -r request; sleep ${seconds}
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nok\\n'
END
exec socat TCP-LISTEN:8080,fork,reuseaddr SYSTEM:'sh /tmp/answer'`;
}

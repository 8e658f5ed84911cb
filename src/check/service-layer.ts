import { path } from '../explain/evidence.ts';
import { covers } from '../cluster/labels.ts';
import { isStandIn } from '../cluster/stand-in-address.ts';
import { command } from '../explain/paste.ts';
import { AWAITING_LOAD_BALANCER } from '../service/service-problems.ts';
import { layerOf, type JudgedLayer, type LayerInput } from './layer.ts';

/** The Service that is dialled and its port. null: none is, or its name is at fault already. */
export function serviceLayer({ route, facts }: LayerInput): JudgedLayer | null {
  const { service, servicePort, port, protocol, wantedService: wanted } = route;
  if (service === null)
    return wanted === null || covers(facts, 'services', wanted.namespace)
      ? null
      : layerOf('service', 'unknown', `Service ${path(wanted)} could not be read`);
  if (service.type === 'ExternalName')
    return layerOf(
      'service',
      'ok',
      `Service ${path(service)} is another name for ${service.externalName} (ExternalName)`,
    );
  const show = command(
    [service.name, service.namespace],
    `kubectl get service ${service.name} -n ${service.namespace} -o wide`,
  );
  const ports = service.ports.map((own) => `${own.port}/${own.protocol}`).join(', ');
  if (servicePort === null && isHeadless(service.clusterIPs))
    return layerOf(
      'service',
      'warning',
      `headless Service ${path(service)} has no port ${port}/${protocol}; what its pods listen on counts`,
      { next: show },
    );
  if (servicePort === null)
    return layerOf(
      'service',
      'fails',
      `Service ${path(service)} has no port ${port}${ports === '' ? '' : `; it has ${ports}`}`,
      {
        fix: `dial one of its ports: ${ports}; or add port ${port} to the Service`,
        next: show,
      },
    );
  if (servicePort.protocol !== protocol)
    return layerOf(
      'service',
      'fails',
      `Service ${path(service)} has port ${port} for ${servicePort.protocol}, not for ${protocol}`,
      {
        fix: `dial ${servicePort.protocol}, or add a port ${port} of protocol ${protocol} to the Service`,
        next: show,
      },
    );
  const address = isHeadless(service.clusterIPs)
    ? 'headless'
    : service.clusterIPs.filter((one) => !isStandIn(one)).join(', ');
  const chain = `Service ${path(service)}${address === '' ? '' : ` (${address})`} port ${port} leads to targetPort ${String(servicePort.targetPort)}`;
  if (service.isAwaitingLoadBalancer === true)
    return layerOf('service', 'warning', `${chain}; ${AWAITING_LOAD_BALANCER}`, {
      fix: 'find out who should provide the load balancer: the cloud controller, MetalLB or alike, for the Service’s loadBalancerClass',
      next: command(
        [service.name, service.namespace],
        `kubectl describe service ${service.name} -n ${service.namespace}`,
      ),
    });
  return layerOf('service', 'ok', chain);
}

function isHeadless(clusterIPs: readonly string[]): boolean {
  return clusterIPs.includes('None');
}

/** "netdebug-shop-checkout-20261121-1004": names a capture and its bundle after the pod and the time (UTC). */
export function ticketName(namespace: string, pod: string, now: Date): string {
  const time = now.toISOString().slice(0, 16).replaceAll('-', '').replace('T', '-').replace(':', '');
  return `netdebug-${safe(namespace)}-${safe(pod)}-${time}`;
}

function safe(name: string): string {
  return name
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, 80);
}

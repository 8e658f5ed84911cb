import net from 'node:net';
import type { Environment } from './load-kubeconfig.ts';

/**
 * The proxy that the environment names for a server, "" for none, by the rules of Go's
 * http.ProxyFromEnvironment: HTTPS_PROXY or HTTP_PROXY by the server's scheme, upper case first;
 * never for localhost and loopback addresses; NO_PROXY with names, suffixes, addresses, ranges, ports.
 */
export function proxyFromEnvironment(server: string, environment: Environment): string {
  const url = new URL(server);
  const isSecure = url.protocol === 'https:';
  const proxy = isSecure ? either(environment, 'HTTPS_PROXY') : either(environment, 'HTTP_PROXY');
  if (proxy === '') return '';
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (isSecure ? '443' : '80');
  if (host === 'localhost' || isLoopback(host) || isExcluded(host, port, either(environment, 'NO_PROXY')))
    return '';
  return withScheme(proxy);
}

function either(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || '';
}

function withScheme(proxy: string): string {
  const url = URL.parse(proxy);
  return url === null || url.host === '' ? `http://${proxy}` : proxy;
}

function isLoopback(host: string): boolean {
  return (net.isIPv4(host) && host.startsWith('127.')) || host === '::1';
}

function isExcluded(host: string, port: string, noProxy: string): boolean {
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(host, port, entry));
}

function matches(host: string, port: string, entry: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(host, entry);
  const [name, wantedPort] = splitPort(entry);
  if (name === '' || (wantedPort !== '' && wantedPort !== port)) return false;
  if (net.isIP(name) !== 0) return net.isIP(host) !== 0 && sameAddress(host, name);
  if (net.isIP(host) !== 0) return false;
  const suffix = name.startsWith('*.') ? name.slice(1) : name;
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function splitPort(entry: string): [string, string] {
  if (net.isIPv6(entry)) return [entry, ''];
  const parts = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry);
  return [parts?.[1] ?? '', parts?.[2] ?? ''];
}

function inRange(host: string, range: string): boolean {
  const [address = '', prefix = ''] = range.split('/');
  const family = net.isIP(address);
  if (
    family === 0 ||
    net.isIP(host) !== family ||
    !/^\d+$/.test(prefix) ||
    Number(prefix) > (family === 4 ? 32 : 128)
  )
    return false;
  const list = new net.BlockList();
  list.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function sameAddress(one: string, other: string): boolean {
  const family = net.isIP(one);
  if (family !== net.isIP(other)) return false;
  const list = new net.BlockList();
  list.addAddress(one, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(other, family === 4 ? 'ipv4' : 'ipv6');
}

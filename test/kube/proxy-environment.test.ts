import { expect, test } from 'vitest';
import { proxyFromEnvironment } from '../../src/kube/proxy-environment.ts';

const proxy = 'http://proxy.example:3128';

test.each<[string, Record<string, string>, string]>([
  ['https://api.example:6443', {}, ''],
  ['https://api.example:6443', { HTTPS_PROXY: proxy }, proxy],
  ['https://api.example:6443', { https_proxy: proxy }, proxy],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, https_proxy: 'http://other' }, proxy],
  ['https://api.example:6443', { HTTP_PROXY: proxy }, ''],
  ['http://api.example', { HTTP_PROXY: proxy }, proxy],
  ['https://api.example:6443', { ALL_PROXY: proxy }, ''],
  ['https://api.example:6443', { HTTPS_PROXY: 'proxy.example:3128' }, proxy],
  ['https://localhost:6443', { HTTPS_PROXY: proxy }, ''],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, ''],
  ['https://[::1]:6443', { HTTPS_PROXY: proxy }, ''],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example' }, ''],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'other, EXAMPLE' }, ''],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: '.example' }, ''],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: '*.example' }, ''],
  ['https://example:6443', { HTTPS_PROXY: proxy, NO_PROXY: '.example' }, proxy],
  ['https://myexample:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'example' }, proxy],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:6443' }, ''],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'api.example:443' }, proxy],
  ['https://api.example:6443', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, ''],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, ''],
  ['https://11.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, proxy],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, no_proxy: '10.1.2.3' }, ''],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '10.1.2.3:1' }, proxy],
  ['https://[fd00::1]:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, ''],
  ['https://[fd00::1]:6443', { HTTPS_PROXY: proxy, NO_PROXY: '[fd00:0::1]:6443' }, ''],
  ['https://10.1.2.3:6443', { HTTPS_PROXY: proxy, NO_PROXY: '.3,/,:,10.0.0.0/99' }, proxy],
])('%s with %j goes by "%s"', (server, environment, expected) => {
  expect(proxyFromEnvironment(server, environment)).toBe(expected);
});

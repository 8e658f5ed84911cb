import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

/** A connection of a pool: unused for a while, kept by TCP keep-alives, then used. */
export const healthyKeepAlive: Scenario = healthyVariant({
  name: 'healthy-keep-alive',
  title: 'nothing: an idle connection is kept by TCP keep-alives and used again',
  traffic: `(sleep 8; printf 'GET / HTTP/1.0\\r\\n\\r\\n') | socat -t 2 - TCP:10.96.77.10:80,keepalive,keepidle=1,keepintvl=1 > /dev/null
`,
  seconds: 25,
  check: 'svc/payments:80',
});

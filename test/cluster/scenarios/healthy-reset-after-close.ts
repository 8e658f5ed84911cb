import type { Scenario } from '../scenario.ts';
import { healthyVariant } from './healthy-variant.ts';

/** The client has the whole answer and the server's FIN, and closes with a reset (SO_LINGER 0), as some programs do to save time. */
export const healthyResetAfterClose: Scenario = healthyVariant({
  name: 'healthy-reset-after-close',
  title: 'nothing: connections that are done with are closed by RST',
  traffic: `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | socat -t 2 - TCP:10.96.77.10:80,linger=0 > /dev/null
`,
  check: 'svc/payments:80',
});

import { createWriteStream } from 'node:fs';
import { connect } from '../src/kube/connect.ts';
import { Analysis, judge } from '../src/pipeline.ts';

/*
 * `node live-client.ts PORT`: what `trace` does with the stream of one pod: to the disk first, then analysed; the stream
 * waits for the disk. Prints, as JSON, packets and peak memory.
 */
const api = connect(
  { server: `https://127.0.0.1:${process.argv[2]}`, 'insecure-skip-tls-verify': true, token: 'none' },
  { KUBECONFIG: '/nonexistent' },
);
const analysis = new Analysis({ vantagePoint: 'bench', node: '', addresses: [], container: '' }, 0, 7);
const file = createWriteStream('/dev/null');
const session = await api.exec(
  { namespace: 'bench', pod: 'bench', container: 'bench', command: ['tcpdump'], stdin: true },
  {
    stdout: async (chunk) => {
      if (!file.write(chunk)) await new Promise((resolve) => file.once('drain', resolve));
      analysis.write(chunk);
    },
    stderr: () => undefined,
  },
);
await session.done;
api.close();
file.end();
const result = analysis.end({ dropped: 0, ended: 'duration', problems: [], bothDirections: true });
judge([result], null, { toolVersion: 'bench' });
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ packets: result.capture.packets, peakMiB }));

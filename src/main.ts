import { main } from './cli.ts';
import { processIo } from './process-io.ts';

// No top-level await: the release bundle is CommonJS.
void main(process.argv.slice(2), processIo()).then((status) => {
  // Everything was written; an idle connection or an open standard input must not hold the process.
  process.exit(status);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accuracyPage } from '../test/corpora/accuracy-page.ts';
import { compareAll } from '../test/corpora/differences.ts';
import { falseAlarms } from '../test/corpora/false-alarms.ts';
import { hasCorpora } from '../test/corpora/truth.ts';
import { fail } from './failure.ts';
import { rootFolder } from './paths.ts';

/** `npm run accuracy`: measures on the captures with known answers and writes `docs/accuracy.md`. */
if (!hasCorpora)
  fail(
    'the captures with known answers are not there',
    'they belong to other projects and are not part of this repository',
    'name their folder in NETDEBUG_CORPORA',
  );
writeFileSync(join(rootFolder, 'docs/accuracy.md'), accuracyPage(compareAll(), falseAlarms()));
console.error('wrote docs/accuracy.md');

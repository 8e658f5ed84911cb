import { expect, test } from 'vitest';
import { readSources } from './sources.ts';

const sources = readSources();
const maxLines = 400;
const vagueNames = /^(utils?|helpers?|common|misc|shared|managers?)(\.ts)?$/;

test('no file of src/ is longer than one can hold in mind', () => {
  const long = sources.filter(({ text }) => text.split('\n').length - 1 > maxLines);
  expect(long.map(({ file }) => file)).toEqual([]);
});

test('files and folders have kebab-case names that say what they hold', () => {
  const parts = new Set(sources.flatMap(({ file }) => file.split('/')));
  const badlyNamed = [...parts].filter(
    (part) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.ts)?$/.test(part) || vagueNames.test(part),
  );
  expect(badlyNamed).toEqual([]);
});

test('a name has one place: nothing is exported again', () => {
  expect(sources.filter(({ reExports }) => reExports).map(({ file }) => file)).toEqual([]);
});

test('only assets.ts asks where it is: the bundle lies elsewhere than the sources', () => {
  expect(sources.filter(({ asksWhereItIs }) => asksWhereItIs).map(({ file }) => file)).toEqual(['assets.ts']);
});

import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderTable } from '../../src/report/table.ts';
import { renderWide } from '../../src/report/wide.ts';
import { capture, cause, group, OPTIONS, report } from './builders.ts';

const note = cause({
  id: 'policy-without-enforcer',
  confidence: 'likely',
  findings: [],
  findingIndexes: [],
  text: 'NetworkPolicy shop/closed would deny traffic that got through',
  next: 'kubectl get networkpolicies -A',
});
const noted = report({ captures: [capture()], conversations: [group()], causes: [note] });

describe('a cause of no finding', () => {
  it.each([renderTable, renderWide])('is a note with its next command', (render) => {
    const lines = render(noted, OPTIONS).split('\n');
    const at = lines.indexOf(
      'NOTE      likely: NetworkPolicy shop/closed would deny traffic that got through',
    );
    expect(at).toBeGreaterThan(0);
    expect(lines[at + 1]?.trim()).toBe('kubectl get networkpolicies -A');
  });

  it('is a note in a ticket, and does not change the verdict', () => {
    expect(renderMarkdown(noted)).toContain('**Note, likely** (`policy-without-enforcer`)');
    expect(noted.verdict).toEqual(report({ captures: [capture()], conversations: [group()] }).verdict);
  });
});

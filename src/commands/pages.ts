import { detectors } from '../detect/index.ts';
import { explainers } from '../explain/index.ts';

/** The page about a finding or a cause, made from what its own file says. */
export interface Page {
  readonly id: string;
  readonly kind: 'finding' | 'cause';
  readonly title: string;
  readonly sections: readonly PageSection[];
}

export interface PageSection {
  readonly title: string;
  /** One: a paragraph; several: a list. */
  readonly items: readonly string[];
}

/** All pages, findings first, each kind sorted by id. No id is in both kinds. */
export function listPages(): Page[] {
  return [...findingPages(), ...causePages()];
}

function findingPages(): Page[] {
  return detectors.map(({ id, severity, doc }) => ({
    id,
    kind: 'finding',
    title: doc.title,
    sections: [
      { title: 'SEVERITY', items: [`at worst ${severity}`] },
      { title: 'SEEN', items: [doc.seen] },
      { title: 'MEANING', items: [doc.meaning] },
      { title: 'CAUSES', items: doc.causes },
      { title: 'MISLEADS', items: doc.misleads },
      { title: 'NEXT', items: doc.next },
    ],
  }));
}

function causePages(): Page[] {
  return explainers.map(({ id, doc }) => ({
    id,
    kind: 'cause',
    title: doc.title,
    sections: [
      { title: 'MEANING', items: [doc.meaning] },
      { title: 'KNOWN BY', items: [doc.recognition] },
      { title: 'MISLEADS', items: [doc.caveats] },
      { title: 'FIX', items: [doc.fix] },
    ],
  }));
}

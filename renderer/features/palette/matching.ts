/** Something that can be jumped to or done. */
export interface Candidate {
  readonly id: string;
  readonly group: 'Sessions' | 'Worktrees' | 'Actions' | 'Pages';
  readonly title: string;
  /** Shown beside the title, and matched too. */
  readonly hint: string;
  readonly choose: () => void;
}

/**
 * How well a word fits a text: 3 at its start, 2 at the start of a word in it, 1 inside a word, 0 not at all.
 * Case and accents do not count.
 */
function closeness(word: string, text: string): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  if (at === 0) return 3;
  return new RegExp(`[^\\p{L}\\p{N}]${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`, 'u').test(text) ? 2 : 1;
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** The candidates in which every word of the query is found, best first; in their own order where they fit alike. */
export function matching(candidates: readonly Candidate[], query: string, most: number): readonly Candidate[] {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return candidates
    .map((candidate, at) => {
      const [title, hint] = [plain(candidate.title), plain(candidate.hint)];
      // The title counts double: what is typed is mostly a name.
      const fits = words.map((word) => Math.max(closeness(word, title) * 2, closeness(word, hint)));
      return { candidate, at, fits: fits.every((one) => one > 0), score: fits.reduce((sum, one) => sum + one, 0) };
    })
    .filter((one) => one.fits)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, most)
    .map((one) => one.candidate);
}

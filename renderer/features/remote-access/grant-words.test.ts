import { describe, expect, it } from 'vitest';
import { connection, grant, minute, now } from '../../../shared/fixture.ts';
import { connectedWords, peopleIn } from '../../../shared/format.ts';
import type { GrantView } from '../../../shared/remote-access.ts';
import { agentWords, byteWords, grantLifeWords, groupGrants, lifeOfGrant, revokeWords, useWords } from './grant-words.ts';

const day = 24 * 60 * minute;

describe('a grant', () => {
  it.each<[string, Partial<GrantView>, string]>([
    ['with days to go', { expiresAt: now + 6 * day }, '6 days left'],
    ['that is suspended', { standing: 'suspended', expiresAt: now + 180 * minute }, 'suspended, 3 h left'],
    ['whose end has come, before main says so', { expiresAt: now - 1 }, 'has run out'],
    ['that ran out', { standing: 'expired', endedAt: now - 2 * minute }, 'ran out 2 min ago'],
    ['that was revoked', { standing: 'revoked', endedAt: now - 1_000 }, 'revoked just now'],
  ])('%s says so', (_what, over, words) => {
    expect(grantLifeWords(grant('g', over), now)).toBe(words);
  });

  it('has a ring while it lives, in the warning colour in its last quarter of an hour', () => {
    expect(lifeOfGrant(grant('g', { createdAt: now - day, expiresAt: now + day }), now)).toEqual({ left: 0.5, soon: false });
    expect(lifeOfGrant(grant('g', { expiresAt: now + 14 * minute }), now)?.soon).toBe(true);
    expect(lifeOfGrant(grant('g', { standing: 'revoked' }), now)).toBeNull();
  });

  it('says whether it was used, and until when a link that was sent waits', () => {
    expect(useWords(grant('g', {}), 0, now)).toBe('not used yet');
    expect(useWords(grant('g', { claimUntil: now + 10 * minute }), 0, now)).toBe('link sent, dies in 10 min');
    expect(useWords(grant('g', { lastUsedAt: now - 5 * minute }), 0, now)).toBe('used 5 min ago');
    expect(useWords(grant('g', { lastUsedAt: now }), 2, now)).toBe('connected 2 times now');
  });

  it('stands with those that are open, the next to end first, or with those that have ended', () => {
    const grants = {
      late: grant('late', { expiresAt: now + 3 * day }),
      next: grant('next', { standing: 'suspended', expiresAt: now + day }),
      gone: grant('gone', { standing: 'revoked', endedAt: now - minute }),
      out: grant('out', { expiresAt: now - 1 }),
    };
    const { open, ended } = groupGrants(grants, now);
    expect([open.map(({ id }) => id), ended.map(({ id }) => id)]).toEqual([
      ['next', 'late'],
      ['out', 'gone'],
    ]);
  });
});

describe('who is in', () => {
  it('is counted by person, not by window', () => {
    const connections = { a: connection('a', 'ana'), b: connection('b', 'ana'), c: connection('c', 'ben') };
    expect(peopleIn(connections)).toBe(2);
    expect([0, 1, 2].map(connectedWords)).toEqual(['nobody is connected', '1 person connected', '2 people connected']);
  });

  it('and who loses what is named before grants are revoked', () => {
    const [ana, ben] = [grant('ana', { person: 'Ana' }), grant('ben', { person: 'Ben' })];
    expect(revokeWords([ana], [connection('a', 'ana')])).toBe(
      'Ana can’t come in any more. The connection is cut within a second. Its link and its devices are dead for good: to let somebody back in, make a new grant.',
    );
    expect(revokeWords([ana, ben], [connection('a', 'ana')])).toContain(
      'Ana and Ben can’t come in any more. 1 of them is connected now and cut off within a second. Their links',
    );
    expect(revokeWords([ana, ben], [])).not.toContain('connected');
  });

  it('is shown by browser and system', () => {
    expect(agentWords('Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0')).toBe('Firefox on Linux');
    expect(agentWords('curl/8.5.0')).toBe('curl/8.5.0');
    expect(agentWords(null)).toBe('a program that does not say what it is');
  });

  it('and how much went through, in units that fit', () => {
    expect([0, 999, 1_000, 4_210_000, 412_000_000].map(byteWords)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.0 KB',
      '4.2 MB',
      '412 MB',
    ]);
  });
});

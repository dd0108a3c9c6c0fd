import { describe, expect, it } from 'vitest';
import { namesText } from './words.ts';

describe('the names for a shell’s completion', () => {
  const list = (...names: readonly string[]) =>
    ({
      worktrees: names.map((name) => ({
        id: name,
        project: 'shop',
        name,
        branch: 'b',
        path: '/p',
        base: false,
        credential: null,
        sessions: [],
      })),
    }) as const;

  it.each(['$(touch /tmp/x)', '`id`', 'a;b', "it's", 'a b', '-rf', '$HOME', 'a\nb', '~root'])('leave out %j', (name) => {
    expect(namesText({ worktrees: [...list(name, 'feature/apple-pay').worktrees] })).toBe('feature/apple-pay\n');
  });

  it('keep letters of every language', () => {
    expect(namesText({ worktrees: [...list('überholung', 'rails_8.1').worktrees] })).toBe('überholung\nrails_8.1\n');
  });
});

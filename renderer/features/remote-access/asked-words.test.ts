import { describe, expect, it } from 'vitest';
import { connection, grant } from '../../../shared/fixture.ts';
import type { ListenerView } from '../../../shared/remote-access.ts';
import { newTokenWords, offWords, sendWords, unsharedWords } from './asked-words.ts';

const byId = <T extends { readonly id: string }>(rows: readonly T[]): Record<string, T> =>
  Object.fromEntries(rows.map((row) => [row.id, row]));
const grants = byId([
  grant('ana'),
  grant('ben', { instanceIds: ['far'], standing: 'suspended' }),
  grant('over', { standing: 'revoked' }),
]);
const connections = byId([
  { ...connection('c1', 'ana'), person: 'Ana' },
  { ...connection('c2', 'ana'), person: 'Ana' },
  { ...connection('c3', 'ben'), person: 'Ben', instanceId: 'far' },
]);
const listener = (jeanToken: ListenerView['jeanToken']) => ({ instanceId: 'local', name: 'Jean', jeanToken });

describe('before something of remote access is taken away', () => {
  it('who is out by turning it off is named, each once, and what stays is counted', () => {
    expect(offWords({ connections, grants })).toEqual([
      'Nothing listens any more, and nobody gets in from outside.',
      'Ana and Ben are connected now, and out within a second.',
      '2 grants stay, and are good again when you turn it on, to their own end.',
    ]);
    expect(offWords({ connections: {}, grants: {} }).at(-1)).toBe('There is no grant that waits for it.');
  });

  it('of one Jean it is who is in there, and its token in the vault', () => {
    const token = { vault: 'Ravi’s vault', vaultKey: 'JEAN_TOKEN' } as NonNullable<ListenerView['jeanToken']>;
    expect(unsharedWords(listener(token), { connections, grants })).toEqual([
      'Nobody gets in to Jean from outside any more.',
      'Ana is connected now, and out within a second.',
      'Its token, JEAN_TOKEN, is deleted from Ravi’s vault; Jean itself keeps it.',
      '1 grant stays, and is good again when you share it again, to its own end.',
    ]);
    expect(unsharedWords(listener(null), { connections: {}, grants }).join(' ')).not.toMatch(/token|connected/);
  });

  it('a new token of Jean’s says who has to be given it', () => {
    expect(newTokenWords('Jean', { vault: null }).join(' ')).toMatch(
      /old one is dead.*other computers.*Grants of remote access go on/,
    );
  });

  it('a link that is sent says where it goes, as whom it lets in, and that it can’t be called back', () => {
    expect(sendWords({ role: 'viewer' }, 'email', 'ana@example.org', 2)).toEqual([
      'A link that works once goes to ana@example.org by Ravi, and dies unused after 15 minutes.',
      'It can’t be called back: whoever opens it first gets in as viewer. It counts among the mails of the day.',
    ]);
    expect(sendWords({ role: 'viewer' }, 'sms', '+15551234567', 2).join(' ')).toMatch(/^2 text messages.*may bill/);
  });
});

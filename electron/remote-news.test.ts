import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../shared/audit.ts';
import { remoteNews } from './remote-news.ts';

const entry = (kind: AuditEntry['kind'], facts: Record<string, string>): AuditEntry => ({
  seq: 1,
  at: 7,
  kind,
  actor: 'companion',
  outcome: 'refused',
  worktreeId: null,
  subject: null,
  fingerprint: null,
  message: 'What happened.',
  facts,
  previous: '',
  hash: '',
});
const ada = { grant: 'g1', person: 'Ada', address: '192.0.2.7' };

describe('what of the doors is told to the person', () => {
  it.each(['revoked', 'suspended', 'expired', 'instance', 'address', 'used'])('is that a grant was refused as %s', (reason) => {
    expect(remoteNews(entry('remote.refused', { ...ada, reason }))).toEqual({
      type: 'remote-access',
      event: 'refused',
      who: 'Ada',
      grantId: 'g1',
      address: '192.0.2.7',
      message: 'What happened.',
      at: 7,
    });
  });

  it('is that an address is locked out', () => {
    expect(remoteNews(entry('remote.locked-out', { address: '192.0.2.7' }))).toMatchObject({ event: 'locked-out', who: null });
  });

  it.each<[string, AuditEntry]>([
    ['a stranger’s guess', entry('remote.refused', { address: '192.0.2.7', reason: 'unknown' })],
    ['a command that a role may not send', entry('remote.refused', { ...ada, command: 'start_terminal' })],
    ['a pause that the person made', entry('remote.refused', { ...ada, reason: 'paused' })],
    ['a coming and going', entry('remote.connected', ada)],
  ])('is not %s', (_what, one) => {
    expect(remoteNews(one)).toBeNull();
  });
});

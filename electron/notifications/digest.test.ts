import { describe, expect, it } from 'vitest';
import type { NoticeKind } from '../../shared/notifications.ts';
import { parcels } from './digest.ts';
import { type Notice, notice, nowhere } from './notice.ts';

const told = (id: string, kind: NoticeKind, project: string | null = 'api'): Notice =>
  notice({
    id,
    topic: id,
    kind,
    title: `${id} did it`,
    detail: 'rm -rf secret',
    about: { ...nowhere, projectId: project, project, session: `Session ${id}` },
    target: { page: 'sessions', id },
    at: 1,
    severity: 'info',
  });
const words = (notices: readonly Notice[]): string[] => parcels(notices).map((parcel) => parcel.notice.title);

describe('a burst', () => {
  it('of three of one kind in one project is told as one', () => {
    const [parcel, ...others] = parcels(['a', 'b', 'c', 'd'].map((id) => told(id, 'finished')));
    expect(others).toEqual([]);
    expect(parcel?.notice).toMatchObject({
      title: '4 sessions finished in api',
      line: 'Session a, Session b, Session c, Session d',
      detail: null,
      target: { page: 'sessions', id: null },
    });
    expect(parcel?.tells.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('names four and counts the rest', () => {
    const [parcel] = parcels(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => told(id, 'finished')));
    expect(parcel?.notice.body).toBe('Session a, Session b, Session c, Session d and 2 more');
  });

  it.each<[string, Notice[], string[]]>([
    ['two', [told('a', 'finished'), told('b', 'finished')], ['a did it', 'b did it']],
    [
      'three of two projects',
      [told('a', 'finished'), told('b', 'finished'), told('c', 'finished', 'shop')],
      ['a did it', 'b did it', 'c did it'],
    ],
    [
      'three of two kinds',
      [told('a', 'finished'), told('b', 'finished'), told('c', 'failed')],
      ['a did it', 'b did it', 'c did it'],
    ],
    ['three of no project', ['a', 'b', 'c'].map((id) => told(id, 'orphan-found', null)), ['3 things were left behind']],
    ['three that wait', ['a', 'b', 'c'].map((id) => told(id, 'needs-permission')), ['3 sessions want a permission in api']],
  ])('of %s', (_what, notices, expected) => expect(words(notices)).toEqual(expected));

  it('has one id for the same notices in any order', () => {
    const some = ['a', 'b', 'c'].map((id) => told(id, 'failed'));
    const id = parcels(some)[0]?.notice.id;
    expect(parcels([...some].reverse())[0]?.notice.id).toBe(id);
    expect(parcels([...some, told('d', 'failed')])[0]?.notice.id).not.toBe(id);
  });
});

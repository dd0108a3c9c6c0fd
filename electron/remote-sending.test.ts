import { describe, expect, it } from 'vitest';
import { defaultChannels } from '../shared/channels.ts';
import type { AuditInput } from './audit/log.ts';
import { Secret } from './base/secret.ts';
import { OutboxRecords, outboxMigrations } from './notifications/outbox-records.ts';
import { RaviError } from './ravi/errors.ts';
import type { RaviMessages } from './ravi/messages.ts';
import type { Grant } from './remote-access/grant.ts';
import { RemoteSending } from './remote-sending.ts';
import { memoryDatabase } from './storage/database.ts';
import type { SettingsFile } from './storage/settings.ts';

const ana: Grant = {
  id: 'g1',
  person: 'Ana <b>',
  mail: 'ana@example.org',
  phone: '+15551234567',
  role: 'viewer',
  instanceIds: ['local'],
  addresses: [],
  oneTime: false,
  createdAt: 0,
  expiresAt: 1,
  suspendedAt: null,
  revokedAt: null,
  expiredAt: null,
  firstUsedAt: null,
  lastUsedAt: null,
};
const places = [
  { name: 'Jean, here', address: 'https://desk.example.org:4711' },
  { name: 'Build & box', address: 'https://desk.example.org:4712' },
];

/** Sends over an account that only writes down what leaves. */
function ground(over: { readonly signedIn?: boolean; readonly fails?: string | Error } = {}) {
  const left: Record<string, unknown>[] = [];
  const audit: AuditInput[] = [];
  let made = 0;
  const keep = (what: Record<string, unknown>): Promise<string> => {
    if (over.fails) return Promise.reject(over.fails instanceof Error ? over.fails : new Error(over.fails));
    left.push(what);
    return Promise.resolve('1');
  };
  const messages = {
    senders: async () => [{ uuid: 'me', name: 'Agents', inbox: 'agents@raviapp.com', phone: null }],
    inboxOf: async ({ inbox }: { readonly inbox: string }) => ({ id: '7', address: inbox }),
    sendMail: (identity: string, inbox: unknown, mail: object) => keep({ identity, inbox, ...mail }),
    sendText: (identity: string, text: object) => keep({ identity, ...text }),
  } as unknown as RaviMessages;
  const settings = {
    get: () => ({
      ravi: { baseUrl: null, identityUuid: 'me', identityName: 'Agents' },
      channels: { ...defaultChannels, sms: { ...defaultChannels.sms, identity: 'other' } },
    }),
  } as unknown as SettingsFile;
  const ravi = { messages: over.signedIn === false ? null : messages };
  const db = memoryDatabase(outboxMigrations);
  const sending = new RemoteSending({ db, settings, ravi, audit: (entry) => audit.push(entry), now: () => 1_000 });
  const claim = (): Secret => Secret.of(`jrc_${++made}`);
  const used = (over: 'sms' | 'email') => new OutboxRecords(db).usedSince(over, 0);
  return { sending, claim, left, audit, used };
}

describe('a link that is sent', () => {
  it('goes by mail with a code of its own for each Jean, and the log has no code', async () => {
    const { sending, claim, left, audit } = ground();
    expect(await sending.send(ana, 'email', places, claim)).toContain('Ravi has sent the link by E-mail.');
    expect(left).toHaveLength(1);
    const html = String(left[0]?.html);
    expect(left[0]).toMatchObject({ identity: 'me', inbox: { address: 'agents@raviapp.com' }, to: 'ana@example.org' });
    expect(html).toContain('https://desk.example.org:4711/?token=jrc_1');
    expect(html).toContain('https://desk.example.org:4712/?token=jrc_2');
    expect(html).toContain('Ana &lt;b&gt;');
    expect(html).toContain('Build &amp; box');
    expect(audit).toMatchObject([{ kind: 'grant.sent', outcome: 'ok', facts: { grant: 'g1', channel: 'E-mail' } }]);
    expect(JSON.stringify(audit)).not.toContain('jrc_');
  });

  it('goes by SMS from who sends text messages, one for each Jean, each in one message', async () => {
    const { sending, claim, left } = ground();
    await sending.send(ana, 'sms', places, claim);
    expect(left.map(({ identity, to }) => [identity, to])).toEqual([
      ['other', '+15551234567'],
      ['other', '+15551234567'],
    ]);
    for (const { body } of left)
      expect(String(body)).toMatch(/good for 15 minutes and one use: https:\/\/desk\.example\.org:471\d\/\?token=jrc_\d$/);
  });

  it.each([
    ['there is no address', { ...ana, mail: null }, places, {}, 'has no e-mail address'],
    ['nobody is signed in', ana, places, { signedIn: false }, 'not signed in'],
    ['no Jean listens', ana, [], {}, 'nothing to link to'],
  ])('is not made where %s', async (_what, grant, to, over, words) => {
    const { sending, claim, left, audit } = ground(over);
    await expect(sending.send(grant, 'email', to, claim)).rejects.toThrow(words);
    expect([left, audit]).toEqual([[], []]);
  });

  it('that Ravi does not take is written down as failed, and its reason is told', async () => {
    const { sending, claim, audit } = ground({ fails: 'Ravi wants a larger plan.' });
    await expect(sending.send(ana, 'email', places, claim)).rejects.toThrow('larger plan');
    expect(audit).toMatchObject([{ kind: 'grant.sent', outcome: 'failed' }]);
  });

  it('counts among the messages of the day, as each other does; one that Ravi refused does not', async () => {
    const { sending, claim, used } = ground();
    await sending.send(ana, 'email', places, claim);
    await sending.send(ana, 'sms', places, claim);
    expect([used('email'), used('sms')]).toEqual([1, 2]);
    const refused = ground({ fails: new RaviError('subscription', 'Ravi wants a paid plan.', { status: 402 }) });
    await expect(refused.sending.send(ana, 'email', places, refused.claim)).rejects.toThrow('paid plan');
    expect(refused.used('email')).toBe(0);
    const lost = ground({ fails: 'The connection broke.' });
    await expect(lost.sending.send(ana, 'email', places, lost.claim)).rejects.toThrow('broke');
    expect(lost.used('email')).toBe(1);
  });
});

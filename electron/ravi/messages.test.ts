import { describe, expect, it } from 'vitest';
import { failure, startScripted, startWithAccount } from './fixture.ts';
import { RaviMessages } from './messages.ts';

const mail = { to: 'me@acme.test', subject: 'Hello', html: '<p>Hello</p>' };

describe('Ravi’s mail and text messages', () => {
  it('go out from the identity that was asked for', async () => {
    const { ravi, robin, client } = await startWithAccount();
    const messages = new RaviMessages(client);
    await messages.sendText(robin.uuid, { to: '+15557654321', body: 'Hello' });
    await messages.sendMail(robin.uuid, await messages.inboxOf(robin), mail);
    expect(ravi.sent().toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      { kind: 'mail', identity: robin.uuid, from: robin.inbox, to: 'me@acme.test', subject: 'Hello', text: 'Hello' },
      { kind: 'sms', identity: robin.uuid, from: robin.phone, to: '+15557654321', body: 'Hello' },
    ]);
  });

  it('names who could send: every identity, with a number where it has one', async () => {
    const { robin, kim, client } = await startWithAccount();
    expect(await new RaviMessages(client).senders()).toEqual([
      expect.objectContaining({ uuid: robin.uuid, inbox: robin.inbox, phone: robin.phone }),
      expect.objectContaining({ uuid: kim.uuid, inbox: kim.inbox, phone: null }),
    ]);
  });

  it('takes the mailbox by its address, where the server lists others too', async () => {
    const client = await startScripted((_request, response) =>
      response.end(
        JSON.stringify([
          { id: 12, email: 'kim@raviapp.com' },
          { id: 14, email: 'Robin@raviapp.com' },
        ]),
      ),
    );
    const messages = new RaviMessages(client);
    expect(await messages.inboxOf({ uuid: 'u', inbox: 'robin@raviapp.com' })).toMatchObject({ id: '14' });
    expect((await failure(messages.inboxOf({ uuid: 'u', inbox: 'else@raviapp.com' }))).kind).toBe('not-found');
  });

  it('lists what was sent and leaves out what came in, in arrays and in pages', async () => {
    const { ravi, robin, client } = await startWithAccount();
    const messages = new RaviMessages(client);
    ravi.incomingSms(robin.uuid, { from: '+15550000000', body: 'hi' });
    ravi.incomingMail(robin.uuid, { from: 'x@y.test', subject: 'hi', text: 'hi' });
    const sms = await messages.sendText(robin.uuid, { to: '+15557654321', body: 'One #aaaaaa' });
    const id = await messages.sendMail(robin.uuid, await messages.inboxOf(robin), { ...mail, html: '<p>Two #bbbbbb</p>' });
    for (const paging of ['none', 'messages'] as const) {
      ravi.setPaging(paging);
      expect(await messages.sentTexts(robin.uuid)).toEqual({ messages: [{ id: sms, text: 'One #aaaaaa' }], whole: true });
      const mails = await messages.sentMails(robin.uuid);
      expect(mails.messages.map((one) => one.id)).toEqual([id]);
      expect(mails.messages[0]?.text).toContain('#bbbbbb');
    }
  });

  it('does not take a list for whole that ends where a page may end', async () => {
    const row = { id: 1, body: 'x', direction: 'outgoing' };
    const client = await startScripted((_request, response) => response.end(JSON.stringify(Array(50).fill(row))));
    expect((await new RaviMessages(client).sentTexts('u')).whole).toBe(false);
  });

  it('says whether a request that failed can have arrived', async () => {
    const { ravi, robin, client } = await startWithAccount();
    const messages = new RaviMessages(client);
    ravi.faults.next({ match: { path: '/api/messages/send/' }, answer: 'lose' });
    expect(await failure(messages.sendText(robin.uuid, { to: '+15557654321', body: 'x' }))).toMatchObject({
      kind: 'unreachable',
      neverArrived: false,
    });
    await ravi.stop();
    expect(await failure(messages.sendText(robin.uuid, { to: '+15557654321', body: 'x' }))).toMatchObject({
      kind: 'unreachable',
      neverArrived: true,
    });
  });
});

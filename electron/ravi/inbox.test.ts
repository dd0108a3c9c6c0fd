import { describe, expect, it } from 'vitest';
import { startScripted, startWithAccount } from './fixture.ts';
import { receivedBy } from './inbox.ts';

describe('what came to an identity', () => {
  it('is its mails and texts, newest first, without what it sent and what is older', async () => {
    const { client, clock, ravi, robin, kim } = await startWithAccount();
    ravi.incomingMail(robin.uuid, { from: 'old@github.com', subject: 'Old', text: 'old' });
    clock.move(60_000);
    const since = clock.now();
    clock.move(1_000);
    ravi.incomingMail(robin.uuid, { from: 'noreply@github.com', subject: 'Your launch code', text: '12345678' });
    clock.move(1_000);
    ravi.incomingSms(robin.uuid, { from: '+15550001111', body: 'G-123456' });
    ravi.incomingMail(kim.uuid, { from: 'noreply@github.com', subject: 'Of Kim', text: 'x' });
    const received = await receivedBy(client, robin.uuid, { since, phone: true });
    expect(received).toMatchObject([
      { over: 'sms', from: '+15550001111', subject: '', text: 'G-123456' },
      { over: 'mail', from: 'noreply@github.com', subject: 'Your launch code', text: '12345678' },
    ]);
    expect(await receivedBy(client, robin.uuid, { since, phone: false })).toHaveLength(1);
  });

  it('is read where Ravi knows no filter, gives times that are none, and nulls', async () => {
    const client = await startScripted((_request, response) => {
      const rows = [
        {
          id: '7',
          from_email: null,
          subject: null,
          text_content: null,
          html_content: '<b>hi</b>',
          created_dt: '0001-01-01T00:00:00Z',
        },
        { id: 8, from_email: 'me', subject: 's', text_content: 't', direction: 'outgoing', created_dt: '2026-02-25T10:30:00Z' },
      ];
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows));
    });
    expect(await receivedBy(client, 'u', { since: 0, phone: false })).toEqual([
      { id: 'mail:7', over: 'mail', from: '', subject: '', text: null, html: '<b>hi</b>', at: null },
    ]);
  });
});

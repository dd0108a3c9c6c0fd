import { describe, expect, it } from 'vitest';
import { testJean } from './test-jean.ts';

describe('a flood of chat:chunk', () => {
  it('comes as frames of Jean, numbered without a hole among its other events', async () => {
    await using it = await testJean();
    const { jean } = it;
    const worktree = await jean.createWorktree(it.projectId, { name: 'calm-crane' });
    const [session] = jean.sessions(worktree.id);
    const client = await it.connect();
    jean.flood(5_000);
    while (client.events.length < 500) await new Promise((resolve) => setTimeout(resolve, 5));
    await jean.startTurn(session?.id ?? '');
    await client.saw('chat:sending');
    // Beyond a thousand the numbers are wider.
    while (client.events.length < 1_500) await new Promise((resolve) => setTimeout(resolve, 5));
    const { sent, lost } = jean.flood(0);
    expect(lost).toBe(0);
    while (client.names(/^chat:chunk$/).length < sent) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(client.names(/^chat:chunk$/)).toHaveLength(sent);
    expect(client.strays).toEqual([]);
    const numbers = client.events.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, n) => (numbers[0] ?? 0) + n));
    expect(client.events.find(({ event }) => event === 'chat:chunk')?.payload).toMatchObject({ session_id: session?.id });
  });
});

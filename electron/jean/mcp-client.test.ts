import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import { Secret } from '../base/secret.ts';
import { callMcp, mcpAddress } from './mcp-client.ts';

let test: TestJean;
const never = new AbortController().signal;
const ask = (tool: string, args: object = {}, token = test.jean.token) =>
  callMcp({ folder: test.jean.dataDir, token: Secret.of(token) }, tool, { ...args }, never);

beforeEach(async () => {
  test = await testJean();
});
afterEach(() => test.close());

describe('Jean’s MCP socket', () => {
  it('lies in the data folder, and on Windows is a pipe named after it', () => {
    expect(mcpAddress('/data/com.jean.desktop', 'linux')).toBe('/data/com.jean.desktop/jean-mcp.sock');
    expect(mcpAddress('C:\\Users\\me\\com.jean.desktop', 'win32')).toMatch(/^\\\\\.\\pipe\\jean-mcp-[0-9a-f]{16}$/);
  });

  it('answers while web access is off', async () => {
    await test.jean.webAccess(false);
    expect(await ask('list_projects')).toMatchObject([{ name: 'shop' }]);
    expect(await ask('list_worktrees', { projectId: test.projectId })).toEqual([]);
  });

  it.each([
    ['a wrong token', () => ask('list_projects', {}, 'wrong-secret'), 'unauthorized'],
    ['a tool that it does not have', () => ask('list_everything'), 'unknown-command'],
    ['a session that is not there', () => ask('get_session_status', { sessionId: 'nobody' }), 'command-failed'],
  ])('says what is the matter with %s, without the token', async (_what, asked, kind) => {
    const failed = asked();
    await expect(failed).rejects.toMatchObject({ kind });
    await expect(failed).rejects.not.toThrow(/wrong-secret/);
  });

  it('is not there while Jean is not, or has it turned off', async () => {
    await test.jean.mcp(false);
    await expect(ask('list_projects')).rejects.toMatchObject({ kind: 'unreachable' });
    await test.jean.mcp(true);
    await test.jean.restart();
    expect(await ask('list_projects')).toHaveLength(1);
    await test.jean.stop();
    await expect(ask('list_projects')).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

describe('something else on that socket', () => {
  let server: Server;
  afterEach(() => server.close());

  const answering = async (text: string | null): Promise<void> => {
    await test.jean.mcp(false);
    const path = join(test.jean.dataDir, 'jean-mcp.sock');
    await rm(path, { force: true });
    server = createServer((socket) => socket.end(text ?? ''));
    await new Promise<void>((resolve) => server.listen(path, resolve));
  };

  it.each([
    ['no JSON', 'hello\n', 'malformed'],
    ['another answer', '{"result":{"content":"hello"}}\n', 'malformed'],
    ['no JSON within', '{"result":{"content":[{"type":"text","text":"hello"}]}}\n', 'malformed'],
    ['a failure of the tool', '{"result":{"content":[{"type":"text","text":"no"}],"isError":true}}\n', 'command-failed'],
    ['nothing', null, 'closed'],
  ])('that says %s is told from Jean', async (_what, text, kind) => {
    await answering(text);
    await expect(ask('list_projects')).rejects.toMatchObject({ kind });
  });
});

import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { stripAnswer, stripEventFrame, stripRoute } from './strip.ts';
import { Veil } from './veil.ts';

const token = 'k3Jq-0vX_5hT1mZrYwB8nQdLsC7aUeGfPiO2xKtV9cE';
const veil = new Veil([Secret.of(token)]);
const others = ['viewer', 'operator'] as const;

const preferences = {
  theme: 'dark',
  http_server_token: token,
  http_server_token_required: true,
  http_server_port: 3456,
  linear_api_key: 'lin_api_1',
  sentry_auth_token: 'sntrys_1',
  custom_cli_profiles: [{ name: 'work', settings_json: '{"env":{"ANTHROPIC_API_KEY":"sk-1"}}', supports_thinking: true }],
  custom_codex_providers: [{ name: 'x', base_url: 'https://x', env_key: 'K' }],
  default_provider: 'work',
};

describe('what a viewer or operator gets', () => {
  it.each(others)('takes the token, keys and profiles out of the preferences for a %s', (role) => {
    const expected = {
      theme: 'dark',
      http_server_token: null,
      http_server_token_required: true,
      http_server_port: 3456,
      linear_api_key: null,
      sentry_auth_token: null,
      custom_cli_profiles: [{ name: 'work', settings_json: '{}', supports_thinking: true }],
      custom_codex_providers: [],
      default_provider: 'work',
    };
    expect(stripAnswer(role, 'load_preferences', preferences, veil)).toEqual(expected);
    expect(stripRoute(role, '/api/files/preferences.json', preferences, veil)).toEqual(expected);
    expect(stripRoute(role, '/api/init', { preferences, projects: [{ id: 'p', linear_api_key: 'x' }] }, veil)).toEqual({
      preferences: expected,
      projects: [{ id: 'p', linear_api_key: null }],
    });
  });

  it.each(others)('takes secrets out of projects and worktrees for a %s', (role) => {
    expect(
      stripAnswer(
        role,
        'list_projects',
        [
          {
            id: 'p',
            linear_api_key: 'a',
            linear_team_id: 't',
            sentry_auth_token: 'b',
            jenkins_api_token: 'c',
            jenkins_user: 'd',
          },
        ],
        veil,
      ),
    ).toEqual([
      {
        id: 'p',
        linear_api_key: null,
        linear_team_id: 't',
        sentry_auth_token: null,
        jenkins_api_token: null,
        jenkins_user: null,
      },
    ]);
    expect(
      stripAnswer(
        role,
        'get_worktree',
        { id: 'w', linear_issue_identifier: 'SHOP-1', setup_output: 'KEY=abc', setup_script: 'make' },
        veil,
      ),
    ).toEqual({ id: 'w', linear_issue_identifier: 'SHOP-1', setup_output: '[hidden]', setup_script: 'make' });
  });

  it.each(others)('hides what a session’s tools and queue carry under a secret’s name from a %s', (role) => {
    expect(
      stripAnswer(
        role,
        'get_session',
        {
          terminal_command: 'env',
          terminal_command_args: ['GH_TOKEN=x'],
          queued_messages: [{ message: 'Go on', mcpConfig: '{"mcpServers":{}}', apiKey: 'x' }],
          usage: { input_tokens: 12, cache_read_input_tokens: 3 },
          messages: [
            {
              tool_calls: [
                { input: { headers: { authorization: 'x' }, header: 'Colour', env: ['A=b'], secrets: { a: ['b', 1] } } },
              ],
            },
          ],
          author: 'me',
        },
        veil,
      ),
    ).toEqual({
      terminal_command: null,
      terminal_command_args: null,
      queued_messages: [{ message: 'Go on', mcpConfig: '[hidden]', apiKey: '[hidden]' }],
      usage: { input_tokens: 12, cache_read_input_tokens: 3 },
      messages: [{ tool_calls: [{ input: { headers: {}, header: 'Colour', env: [], secrets: { a: ['[hidden]', 1] } } }] }],
      author: 'me',
    });
  });

  it.each(others)('takes the token out of the server’s status, terminals and drafts for a %s', (role) => {
    expect(stripAnswer(role, 'get_http_server_status', { running: true, token: 'another', port: 1 }, veil)).toEqual({
      running: true,
      token: null,
      port: 1,
    });
    expect(stripAnswer(role, 'get_active_terminals', [{ terminal_id: 't', command: 'env' }], veil)).toEqual([]);
    expect(stripAnswer(role, 'load_ui_state', { active_project_id: 'p', drafts: { s1: 'my password is x' } }, veil)).toEqual({
      active_project_id: 'p',
      drafts: {},
    });
  });

  it('gives back the very same object where nothing had to go', () => {
    const data = { entries: [{ sessions: [{ id: 's', name: 'One', messages: [] }] }] };
    expect(stripAnswer('viewer', 'list_all_sessions', data, veil)).toBe(data);
  });
});

describe('the token itself', () => {
  it.each(['viewer', 'operator', 'owner'] as const)('is found by its value wherever it stands, for a %s', (role) => {
    const given = {
      log: `curl http://127.0.0.1:3456/?token=${token}&x=1`,
      list: [`Bearer ${token}`],
      nested: JSON.stringify({ config: JSON.stringify({ token }) }),
      [`key ${token}`]: 1,
    };
    const stripped = stripAnswer(role, 'get_session', given, veil);
    expect(JSON.stringify(stripped)).not.toContain(token);
    expect(stripped).toMatchObject({
      log: 'curl http://127.0.0.1:3456/?token=[hidden]&x=1',
      list: ['Bearer [hidden]'],
      'key [hidden]': 1,
    });
    expect(stripAnswer(role, 'read_file_content', `a${token}b`, veil)).toBe('a[hidden]b');
  });

  it('is an owner’s neither, who sees all the rest', () => {
    expect(stripAnswer('owner', 'load_preferences', { ...preferences, http_server_token: 'a newer one' }, veil)).toEqual({
      ...preferences,
      http_server_token: null,
    });
    expect(stripAnswer('owner', 'get_http_server_status', { token: 'a newer one' }, veil)).toEqual({ token: null });
    expect(stripAnswer('owner', 'regenerate_http_token', 'a newer one', veil)).toBeNull();
    const snippet = stripAnswer('owner', 'get_jean_mcp_config_snippet', { json: `{"token":"${token}"}`, path: '/x' }, veil);
    expect(snippet).toEqual({ json: '{"token":"[hidden]"}', path: '/x' });
  });

  it('is found as JSON and addresses write it, where a person chose one with other characters', () => {
    const chosen = 'my "own" token/ü & more';
    const own = new Veil([Secret.of(chosen)]);
    const once = JSON.stringify({ a: chosen });
    for (const text of [
      chosen,
      once,
      JSON.stringify(once),
      once.replaceAll('/', '\\/'),
      `?token=${encodeURIComponent(chosen)}`,
    ]) {
      expect(own.text(text)).toContain('[hidden]');
      expect(own.text(text)).not.toMatch(/own.{0,3}" token|own%22/);
    }
    expect(JSON.parse(own.text(once))).toEqual({ a: '[hidden]' });
  });

  it('does not tear ordinary text apart, when it is as short as a word', () => {
    const short = new Veil([Secret.of('error')]);
    expect(short.text('{"type":"error","token":"error","url":"/?token=error"}')).toBe(
      '{"type":"[hidden]","token":"[hidden]","url":"/?token=[hidden]"}',
    );
    expect(stripAnswer('viewer', 'get_session', { text: 'an error came', x: 'error' }, short)).toEqual({
      text: 'an error came',
      x: '[hidden]',
    });
  });

  it('hides both tokens after a rotation', () => {
    const both = new Veil([Secret.of(token), Secret.of('the-next-token-of-jean')]);
    expect(both.text(`${token} the-next-token-of-jean`)).toBe('[hidden] [hidden]');
  });
});

describe('events', () => {
  const event = (name: string, payload: unknown, sorted = false) =>
    sorted
      ? JSON.stringify({ event: name, payload, seq: 7, type: 'event' })
      : JSON.stringify({ type: 'event', event: name, payload, seq: 7 });

  it.each([false, true])('passes what a session says as it came (keys sorted: %s)', (sorted) => {
    for (const name of [
      'chat:chunk',
      'chat:sending',
      'chat:done',
      'chat:tool_use',
      'cache:invalidate',
      'pr:status-update',
      'terminal:working',
    ]) {
      const frame = event(name, { session_id: 's1', content: 'the password is secret' }, sorted);
      if (name !== 'chat:tool_use') expect(stripEventFrame('viewer', frame, veil)).toBe(frame);
    }
    expect(stripEventFrame('viewer', '{"type":"heartbeat"}', veil)).toBe('{"type":"heartbeat"}');
  });

  it.each(others)('keeps terminals and what is unknown from a %s', (role) => {
    for (const sorted of [false, true]) {
      for (const name of [
        'terminal:output',
        'terminal:started',
        'terminal:stopped',
        'brand:new',
        'server:update-progress',
        'gh-cli:install-progress',
        '',
      ]) {
        expect(stripEventFrame(role, event(name, { data: 'x' }, sorted), veil), name).toBeNull();
      }
    }
    for (const frame of [
      '',
      'x',
      '[]',
      '{"type":"response","id":"1","data":{}}',
      '{"type":"error","id":"1"}',
      '{"event":"chat:chunk',
    ]) {
      expect(stripEventFrame(role, frame, veil), frame).toBeNull();
    }
    // The name counts, wherever it stands.
    expect(stripEventFrame(role, '{"payload":{"event":"chat:chunk"},"event":"terminal:output","type":"event"}', veil)).toBeNull();
  });

  it('gives an owner the terminals too', () => {
    const frame = event('terminal:output', { data: `echo ${token}` });
    expect(stripEventFrame('owner', frame, veil)).toBe(frame.replace(token, '[hidden]'));
    expect(stripEventFrame('owner', event('x:y', { http_server_token: 'newer' }), veil)).toBe(
      event('x:y', { http_server_token: null }),
    );
  });

  it.each(others)('looks into those that carry more than a session’s words, for a %s', (role) => {
    const of = (name: string, payload: unknown): unknown =>
      JSON.parse(stripEventFrame(role, event(name, payload), veil) ?? 'null')?.payload;
    expect(of('queue:updated', { sessionId: 's', queue: [{ message: 'x', mcpConfig: 'y' }] })).toEqual({
      sessionId: 's',
      queue: [{ message: 'x', mcpConfig: '[hidden]' }],
    });
    expect(of('worktree:created', { worktree: { id: 'w', setup_output: 'KEY=x' } })).toEqual({
      worktree: { id: 'w', setup_output: '[hidden]' },
    });
    expect(of('worktree:deleted', { id: 'w', teardown_output: 'KEY=x' })).toEqual({ id: 'w', teardown_output: '[hidden]' });
    expect(of('chat:tool_use', { name: 'x', input: { api_key: 'k' } })).toEqual({ name: 'x', input: { api_key: '[hidden]' } });
    expect(of('chat:permission_denied', { denials: [{ tool_input: { command: 'make', password: 'x' } }] })).toEqual({
      denials: [{ tool_input: { command: 'make', password: '[hidden]' } }],
    });
    expect(of('chat:chunk', { content: token })).toEqual({ content: '[hidden]' });
  });
});

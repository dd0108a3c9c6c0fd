import { describe, expect, it } from 'vitest';
import { credential, stateOf } from '../../../shared/fixture.ts';
import { defaultProjectPolicy } from '../../../shared/policy.ts';
import { resets } from './reset-words.ts';

const policy = (projectId: string, source: 'app' | 'shared') => ({ ...defaultProjectPolicy, projectId, source, grants: null });
const channel = (recipients: number) => ({ recipients: Array.from({ length: recipients }, () => ({})) });

describe('before settings are put back', () => {
  it('the recipients that are forgotten are counted', () => {
    const state = { ...stateOf({}), channels: { sms: channel(1), email: channel(2) } as never };
    expect(resets.told.says(state)[1]).toBe(
      '3 recipients of SMS and e-mail are forgotten: nothing is sent there any more, and to take them up again you verify each anew, by a code.',
    );
    expect(resets.told.says(stateOf({})).join(' ')).not.toContain('forgotten');
  });

  it('the projects and credentials that change are counted, and who acts as somebody else again', () => {
    const state = {
      ...stateOf({ credentials: [credential('w1'), credential('w2', { state: 'revoked' })] }),
      policies: { a: policy('a', 'app'), b: policy('b', 'shared') } as never,
    };
    const said = resets.credentials.says(state).join(' ');
    expect(said).toMatch(
      /^2 projects get the safe default again.* 1 live credential is replaced.* 1 project acts as the GitHub App again/,
    );
  });

  it('remote access that is off is not turned off', () => {
    expect(resets.remote.says(stateOf({})).join(' ')).not.toContain('turned off');
  });
});

import type { IdentityStep, IdentityStepId } from '../../shared/identities.ts';
import { identityStepId } from '../../shared/identities.ts';
import type { IdentityRecord } from './records.ts';

/** What others know that the steps depend on. */
export interface IdentityFacts {
  /** `owner/name`; null while it is not known. */
  readonly repository: string | null;
  /** Its key is in the secret box. */
  readonly keyHeld: boolean;
  /** Whose token the project has. */
  readonly sharedLogin: string | null;
  /** Why that does not work. */
  readonly sharedTrouble: string | null;
  /** The project's worktrees use it. */
  readonly inUse: boolean;
  /** The step that something is under way for. */
  readonly doing: IdentityStepId | null;
}

type Found = Pick<IdentityStep, 'state' | 'sentence'> & { readonly at?: number | null };

/** The steps of an identity, and the first that is to be done. Pure: the same record and facts, the same steps. */
export function checklist(
  record: IdentityRecord,
  facts: IdentityFacts,
): { readonly steps: readonly IdentityStep[]; readonly next: IdentityStepId | null } {
  const found: Readonly<Record<IdentityStepId, Found>> = {
    identity: identityStep(record, facts),
    address: addressStep(record),
    password: passwordStep(record),
    'sign-up': signUpStep(record),
    mail: mailStep(record),
    account: accountStep(record),
    token: tokenStep(record, facts),
    invitation: invitationStep(record, facts),
    done: doneStep(record, facts),
  };
  const steps = identityStepId.options.map((id): IdentityStep => {
    const { state, sentence, at = null } = found[id];
    const trouble = record.troubles[id];
    if (state === 'done') return { id, state, sentence, at };
    if (facts.doing === id) return { id, state: 'doing', sentence, at };
    return trouble ? { id, state: 'failed', sentence: trouble.message, at: trouble.at } : { id, state, sentence, at };
  });
  return { steps, next: steps.find(({ state }) => state !== 'done')?.id ?? null };
}

/** Whether two user names are one: GitHub tells them apart without case. */
export const sameLogin = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a.toLowerCase() === b.toLowerCase();

/** Whether the project's token is the identity's own. */
export const ownToken = ({ account }: IdentityRecord, { sharedLogin }: Pick<IdentityFacts, 'sharedLogin'>): boolean =>
  sameLogin(account?.login ?? null, sharedLogin);

function identityStep({ identity, intent }: IdentityRecord, { keyHeld }: IdentityFacts): Found {
  if (identity === null)
    return intent?.what === 'create'
      ? { state: 'failed', sentence: `Whether Ravi made ${intent.name} is not known. Look again before you make another.` }
      : { state: 'todo', sentence: 'Pick an identity at Ravi, or make one.' };
  if (!keyHeld) return { state: 'todo', sentence: `${identity.name} is picked. Its own key is to be made at Ravi.` };
  return { state: 'done', sentence: `${identity.name}, with a key of its own.` };
}

function addressStep({ identity }: IdentityRecord): Found {
  if (identity === null) return { state: 'todo', sentence: 'Its address comes with the identity.' };
  return identity.inbox.includes('@')
    ? { state: 'done', sentence: identity.inbox }
    : { state: 'todo', sentence: 'Ravi has not named its address yet. Look again.' };
}

function passwordStep({ identity, password, intent }: IdentityRecord): Found {
  if (password !== null) return { state: 'done', sentence: `Kept in Ravi’s vault for ${password.username}.` };
  if (intent?.what === 'password')
    return { state: 'failed', sentence: 'Whether Ravi keeps the password is not known. Look again.' };
  return {
    state: 'todo',
    sentence:
      identity === null
        ? 'A password is made once there is an identity.'
        : 'Make a password; Ravi’s vault keeps it before it is shown.',
  };
}

function signUpStep({ account, login, mailAt, signUpAt, password }: IdentityRecord): Found {
  if (account !== null) return { state: 'done', sentence: 'Signed up at GitHub.', at: account.at };
  if (login !== null || mailAt !== null) return { state: 'done', sentence: 'Signed up at GitHub, as you said.', at: signUpAt };
  if (signUpAt !== null)
    return {
      state: 'doing',
      sentence: 'GitHub’s sign-up is open in your browser. Use the address and the password from here.',
      at: signUpAt,
    };
  return {
    state: 'todo',
    sentence:
      password === null ? 'First the password, then GitHub’s sign-up.' : 'Open GitHub’s sign-up. GitHub wants a person for it.',
  };
}

function mailStep({ account, mailAt, signUpAt, login }: IdentityRecord): Found {
  if (account !== null)
    return { state: 'done', sentence: 'GitHub makes an account once its address is verified.', at: mailAt ?? account.at };
  if (mailAt !== null)
    return { state: 'done', sentence: 'GitHub’s mail with a code has come. Type the code at GitHub.', at: mailAt };
  return signUpAt !== null || login !== null
    ? { state: 'doing', sentence: 'Waiting for GitHub’s mail with a code.' }
    : { state: 'todo', sentence: 'GitHub sends a code to the address.' };
}

function accountStep({ account, login }: IdentityRecord): Found {
  if (account !== null) return { state: 'done', sentence: `${account.login} is there at GitHub.`, at: account.at };
  return login === null
    ? { state: 'todo', sentence: 'Say which user name you signed up with.' }
    : { state: 'todo', sentence: `Look whether ${login} is there at GitHub.` };
}

function tokenStep(record: IdentityRecord, facts: IdentityFacts): Found {
  const { account, token } = record;
  if (ownToken(record, facts))
    return facts.sharedTrouble === null
      ? { state: 'done', sentence: `A token of ${facts.sharedLogin} works.` }
      : { state: 'failed', sentence: facts.sharedTrouble };
  if (token !== null && sameLogin(token.login, account?.login ?? null))
    return { state: 'done', sentence: `A token of ${token.login} works, and waits for the repository.`, at: token.at };
  if (account === null) return { state: 'todo', sentence: 'The token comes after the account.' };
  const other =
    facts.sharedLogin === null ? '' : ` It takes the place of the one of ${facts.sharedLogin} that the project has now.`;
  return {
    state: 'todo',
    sentence: `Sign in at GitHub as ${account.login}, make the token in the form that is filled in, and copy it.${other}${ownerWords(record)}`,
  };
}

/** Who may make a fine-grained token for a repository (contract github §1.4). */
function ownerWords({ account, owner }: IdentityRecord): string {
  if (owner === null || account === null) return '';
  if (owner.type === 'Organization') return ` The form offers ${owner.login} to its members alone.`;
  return ` The repository is ${owner.login}’s own: GitHub has no fine-grained tokens for others there. Move it to an organization, or let the project act as the App’s bot.`;
}

function invitationStep(record: IdentityRecord, facts: IdentityFacts): Found {
  const { account } = record;
  const repository = facts.repository ?? 'the repository';
  if (ownToken(record, facts)) return { state: 'done', sentence: `${facts.sharedLogin} may push to ${repository}.` };
  if (account === null) return { state: 'todo', sentence: `Invite it to ${repository} once it has an account.` };
  const where = record.owner?.type === 'Organization' ? `the organization ${record.owner.login}` : repository;
  return {
    state: 'todo',
    sentence: `Invite ${account.login} to ${where} with the right to write to ${repository}, and accept the invitation as ${account.login}.`,
  };
}

function doneStep(record: IdentityRecord, facts: IdentityFacts): Found {
  const name = record.account?.login ?? 'this account';
  if (facts.inUse && ownToken(record, facts))
    return { state: 'done', sentence: `The worktrees of ${record.projectName} commit and push as ${name}.` };
  return ownToken(record, facts)
    ? { state: 'todo', sentence: `All is there. Let the worktrees of ${record.projectName} use ${name}.` }
    : { state: 'todo', sentence: `Then the worktrees of ${record.projectName} use ${name}.` };
}

import type { CommandName } from '../electron/command-line/protocol.ts';
import type { TrayAction } from '../electron/shell/tray-model.ts';
import type { RequestName } from '../shared/ipc.ts';

/** Whether the person is asked before something is done, and where what is lost is named. */
export type Consent =
  /** Nothing is taken away, sent, billed or made known by it; `because` where one could think so. */
  | { readonly is: 'harmless'; readonly because?: string }
  /** The way back. */
  | { readonly is: 'undo'; readonly by: string }
  /**
   * Asked first. `from`: the only files of the page that make the request. `names`: words of what is lost or costs something, which stand in
   * `words`, or in the first of the files.
   */
  | { readonly is: 'asked'; readonly from: readonly string[]; readonly names: RegExp; readonly words: string };

const harmless = (because?: string): Consent => ({ is: 'harmless', ...(because !== undefined && { because }) });
const undo = (by: string): Consent => ({ is: 'undo', by });
const asked = (from: string | readonly string[], names: RegExp, words?: string): Consent => {
  const files = [from].flat().map((file) => `renderer/features/${file}`);
  return { is: 'asked', from: files, names, words: words ?? files[0] ?? '' };
};
/** Asked by a dialog of the system, in main: the page, or what it shows, is not to be believed there. */
const system = (from: string | readonly string[], names: RegExp, words: string): Consent => asked(from, names, words);

/** Every request that the page can make of main. A new one does not compile before it is classed here. */
export const requestConsent: Readonly<Record<RequestName, Consent>> = {
  'state.snapshot': harmless(),
  'credentials.rotate': harmless('the new one is there before the old one is revoked'),
  'credentials.revoke': asked('credentials/credential-detail.tsx', /stops working until you make a new credential/),
  'credentials.release': asked('credentials/git-part.tsx', /revoked at GitHub and leaves the vault/),
  'credentials.releaseAll': asked('leaving/release-all.tsx', /count === 1 \? 'one worktree'/),
  'credentials.base': asked('sessions/give-base.tsx', /pushes from there fail with a message/),
  'leaving.remove': asked('leaving/leave.tsx', /credentials are revoked at GitHub, verified, and leave the vault/),
  'leaving.quit': harmless('at the end of that question'),
  'credentials.revokeAll': asked('credentials/revoke-all.tsx', /'credential dies', 'credentials die'/),
  'credentials.rotateAll': asked('credentials/rotate-all.tsx', /credentials are`} replaced by new ones/),
  'credentials.look': harmless(),
  'credentials.provision': harmless(),
  'sessions.request': harmless(),
  'sessions.answer': harmless('it answers what is shown in full, and main refuses it where something else is asked by now'),
  'sessions.message': harmless('it sends what the person typed, by the button below it'),
  'sessions.cancel': undo('a message has the session go on; what it changed stays'),
  'sessions.archive': asked(
    'sessions/session-acts.tsx',
    /what it runs is cancelled/,
    'renderer/features/sessions/archive-dialog.tsx',
  ),
  'sessions.archiveWorktree': asked(
    'sessions/session-acts.tsx',
    /Its credential is revoked at GitHub and deleted from the vault/,
    'renderer/features/sessions/archive-dialog.tsx',
  ),
  'sessions.open': harmless(),
  'leftovers.clean': asked('credentials/leftover-detail.tsx', /nobody can revoke it any more/),
  'audit.page': harmless(),
  'audit.export': harmless('the system’s dialog asks before a file is overwritten'),
  'audit.verify': harmless(),
  'attribution.who': harmless(),
  'attribution.pushes': harmless(),
  'setup.github': harmless('offered while no App is connected; another server than GitHub’s own is asked about by the system'),
  'setup.github.create': harmless('offered while no App is connected; the person makes it at GitHub, or not'),
  'setup.github.key': harmless('kept only when GitHub takes it; the one before stays good at GitHub until it is deleted there'),
  'setup.github.repositories': harmless(),
  'setup.github.cancel': harmless(),
  'setup.github.forget': asked('setup/github-card.tsx', /revoked at GitHub first/, 'renderer/features/setup/disconnect-words.ts'),
  'setup.ravi': harmless(
    'a sign-in that is not approved changes nothing; another account’s takes the place of one only when its vault is empty',
  ),
  'setup.ravi.cancel': harmless(),
  'setup.ravi.forget': asked('ravi/account.tsx', /are'\)\} moved from Ravi’s vault/, 'renderer/features/ravi/sign-out-words.ts'),
  'ravi.cli.look': harmless('the person asks for it; no key is shown'),
  'ravi.cli.take': asked('ravi/ways-in.tsx', /deleting one in Ravi's dashboard ends it for both/),
  'ravi.key': harmless('the key that the person has just copied for it'),
  'ravi.address': system(
    'ravi/address.tsx',
    /credentials of your worktrees are kept in the vault of that server/,
    'electron/requests.ts',
  ),
  'ravi.choose': asked(['ravi/account.tsx', 'ravi/choosing.tsx'], /'credential moves', 'credentials move'/),
  'ravi.look': harmless(),
  'ravi.create': asked('ravi/choosing.tsx', /can’t be deleted, and that it may be billed/),
  'ravi.makeKey': harmless('a key that can be deleted in the dashboard'),
  'ravi.keepIn': undo('the other choice; each entry is read back before it is deleted where it was'),
  'ravi.abandon': asked('ravi/account.tsx', /each credential is\s+replaced first/),
  'setup.jean': system('setup/jean-card.tsx', /'credential is', 'credentials are'\)} revoked/, 'electron/shell/other-folder.ts'),
  'jeans.add': harmless('a new token takes the place of one only when that Jean takes it'),
  'jeans.describe': undo('the form again'),
  'jeans.remove': asked(
    'setup/jean-entry.tsx',
    /'credential is', 'credentials are'\)} revoked/,
    'renderer/features/setup/removal-words.ts',
  ),
  'jeans.restore': harmless(),
  'setup.retry': harmless(),
  'programs.look': harmless(),
  'programs.install': harmless('a file of somebody else is not overwritten'),
  'programs.remove': undo('Install'),
  'projects.policy': asked(
    'projects/policy-form.tsx',
    /revoked at once; git in the worktrees is your own again/,
    'renderer/features/projects/consequences.ts',
  ),
  'credentials.settings': undo('the form again: it counts from then on'),
  'setup.trailers': undo('the same switch'),
  'sources.take': asked('projects/shared-source.tsx', /takes the place of the one of \{replaces\}/),
  'sources.remove': asked('projects/shared-source.tsx', /The token itself lives on/),
  'sources.revoke': asked(['projects/shared-source.tsx', 'projects/user-source.tsx'], /killed for everybody who uses it/),
  'sources.signIn': harmless(),
  'sources.signIn.cancel': harmless(),
  'settings.preferences': undo('the same controls'),
  'settings.reset': asked('settings/setting.tsx', /are'\} forgotten/, 'renderer/features/settings/reset-words.ts'),
  'settings.export': harmless('the system’s dialog asks before a file is overwritten; no secret is in it'),
  'settings.import': harmless('it only says what would change'),
  'settings.take': asked('settings/exchange.tsx', /values change/),
  'settings.folder': harmless(),
  'setup.skip': undo('the same button'),
  'check.run': harmless('its credential and its work tree are its own, and gone at the end'),
  'check.stop': harmless(),
  'setup.done': harmless(),
  'sandbox.enter': asked(
    'first-steps/sandbox-doors.tsx',
    /fails with a message until you are back/,
    'renderer/features/first-steps/sandbox-words.ts',
  ),
  'sandbox.leave': asked(
    'first-steps/sandbox-doors.tsx',
    /All of the sandbox is deleted/,
    'renderer/features/first-steps/sandbox-words.ts',
  ),
  'notifications.mute': undo('Unmute'),
  'notifications.page': harmless(),
  'notifications.settings': undo('the same controls'),
  'notifications.test': harmless('one message to the person’s own verified recipients, within the budget of the day'),
  'notifications.jeanBanners': undo('the same switch'),
  'channels.senders': harmless(),
  'channels.choose': undo('the same controls'),
  'channels.add': harmless('nothing is sent there before it is verified'),
  'channels.remove': asked('notifications/channels-recipients.tsx', /you verify it anew, by a code/),
  'channels.verify': harmless('one code, to the address beside the button'),
  'channels.confirm': harmless(),
  'channels.test': harmless('one message to the person’s own verified recipients, within the budget of the day'),
  'channels.retry': harmless(),
  'view.looking': harmless(),
  'open.external': harmless(),
  'remote.turn': asked(
    ['remote-access/remote-page.tsx', 'palette/candidates.ts'],
    /out within a second/,
    'renderer/features/remote-access/asked-words.ts',
  ),
  'remote.pause': undo('Resume; grants go on to their ends'),
  'remote.choose': undo('the choice before'),
  'remote.share': asked('remote-access/listeners-part.tsx', /is deleted from/, 'renderer/features/remote-access/asked-words.ts'),
  'remote.disconnect': undo('the person opens the page again: the grant stays good'),
  'grants.create': harmless('the form says as what, where and until when it lets somebody in'),
  'grants.rotate': asked('remote-access/grant-acts.tsx', /goes on as long as that does/),
  'grants.extend': undo('the same question'),
  'grants.suspend': undo('Resume'),
  'grants.resume': undo('Suspend'),
  'grants.revoke': asked(
    'remote-access/revoke-grants.tsx',
    /are dead for good/,
    'renderer/features/remote-access/grant-words.ts',
  ),
  'grants.send': asked('remote-access/shown-grant.tsx', /can’t be called back/, 'renderer/features/remote-access/asked-words.ts'),
  'jeanToken.schedule': undo('the same controls'),
  'jeanToken.rotate': asked(
    'remote-access/jean-token-part.tsx',
    /the old one is dead from then on/,
    'renderer/features/remote-access/asked-words.ts',
  ),
  'jeanToken.restart': asked('remote-access/jean-token-part.tsx', /sessions run in it: what they do now ends/),
  'jeanToken.restartWay': system(
    'remote-access/jean-token-part.tsx',
    /It runs as you, each time that Jean is to restart/,
    'electron/remote-requests.ts',
  ),
  'jeanToken.mend': undo('Jean’s own settings, which the warning names'),
  'identities.list': harmless(),
  'identities.pick': asked('identities/take-identity.tsx', /Keys have no end: only Ravi’s dashboard deletes them/),
  'identities.create': asked('identities/take-identity.tsx', /may be billed by Ravi, and it is permanent/),
  'identities.phone': asked('identities/phone.tsx', /may be billed by Ravi, also in later months/),
  'identities.keepPassword': harmless('one that the vault has already is kept'),
  'identities.password': harmless('shown to the person who asks for it'),
  'identities.copyPassword': harmless('and taken off the clipboard again'),
  'identities.copyCode': harmless('and taken off the clipboard again'),
  'identities.login': harmless(),
  'identities.check': harmless(),
  'identities.token': asked('identities/checklist.tsx', /takes the place of the one of/, 'electron/identities/checklist.ts'),
  'identities.use': asked('identities/use-identity.tsx', /that they have now are revoked/),
  'identities.watch': harmless(),
  'identities.open': asked(
    ['identities/inbox.tsx', 'identities/checklist.tsx', 'identities/project-identity.tsx', 'identities/retire.tsx'],
    /open the page only if you expect it/,
  ),
  'identities.holdings': harmless(),
  'identities.retire': asked('identities/retire.tsx', /What is ticked is deleted for good/),
  'identities.dismiss': asked('identities/use-identity.tsx', /starts from nothing/),
};

/** What the tray offers. */
export const trayConsent: Readonly<Record<TrayAction['type'], Consent>> = {
  open: harmless(),
  page: harmless(),
  show: harmless(),
  'open-in-jean': harmless(),
  rotate: requestConsent['credentials.rotate'],
  mute: requestConsent['notifications.mute'],
  'remote-pause': requestConsent['remote.pause'],
  'revoke-all': requestConsent['credentials.revokeAll'],
  leave: requestConsent['leaving.remove'],
  quit: undo('starting it again: worktrees stay managed'),
};

/** What `jean-ravi` does: the person has typed what is to happen, and its help says what comes of it. */
export const commandConsent: Readonly<Record<CommandName, Consent>> = {
  status: harmless(),
  list: harmless(),
  environment: harmless('said on its error output: what is in an environment can’t be rotated'),
  rotate: requestConsent['credentials.rotate'],
  revoke: undo('a new credential, in the app'),
  release: undo('“Make a credential”, in the app'),
  'release.all': undo('“Make a credential” for each, in the app'),
  who: harmless(),
  'audit.tail': harmless(),
  'audit.verify': harmless(),
  'audit.export': harmless('a file that is there is not overwritten'),
};

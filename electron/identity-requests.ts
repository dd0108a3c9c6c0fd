import { shell } from 'electron';
import type { RequestName } from '../shared/ipc.ts';
import type { ProjectIdentities } from './project-identities.ts';
import type { ClipboardLoans } from './shell/clipboard-loans.ts';
import type { Handlers } from './shell/ipc.ts';

type IdentityRequest = Extract<RequestName, `identities.${string}`>;

/** How long a copied password or code lies on the clipboard, ms. */
const lentMs = 60_000;

/** What main does for each request about identities. */
export function identityAnswers(identities: () => ProjectIdentities, loans: ClipboardLoans): Pick<Handlers, IdentityRequest> {
  return {
    'identities.list': () => identities().list(),
    'identities.pick': ({ projectId, uuid }) => identities().pick(projectId, uuid),
    'identities.create': ({ projectId, name, localPart }) => identities().create(projectId, name, localPart),
    'identities.phone': ({ projectId, country }) => identities().phone(projectId, country),
    'identities.keepPassword': ({ projectId }) => identities().keepPassword(projectId),
    'identities.password': async ({ projectId }) => {
      const { login, password } = await identities().password(projectId);
      return { login, password: password.reveal() };
    },
    'identities.copyPassword': async ({ projectId }) => {
      await loans.lend((await identities().password(projectId)).password, lentMs);
      return { clearsInMs: lentMs };
    },
    'identities.copyCode': async ({ projectId, message, nth }) => {
      const code = identities().code(projectId, message, nth);
      if (code === null) throw new Error('That mail or SMS is not shown any more. Open the inbox again.');
      await loans.lend(code, lentMs);
      return { clearsInMs: lentMs };
    },
    'identities.login': ({ projectId, login }) => identities().login(projectId, login),
    'identities.check': ({ projectId, step }) => identities().check(projectId, step),
    'identities.token': async ({ projectId }) => ({
      login: await loans.take((token) => identities().token(projectId, token)),
    }),
    'identities.use': ({ projectId }) => identities().use(projectId),
    'identities.watch': ({ projectId, on }) => identities().watch(projectId, on),
    'identities.open': async ({ projectId, what, id }) => {
      const page = identities().page(projectId, what, id);
      if (page === null || !/^https?:\/\//.test(page)) throw new Error('There is no page to open for that.');
      await shell.openExternal(page);
      if (what === 'signup') identities().signUpOpened(projectId);
    },
    'identities.holdings': ({ projectId }) => identities().holdings(projectId),
    'identities.retire': ({ projectId, token, delete: entries }) => identities().retire(projectId, token, entries),
    'identities.dismiss': ({ projectId }) => identities().dismiss(projectId),
  };
}

import type { RemoteChannel } from '../../../shared/channels.ts';
import { many } from '../../../shared/format.ts';
import type { AppState } from '../../../shared/model.ts';
import {
  claimLifeMs,
  type GrantView,
  type JeanTokenView,
  type ListenerView,
  remoteRoleWords,
} from '../../../shared/remote-access.ts';

const listed = new Intl.ListFormat('en');

/** Who is put out by it, by name; nothing where nobody is in. */
const outWords = (people: readonly string[]): readonly string[] => {
  const names = [...new Set(people)];
  if (names.length === 0) return [];
  return [`${listed.format(names)} ${names.length === 1 ? 'is' : 'are'} connected now, and out within a second.`];
};

const stayWords = (grants: readonly GrantView[], again: string): string => {
  const open = grants.filter(({ standing }) => standing === 'active' || standing === 'suspended').length;
  if (open === 0) return 'There is no grant that waits for it.';
  return `${many(open, 'grant stays', 'grants stay')}, and ${open === 1 ? 'is' : 'are'} good again when you ${again}, to ${open === 1 ? 'its' : 'their'} own end.`;
};

/** What comes of turning remote access off. */
export const offWords = ({ connections, grants }: Pick<AppState, 'connections' | 'grants'>): readonly string[] => [
  'Nothing listens any more, and nobody gets in from outside.',
  ...outWords(Object.values(connections).map(({ person }) => person)),
  stayWords(Object.values(grants), 'turn it on'),
];

/** What comes of sharing a Jean no more. */
export const unsharedWords = (
  { instanceId, name, jeanToken }: Pick<ListenerView, 'instanceId' | 'name' | 'jeanToken'>,
  { connections, grants }: Pick<AppState, 'connections' | 'grants'>,
): readonly string[] => [
  `Nobody gets in to ${name} from outside any more.`,
  ...outWords(
    Object.values(connections)
      .filter((one) => one.instanceId === instanceId)
      .map(({ person }) => person),
  ),
  ...(jeanToken?.vault == null
    ? []
    : [`Its token, ${jeanToken.vaultKey}, is deleted from ${jeanToken.vault}; Jean itself keeps it.`]),
  stayWords(
    Object.values(grants).filter(({ instanceIds }) => instanceIds.includes(instanceId)),
    'share it again',
  ),
];

/** What comes of a new token of Jean's own. */
export const newTokenWords = (name: string, token: Pick<JeanTokenView, 'vault'>): readonly string[] => [
  `${name} takes the new token when it restarts, and the old one is dead from then on: browsers, scripts and other computers that open ${name} with it are out until they are given the new one.`,
  `Grants of remote access go on: the gateway knows the new token by itself.${token.vault === null ? '' : ` ${token.vault} keeps the new one.`}`,
];

/** What comes of sending a link; `jeans`: to how many Jeans the grant leads now. */
export const sendWords = (
  { role }: Pick<GrantView, 'role'>,
  over: RemoteChannel,
  to: string,
  jeans: number,
): readonly string[] => [
  over === 'sms' && jeans > 1
    ? `${jeans} text messages, one for each Jean, each with a link that works once, go to ${to} by Ravi.`
    : `A link that works once goes to ${to} by Ravi, and dies unused after ${Math.round(claimLifeMs / 60_000)} minutes.`,
  `It can’t be called back: whoever opens it first gets in as ${remoteRoleWords[role].name.toLowerCase()}. ${
    over === 'sms' ? 'Ravi may bill text messages.' : 'It counts among the mails of the day.'
  }`,
];

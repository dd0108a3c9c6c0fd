import type { ComponentType } from 'react';
import { openPage, showNoticeTab } from '../../view.ts';

/** Something that can be found among the settings: a control of its own, or the way to where it is set. */
export interface Item {
  readonly id: string;
  /** What a person may type to find it, beside its own words. */
  readonly words: string;
  readonly content: ComponentType | PointerWords;
}

export interface PointerWords {
  readonly title: string;
  readonly hint: string;
  readonly action: string;
  readonly open: () => void;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly items: readonly Item[];
}

/** Those of `sections` that a search finds, with the items that it finds in each. Every word that was typed has to be there. */
export function found(sections: readonly Section[], typed: string): readonly Section[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return sections;
  return sections.flatMap((section) => {
    const items = section.items.filter(({ words, content }) => {
      const own = typeof content === 'function' ? '' : `${content.title} ${content.hint}`;
      const all = `${section.title} ${words} ${own}`.toLowerCase();
      return wanted.every((word) => all.includes(word));
    });
    return items.length === 0 ? [] : [{ ...section, items }];
  });
}

const pointer = (id: string, words: string, content: PointerWords): Item => ({ id, words, content });

/** What is set on the pages where it is used. */
export const pointers = {
  credentials: pointer('credentials', 'mint creation first use sleep lapse hours vault name key template', {
    title: 'Life of credentials',
    hint: 'When they are made, when they go to sleep, and what they are called in the vault.',
    action: 'Open Projects',
    open: () => openPage('projects'),
  }),
  projects: pointer('projects', 'permissions profile read contribute workflows repositories token sign-in shared', {
    title: 'What the worktrees of each project get',
    hint: 'Where their credentials come from, and what they may do.',
    action: 'Open Projects',
    open: () => openPage('projects'),
  }),
  identities: pointer('identities', 'account machine user mail address phone number inbox verification code sign-up avatar', {
    title: 'Who each project is to the outside',
    hint: 'An identity at Ravi with a GitHub account of its own, made step by step.',
    action: 'Open Identities',
    open: () => openPage('identities'),
  }),
  rules: pointer(
    'rules',
    'finished failed permission question plan pull request merged checks urgent desktop sms mail sounds volume',
    {
      title: 'What you are told, and over what',
      hint: 'A rule for each kind of notice, for all projects or one; sounds and their volume.',
      action: 'Open Rules',
      open: () => showNoticeTab('rules'),
    },
  ),
  hours: pointer('hours', 'mute quiet night weekend idle locked screen escalation banners', {
    title: 'When you are away, and quiet hours',
    hint: 'Also what happens when something was not seen, and Jean’s own banners.',
    action: 'Open Away and quiet',
    open: () => showNoticeTab('hours'),
  }),
  remote: pointer('remote', 'gateway grant teammate share link tailscale lan tls certificate token rotation port', {
    title: 'Who may open your Jeans from elsewhere',
    hint: 'Grants, where the gateway listens, its encryption, and when Jean’s own token is made anew.',
    action: 'Open Remote access',
    open: () => openPage('remote'),
  }),
  channels: pointer('channels', 'recipient phone number address sender budget verify privacy detail prompt leave machine', {
    title: 'SMS and e-mail',
    hint: 'Who sends, who receives, how many a day, and whether what agents wrote may leave this computer.',
    action: 'Open Channels',
    open: () => showNoticeTab('channels'),
  }),
} as const;

import { createElement, type FunctionComponent } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { defaultChannels } from '../../../shared/channels.ts';
import { now, service, stateOf } from '../../../shared/fixture.ts';
import type { AppState } from '../../../shared/model.ts';
import { defaultNotificationSettings } from '../../../shared/notifications.ts';
import { defaultCredentialSettings, defaultProjectPolicy } from '../../../shared/policy.ts';
import {
  defaultPreferences,
  type Preferences,
  preferences,
  type SettingsPart,
  settingsPart,
} from '../../../shared/preferences.ts';
import { defaultRemoteSettings } from '../../../shared/remote-settings.ts';
import { useFeed } from '../../store.ts';
import { type NoticeTab, useView } from '../../view.ts';
import { NotificationsPage } from '../notifications/notifications-page.tsx';
import { PolicyForm } from '../projects/policy-form.tsx';
import { ProjectsPage } from '../projects/projects-page.tsx';
import { RemotePage } from '../remote-access/remote-page.tsx';
import { resets } from './reset-words.ts';
import { SettingsPage } from './settings-page.tsx';

vi.mock('../../clock.ts', () => ({ useNow: () => now }));
// Drawn to text, a page asks a store for its first state alone: here that is the one that it has.
vi.mock('zustand', async (original) => {
  const real = await original<typeof import('zustand')>();
  const create = <T>(make: import('zustand').StateCreator<T>) => {
    const store = real.createStore(make);
    store.getInitialState = store.getState;
    return Object.assign(<U>(select: (state: T) => U) => real.useStore(store, select), store);
  };
  return { ...real, create };
});

/** Every part of the settings as it is at first; a part that is new has to stand here, and then in what follows. */
const atFirst: Readonly<Record<SettingsPart, unknown>> = {
  preferences: defaultPreferences,
  trailers: false,
  credentials: defaultCredentialSettings,
  projects: { shop: { ...defaultProjectPolicy, profile: 'custom', custom: ['contents'] } },
  notifications: defaultNotificationSettings,
  channels: defaultChannels,
  remoteAccess: defaultRemoteSettings,
  keepIn: 'ravi',
};

/** Set by what a person does with a Jean, a project or a kind of notice, so that there is nothing of them at first. */
const ofSomething: readonly string[] = ['notifications.projects', 'notifications.sounds.kinds', 'remoteAccess.instances'];

const pathsOf = (value: unknown, path: string): readonly string[] =>
  typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0
    ? [path]
    : Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, `${path}.${name}`));
const paths = Object.entries(atFirst)
  .flatMap(([part, value]) => pathsOf(value, part))
  .filter((path) => !ofSomething.includes(path));

interface Shown {
  readonly managed?: readonly string[];
  readonly preferences?: Partial<Preferences>;
}

function stateWith({ managed = [], preferences: chosen = {} }: Shown): AppState {
  const identity = { uuid: 'u1', name: 'Acme Agents', inbox: 'acme@raviapp.test', phone: null };
  const { instances: _none, ...remote } = defaultRemoteSettings;
  const policy = { ...defaultProjectPolicy, profile: 'custom', projectId: 'shop', coverage: 'covered', grants: null } as const;
  const channel = { state: 'ready', message: '', used: 0, recipients: [] } as const;
  return {
    ...stateOf({ services: [service('github', 'ok'), service('ravi', 'ok')] }),
    policies: { shop: policy },
    settings: { credentials: { ...defaultCredentialSettings, id: 'credentials' } },
    notifying: {
      notifying: {
        id: 'notifying',
        settings: { ...defaultNotificationSettings, quiet: { ...defaultNotificationSettings.quiet, on: true } },
        mutedUntil: null,
        head: 0,
        presence: { idle: null, locked: null, front: null, sound: null },
        jeanBanners: { on: true, wantedOff: false, ours: false },
      },
    },
    channels: {
      sms: { ...defaultChannels.sms, ...channel, id: 'sms', recipients: [] },
      email: { ...defaultChannels.email, ...channel, id: 'email', recipients: [] },
    },
    remote: {
      remote: { ...remote, id: 'remote', enabled: true, rotation: { every: 'weekly', hour: 4 }, trouble: null },
    },
    ravi: {
      ravi: {
        id: 'ravi',
        state: 'well',
        account: { email: null, identity, address: 'https://api.ravi.id', keys: { management: true, identity: true } },
        identities: [identity],
        address: null,
        last: null,
        limits: [],
        choosing: null,
        signInTrouble: null,
        keepIn: 'ravi',
        moving: null,
      },
    },
    preferences: {
      preferences: {
        ...defaultPreferences,
        ...chosen,
        id: 'preferences',
        managed,
        managedFile: null,
        managedProblem: null,
        fileProblems: [],
        loginLimit: null,
        shortcutTrouble: null,
        folder: '/data',
      },
    },
  };
}

const page = (component: FunctionComponent): string => renderToStaticMarkup(createElement(component));
const tab = (noticeTab: NoticeTab): string => {
  useView.setState({ noticeTab });
  return page(NotificationsPage);
};
const form = (): string => {
  const policy = useFeed.getState().state.policies.shop;
  if (!policy) throw new Error('There is no project.');
  const affected = { worktrees: 0, live: 0 } as never;
  return renderToStaticMarkup(
    createElement(PolicyForm, { name: 'shop', owner: 'acme', policy, affected, onClose: () => undefined }),
  );
};
/** Where each part is set. */
const places: Readonly<Record<SettingsPart, () => string>> = {
  preferences: () => page(SettingsPage),
  trailers: () => page(SettingsPage),
  credentials: () => page(ProjectsPage),
  projects: form,
  notifications: () => tab('rules') + tab('hours') + tab('channels'),
  channels: () => tab('channels'),
  remoteAccess: () => page(RemotePage),
  keepIn: () => page(SettingsPage),
};

/** The page on which a part is set, as it is drawn. */
function drawn(part: SettingsPart, shown: Shown): string {
  useFeed.setState({ phase: 'ready', seq: 1, state: stateWith(shown) }, true);
  return places[part]();
}

const partOf = (path: string): SettingsPart => settingsPart.parse(path.split('.')[0]);
/** How many controls there are for a person to use. */
const usable = (part: SettingsPart, managed: readonly string[]): number => {
  const markup = drawn(part, { managed });
  return markup.split(/<(?:input|select|button)\b/).length - markup.split(' disabled=""').length;
};

describe('every setting', () => {
  it('has a control, which a person can’t use where an organization has set it', () => {
    const free = Object.fromEntries(settingsPart.options.map((part) => [part, usable(part, [])]));
    expect(paths.length).toBeGreaterThan(90);
    expect(paths.filter((path) => usable(partOf(path), [path]) >= (free[partOf(path)] ?? 0))).toEqual([]);
  }, 120_000);

  it('has a part, and each part a way back to its defaults', () => {
    expect(
      Object.values(resets)
        .flatMap(({ parts }) => parts)
        .sort(),
    ).toEqual([...settingsPart.options].sort());
    for (const { title } of Object.values(resets)) expect(drawn('preferences', {})).toContain(`aria-label="${title}"`);
  });
});

/** What another choice looks like on the page, for each preference; the compiler asks for one that is new. */
const others: { readonly [P in keyof Preferences]: Preferences[P] } = {
  theme: 'dark',
  openAtLogin: true,
  windowAtStart: false,
  shortcut: 'Control+Alt+J',
};

describe('every preference', () => {
  it.each(Object.keys(preferences.shape) as (keyof Preferences)[])(
    'shows its default, and what was chosen instead: %s',
    (name) => {
      const [first, then] = [drawn('preferences', {}), drawn('preferences', { preferences: { [name]: others[name] } })];
      expect(then).not.toBe(first);
      expect(drawn('preferences', { preferences: { [name]: defaultPreferences[name] } })).toBe(first);
    },
  );
});

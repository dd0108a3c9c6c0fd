import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultChannels } from '../../../shared/channels.ts';
import { now, project, service, stateOf } from '../../../shared/fixture.ts';
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
import { noticeTabs, useView } from '../../view.ts';
import { NotificationsPage } from '../notifications/notifications-page.tsx';
import { PolicyForm } from '../projects/policy-form.tsx';
import { ProjectsPage } from '../projects/projects-page.tsx';
import { RemotePage } from '../remote-access/remote-page.tsx';
import { resets } from './reset-words.ts';
import { SettingsPage } from './settings-page.tsx';

vi.mock('../../clock.ts', () => ({ useNow: () => now }));
const fromStart = { feed: useFeed.getInitialState, view: useView.getInitialState };
afterEach(() => {
  useFeed.getInitialState = fromStart.feed;
  useView.getInitialState = fromStart.view;
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

/** All pages on which something is set, as they are drawn. */
function drawn(shown: Shown): string {
  const state = stateWith(shown);
  useFeed.getInitialState = () => ({ phase: 'ready', seq: 1, state });
  const policy = state.policies.shop;
  if (!policy) throw new Error('there is no project');
  const form = {
    name: project('shop').name,
    owner: 'acme',
    policy,
    affected: { worktrees: 0, live: 0 },
    onClose: () => undefined,
  };
  const tabs = noticeTabs.map((noticeTab) => {
    useView.getInitialState = () => ({ ...fromStart.view(), noticeTab });
    return renderToStaticMarkup(createElement(NotificationsPage));
  });
  const pages = [SettingsPage, ProjectsPage, RemotePage].map((page) => renderToStaticMarkup(createElement(page)));
  return [...pages, ...tabs, renderToStaticMarkup(createElement(PolicyForm, form as never))].join('\n');
}

const disabled = (markup: string): number => markup.split(' disabled=""').length;

describe('every setting', () => {
  const free = disabled(drawn({}));

  it.each(paths)('has a control, which is read-only where an organization has set it: %s', (path) => {
    expect(disabled(drawn({ managed: [path] }))).toBeGreaterThan(free);
  });

  it('has a part, and each part a way back to its defaults', () => {
    expect(
      Object.values(resets)
        .flatMap(({ parts }) => parts)
        .sort(),
    ).toEqual([...settingsPart.options].sort());
    expect(drawn({}).split('Put back to the defaults').length - 1).toBe(Object.keys(resets).length);
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
      const [first, then] = [drawn({}), drawn({ preferences: { [name]: others[name] } })];
      expect(then).not.toBe(first);
      expect(drawn({ preferences: { [name]: defaultPreferences[name] } })).toBe(first);
    },
  );
});

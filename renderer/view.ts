import { create } from 'zustand';
import { type AuditFilter, auditFilter } from '../shared/audit.ts';
import type { Page } from '../shared/ipc.ts';
import type { AppState } from '../shared/model.ts';
import { type NoticeFilter, noticeFilter } from '../shared/notifications.ts';
import { appOf } from './store.ts';

/** What the person is looking at: all that the page owns. */
export interface View {
  readonly page: Page;
  /** False until a person, main or the first run has settled which page comes first. */
  readonly settled: boolean;
  /** Row of the Sessions page that is open (session id, or worktree id where there is no session). */
  readonly row: string | null;
  /** Row of the Sessions page that has the focus. */
  readonly focused: string | null;
  /** Row to bring into view and focus once it is there; the row clears it. */
  readonly wish: string | null;
  readonly credential: string | null;
  readonly audit: AuditFilter;
  readonly notices: NoticeFilter;
  readonly noticeTab: NoticeTab;
  readonly palette: boolean;
  /** The kill switch waits for the person's word. */
  readonly revokingAll: boolean;
  /** So does the rotation of everything. */
  readonly rotatingAll: boolean;
  /** The question whether everything of the Companion's is to go. */
  readonly leaving: boolean;
  /** Section of the settings to bring into view; the page clears it. */
  readonly section: SettingsSection | null;
  /** Project of the Identities page that is unfolded. */
  readonly identity: string | null;
  /** Grant of the Remote access page that is unfolded. */
  readonly grant: string | null;
  /** A new grant is being made. */
  readonly makingGrant: boolean;
}

/** The parts of the Notifications page. */
export const noticeTabs = ['history', 'rules', 'hours', 'channels', 'try'] as const;
export type NoticeTab = (typeof noticeTabs)[number];

/** The sections of the settings that something leads to. */
export type SettingsSection = 'jean' | 'github' | 'ravi' | 'privacy';

export const everyNotice: NoticeFilter = noticeFilter.parse({});

export const everything: AuditFilter = auditFilter.parse({});

export const useView = create<View>(() => ({
  page: 'sessions',
  settled: false,
  row: null,
  focused: null,
  wish: null,
  credential: null,
  audit: everything,
  notices: everyNotice,
  noticeTab: 'history',
  palette: false,
  revokingAll: false,
  rotatingAll: false,
  leaving: false,
  section: null,
  identity: null,
  grant: null,
  makingGrant: false,
}));

/** Opens a page. */
export const openPage = (page: Page): void => useView.setState({ page, settled: true, palette: false });

/** Opens the Sessions page at a row, unfolds it and gives it the focus. */
export const showRow = (row: string): void =>
  useView.setState({ page: 'sessions', settled: true, palette: false, row, wish: row });

/** Opens the Credentials page at a worktree's credential. */
export const showCredential = (worktreeId: string): void =>
  useView.setState({ page: 'credentials', settled: true, palette: false, credential: worktreeId });

/** Opens the Credentials page with the question whether everything is to be revoked. */
export const askToRevokeAll = (): void =>
  useView.setState({ page: 'credentials', settled: true, palette: false, revokingAll: true });

/** Opens the Credentials page with the question whether everything is to be rotated. */
export const askToRotateAll = (): void =>
  useView.setState({ page: 'credentials', settled: true, palette: false, rotatingAll: true });

/** Opens the settings with the question whether everything of the Companion's is to go. */
export const askToLeave = (): void => useView.setState({ page: 'settings', settled: true, palette: false, leaving: true });

/** Opens the settings at a section. */
export const showSettings = (section: SettingsSection): void =>
  useView.setState({ page: 'settings', settled: true, palette: false, section });

/** Opens the audit log with what concerns one worktree. */
export const showTimeline = (worktreeId: string): void =>
  useView.setState({ page: 'audit', settled: true, palette: false, audit: { ...everything, worktreeId } });

/** Opens a part of the Notifications page. */
export const showNoticeTab = (noticeTab: NoticeTab): void =>
  useView.setState({ page: 'notifications', settled: true, palette: false, noticeTab });

/** Opens the Identities page at a project. */
export const showIdentity = (projectId: string): void =>
  useView.setState({ page: 'identities', settled: true, palette: false, identity: projectId });

/** Opens the Remote access page at a grant. */
export const showGrant = (grant: string): void => useView.setState({ page: 'remote', settled: true, palette: false, grant });

/** Opens the Remote access page with the questions for a new grant. */
export const askForGrant = (): void => useView.setState({ page: 'remote', settled: true, palette: false, makingGrant: true });

/** Opens the audit log with what happened at the doors of remote access. */
export const showDoors = (): void =>
  useView.setState({ page: 'audit', settled: true, palette: false, audit: { ...everything, text: 'remote.' } });

/** Opens the history of notifications with those that reached nobody. */
export const showHeld = (): void =>
  useView.setState({
    page: 'notifications',
    settled: true,
    palette: false,
    noticeTab: 'history',
    notices: { ...everyNotice, show: 'held' },
  });

/** Follows main's wish to show something: a notification or a tray item was clicked. */
export function show(page: Page, id: string | null): void {
  if (id === null) openPage(page);
  else if (page === 'sessions') showRow(id);
  else if (page === 'credentials') showCredential(id);
  else if (page === 'audit') showTimeline(id);
  else if (page === 'remote') showGrant(id);
  else if (page === 'identities') showIdentity(id);
  else openPage(page);
}

/**
 * The page that comes first: the first steps while the first run is not done and something is missing that it can mend;
 * null while that can't be told yet.
 */
export function firstPage(state: AppState): Page | null {
  const app = appOf(state);
  if (!app) return null;
  if (app.firstRunDone || app.mode === 'sandbox') return 'sessions';
  const instances = Object.values(state.instances);
  if (state.services.github?.health === 'absent') return 'first-steps';
  if (instances.length > 0 && instances.every((one) => ['absent', 'offline', 'refused'].includes(one.health)))
    return 'first-steps';
  return state.services.github?.health === 'ok' && instances.some((one) => one.health === 'online') ? 'sessions' : null;
}

import { z } from 'zod';
import { soundSettings } from './sounds.ts';

/** What a person is told of, over what, and what became of it; main decides by it, and the page shows it. Times are epoch ms. */

const ms = z.number().int().nonnegative();
const id = z.string().min(1);

/** What a notice is about. */
export const noticeKind = z.enum([
  'needs-permission',
  'needs-answer',
  'needs-plan-approval',
  'finished',
  'failed',
  'pull-merged',
  'checks-failed',
  'changes-requested',
  'credential-expiring',
  'renewal-failed',
  'credential-refused',
  'orphan-found',
  'remote-access',
  'instance-lost',
]);
export type NoticeKind = z.infer<typeof noticeKind>;

/** Kinds of what waits for the person until they answer. */
export const promptKinds: readonly NoticeKind[] = ['needs-permission', 'needs-answer', 'needs-plan-approval'];

/** What each kind is called, as the rest of "Tell me when". */
export const kindWords: Readonly<Record<NoticeKind, string>> = {
  'needs-permission': 'A session wants a permission',
  'needs-answer': 'A session has a question',
  'needs-plan-approval': 'A session has a plan to approve',
  finished: 'A session finished',
  failed: 'A session failed',
  'pull-merged': 'A pull request was merged',
  'checks-failed': 'Checks of a pull request failed',
  'changes-requested': 'Changes were requested on a pull request',
  'credential-expiring': 'A token ends that only you can renew',
  'renewal-failed': 'A credential could not be made or renewed',
  'credential-refused': 'GitHub refused a credential',
  'orphan-found': 'Something was left behind that may be alive',
  'remote-access': 'Somebody uses or is refused remote access',
  'instance-lost': 'The connection to Jean is lost',
};

/** A way to tell a person. */
export const channelName = z.enum(['native', 'sms', 'email']);
export type ChannelName = z.infer<typeof channelName>;

/**
 * When a channel is used. `unseen`: when the notice was not seen on the desk within the minutes of `escalateMinutes`;
 * a desktop has nothing to wait for, so it has no such rule.
 */
export const when = z.enum(['always', 'away', 'unseen', 'never']);
export type When = z.infer<typeof when>;

export const rule = z.object({
  native: when.exclude(['unseen']),
  sms: when,
  email: when,
  /** Breaks through quiet hours and mute. */
  urgent: z.boolean(),
});
export type Rule = z.infer<typeof rule>;

/** Minutes after midnight, local time. */
const minuteOfDay = z.number().int().min(0).max(1439);

/** Hours in which nothing but what is urgent is told. From later than to: over midnight. From the same as to: the whole day. */
export const quietHours = z.object({
  on: z.boolean(),
  from: minuteOfDay,
  to: minuteOfDay,
  /** Weekdays on which they begin; 0 is Sunday. */
  days: z.array(z.number().int().min(0).max(6)),
});
export type QuietHours = z.infer<typeof quietHours>;

const calm: Rule = { native: 'always', sms: 'never', email: 'never', urgent: false };
const asking: Rule = { native: 'always', sms: 'unseen', email: 'never', urgent: false };
const trouble: Rule = { native: 'always', sms: 'never', email: 'away', urgent: false };

/** What holds until the person says something else. Mail and SMS reach nobody before a recipient is set up. */
const defaultRules: Readonly<Record<NoticeKind, Rule>> = {
  'needs-permission': asking,
  'needs-answer': asking,
  'needs-plan-approval': asking,
  finished: calm,
  failed: trouble,
  'pull-merged': calm,
  'checks-failed': calm,
  'changes-requested': calm,
  'credential-expiring': trouble,
  'renewal-failed': trouble,
  'credential-refused': trouble,
  'orphan-found': trouble,
  'remote-access': { ...asking, urgent: true },
  'instance-lost': calm,
};

const ruleOf = (kind: NoticeKind) => rule.default(defaultRules[kind]);

/** The rule of every kind; one that an older version did not have gets its default. */
const rules = z.object({
  'needs-permission': ruleOf('needs-permission'),
  'needs-answer': ruleOf('needs-answer'),
  'needs-plan-approval': ruleOf('needs-plan-approval'),
  finished: ruleOf('finished'),
  failed: ruleOf('failed'),
  'pull-merged': ruleOf('pull-merged'),
  'checks-failed': ruleOf('checks-failed'),
  'changes-requested': ruleOf('changes-requested'),
  'credential-expiring': ruleOf('credential-expiring'),
  'renewal-failed': ruleOf('renewal-failed'),
  'credential-refused': ruleOf('credential-refused'),
  'orphan-found': ruleOf('orphan-found'),
  'remote-access': ruleOf('remote-access'),
  'instance-lost': ruleOf('instance-lost'),
} satisfies Record<NoticeKind, unknown>);

/** What the person has chosen about being told. */
export const notificationSettings = z.object({
  rules: rules.prefault({}),
  /** Rules of single projects, by project id; a kind that is not in here goes by the rules of all. */
  projects: z.record(z.string(), z.partialRecord(noticeKind, rule)).default({}),
  /** Away is who made no input for so long. */
  awayMinutes: z.number().int().min(1).max(240).default(5),
  /** Away is also who has another window in front than Jean's, where the desktop tells. */
  awayWithoutJean: z.boolean().default(false),
  /** Not seen on the desk within so long: the channels whose rule is `unseen`. */
  escalateMinutes: z.number().int().min(1).max(240).default(10),
  quiet: quietHours.default({ on: false, from: 22 * 60, to: 7 * 60, days: [0, 1, 2, 3, 4, 5, 6] }),
  sounds: soundSettings.prefault({}),
});
export type NotificationSettings = z.output<typeof notificationSettings>;

export const defaultNotificationSettings: NotificationSettings = notificationSettings.parse({});

/** The rule for a kind in a project; `null`: what belongs to no project. */
export const ruleFor = (settings: NotificationSettings, kind: NoticeKind, projectId: string | null): Rule =>
  (projectId === null ? undefined : settings.projects[projectId]?.[kind]) ?? settings.rules[kind];

/** What became of a notice on one channel; `why` is a sentence. */
export const outcome = z.discriminatedUnion('type', [
  z.object({ type: z.literal('sent'), at: ms }),
  z.object({ type: z.literal('held'), why: z.string() }),
  z.object({ type: z.literal('failed'), why: z.string() }),
  /** It left, and nobody knows whether it arrived. */
  z.object({ type: z.literal('maybe'), why: z.string() }),
  z.object({ type: z.literal('waiting'), why: z.string(), nextAt: ms }),
  z.object({ type: z.literal('dropped'), why: z.string() }),
]);
export type Outcome = z.infer<typeof outcome>;

/** The pages to which a notice can lead. */
export const noticePage = z.enum(['sessions', 'credentials', 'projects', 'notifications', 'settings', 'remote']);

/** A notice as the history has it. */
export const noticeEntry = z.object({
  seq: z.number().int().positive(),
  id,
  kind: noticeKind,
  title: z.string(),
  /** Project, worktree and session, and what else there is to say, on one line. */
  body: z.string(),
  projectId: z.string().nullable(),
  worktreeId: z.string().nullable(),
  target: z.object({ page: noticePage, id: z.string().nullable() }),
  at: ms,
  urgent: z.boolean(),
  /** It was one of a burst; the words that were shown for all. */
  digest: z.string().nullable(),
  seenAt: ms.nullable(),
  /** What it was about is over: answered, or no longer so. */
  overAt: ms.nullable(),
  outcomes: z.array(z.object({ channel: channelName, outcome })),
});
export type NoticeEntry = z.infer<typeof noticeEntry>;

export const noticeFilter = z.object({
  /** `held`: those that reached the person over no channel. `failed`: those that a channel could not tell, or may not have. */
  show: z.enum(['all', 'told', 'held', 'failed']).default('all'),
  kind: noticeKind.nullable().default(null),
  projectId: z.string().nullable().default(null),
});
export type NoticeFilter = z.infer<typeof noticeFilter>;

/** What the page knows of notifications beside their history. */
export const notifyingView = z.object({
  id: z.literal('notifying'),
  settings: notificationSettings,
  /** Only what is urgent is told until then; null when nothing is muted. */
  mutedUntil: ms.nullable(),
  /** Grows with every change of the history. */
  head: z.number().int().nonnegative(),
  /** What this desktop can tell of the person; a sentence where it can't. */
  presence: z.object({
    idle: z.string().nullable(),
    locked: z.string().nullable(),
    front: z.string().nullable(),
    sound: z.string().nullable(),
  }),
  /** Jean's own banners: null while Jean has not said. `ours`: we turned them off and turn them on again. */
  jeanBanners: z.object({ on: z.boolean().nullable(), wantedOff: z.boolean(), ours: z.boolean() }),
});
export type NotifyingView = z.infer<typeof notifyingView>;

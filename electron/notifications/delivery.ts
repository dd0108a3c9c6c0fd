import { type RemoteChannel, remoteChannelWords } from '../../shared/channels.ts';
import type { Outcome } from '../../shared/notifications.ts';

/** Why a channel can do nothing without an account. */
export const notSignedIn = (channel: RemoteChannel): string =>
  `${remoteChannelWords[channel]} needs Ravi, and you are not signed in there.`;

/** What the person has set for a channel. */
export interface ChannelTerms {
  /** Who sends; null when nobody is signed in to Ravi. */
  readonly identity: string | null;
  /** Verified ones. */
  readonly recipients: readonly string[];
  /** Messages a day at most. */
  readonly budget: number;
  /** What an agent wrote may leave the machine. */
  readonly detail: boolean;
}

/** What a channel needs of a notice; a `Notice` is one. */
export interface Telling {
  /** The same for the same cause. */
  readonly id: string;
  readonly kind: string;
  /** The subject. */
  readonly title: string;
  /** Project, worktree and session in plain words. No command, code or prompt text: it may leave the machine. */
  readonly line: string;
  /**
   * What an agent, Jean or GitHub said: a command, a question, an error. It leaves the machine only where the person allowed it, save that
   * a mail carries the first lines of an error.
   */
  readonly detail: string | null;
  /** A web address to open, such as a pull request's. */
  readonly link?: string | null;
  /** Neither a mute nor quiet hours keep it from leaving. */
  readonly urgent?: boolean;
}

/** Why nothing that is not urgent leaves now, and until when (epoch ms). */
export interface Rest {
  readonly why: string;
  readonly until: number;
}

/** When a submitted notice may leave, and until when it is worth anything (epoch ms). */
export interface Terms {
  readonly notBefore?: number;
  readonly worthUntil: number;
}

/** A notice's outcome on a channel, as it changed; also the one that `submit` answers. */
export interface DeliveryChange {
  readonly noticeId: string;
  readonly channel: RemoteChannel;
  readonly outcome: Outcome;
}

/**
 * Carries notices over the channels that lead away, durably. When one ends as `held` or `failed`, the outbox itself submits it to the next
 * channel: SMS to mail, mail to SMS, and then the desktop (`OutboxOptions.onNowhere`). Each letter that ends is in the audit log.
 */
export interface Post {
  /** Resolves after the first try, or with `waiting`. Never rejects. The same notice twice on one channel answers what became of the first. */
  submit(telling: Telling, channel: RemoteChannel, terms: Terms): Promise<Outcome>;
  /** What became of a notice on a channel until now; null when it was never submitted there. */
  outcome(noticeId: string, channel: RemoteChannel): Outcome | null;
  /** What has not left yet needs not leave: resolved, or seen at the desk. */
  cancel(noticeId: string): void;
  /** Mute or quiet hours are others than before. */
  reconsider(): void;
  /** Answers what ends it. */
  onChange(listener: (change: DeliveryChange) => void): () => void;
}

import { durationWords } from '../../../shared/format.ts';
import type { ChannelName, NoticeEntry, Outcome } from '../../../shared/notifications.ts';
import type { Shape } from '../../ui/status-shape.tsx';

export const channelNames: Readonly<Record<ChannelName, string>> = {
  native: 'Desktop',
  sms: 'Text message',
  email: 'E-mail',
};

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** What became of a notice on one channel, in a sentence. */
export function outcomeWords(outcome: Outcome, now: number): string {
  switch (outcome.type) {
    case 'sent':
      return `Told at ${timeOfDay.format(outcome.at)}.`;
    case 'held':
      return `Held: ${outcome.why}`;
    case 'failed':
      return `Failed: ${outcome.why}`;
    case 'maybe':
      return `Perhaps sent: ${outcome.why}`;
    case 'waiting': {
      const when = outcome.nextAt > now ? `Goes in ${durationWords(outcome.nextAt - now)}` : 'Is on its way';
      return `${when}: ${outcome.why}`;
    }
    case 'dropped':
      return `Not sent: ${outcome.why}`;
    default:
      return outcome satisfies never;
  }
}

/** What became of a notice in all: its sign, and in few words who was reached or why nobody was. */
export function summary(
  { outcomes }: Pick<NoticeEntry, 'outcomes'>,
  now: number,
): { readonly shape: Shape; readonly words: string } {
  const names = (...types: Outcome['type'][]): string =>
    outcomes
      .filter(({ outcome }) => types.includes(outcome.type))
      .map(({ channel }) => channelNames[channel])
      .join(', ');
  const trouble = outcomes.find(({ outcome }) => outcome.type === 'failed' || outcome.type === 'maybe');
  if (trouble) return { shape: 'failed', words: `${channelNames[trouble.channel]}: ${outcomeWords(trouble.outcome, now)}` };
  const told = names('sent');
  if (told !== '') return { shape: 'finished', words: told };
  const waiting = outcomes.find(({ outcome }) => outcome.type === 'waiting');
  if (waiting) return { shape: 'running', words: `${channelNames[waiting.channel]}: ${outcomeWords(waiting.outcome, now)}` };
  const held = outcomes.find(({ outcome }) => outcome.type === 'held' || outcome.type === 'dropped');
  return { shape: 'offline', words: held && 'why' in held.outcome ? held.outcome.why : 'Not told.' };
}

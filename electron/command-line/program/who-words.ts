import type { Attribution, CredentialFate, Origin } from '../../../shared/attribution.ts';
import { agoWords, durationWords } from '../../../shared/format.ts';
import { plainLine } from '../../base/plain-line.ts';
import { timeText } from './words.ts';

const longestText = 200;
const plain = (text: string): string => plainLine(text, longestText);

/** The answer to "who was that?" in sentences, a paragraph for each worktree. `now`: epoch ms. */
export function whoText({ name, title, sentence, author, origins }: Attribution, now: number): string {
  const heading = plain(title === null ? name : `${name} ${title}`);
  const by = author === null ? [] : [`By ${plain(author)}.`];
  const answer = [heading, plainLine(sentence, 1_000), ...by];
  return [answer, ...origins.map((from) => originLines(from, now))].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function originLines(from: Origin, now: number): readonly string[] {
  return [pushWords(from, now), sessionsWords(from), ...credentialLines(from.credential, now)];
}

function pushWords({ subject, push }: Origin, now: number): string {
  if (push === null) return `Nothing of it was seen going out of ${plain(subject)} yet.`;
  const commits = push.commits === 1 ? '1 commit' : `${push.commits} commits`;
  return `${plain(subject)} pushed ${commits} to ${plain(push.branch)} ${when(push.at, now)}.`;
}

/** Those of a push are the ones of then; without one, the ones of now. */
function sessionsWords({ push, sessions }: Origin): string {
  const [one, many] = push === null ? ['is', 'are'] : ['was', 'were'];
  if (sessions.length === 0) return `No session ${one} at work there.`;
  const names = sessions.map(({ name, model }) => plain(model === null ? name : `${name} (${model})`));
  const verb = names.length === 1 ? one : many;
  return `${names.length === 1 ? 'Session' : 'Sessions'} ${names.join(', ')} ${verb} at work there.`;
}

function credentialLines(credential: CredentialFate | null, now: number): readonly string[] {
  if (credential === null) return ['It has no credential yet.'];
  const { fingerprint, issuedAt, lastUsedAt } = credential;
  const issued = issuedAt === null ? 'issued at a time that is not known' : `issued ${when(issuedAt, now)}`;
  const used = lastUsedAt === null ? 'not known to have been used' : `last used ${when(lastUsedAt, now)}`;
  return [`Credential ${plain(fingerprint)}: ${issued}, ${used}.`, lifeWords(credential, now)];
}

function lifeWords({ ended, expiresAt }: CredentialFate, now: number): string {
  if (ended !== null) return `It ${ended.how === 'revoked' ? 'was revoked' : 'expired'} ${when(ended.at, now)}.`;
  if (expiresAt === null) return 'It is in force.';
  return expiresAt <= now ? `It expired ${when(expiresAt, now)}.` : `It is in force, ${durationWords(expiresAt - now)} left.`;
}

const when = (at: number, now: number): string => `${agoWords(at, now)} (${timeText(at)})`;

import { useState } from 'react';
import {
  type ChannelName,
  channelName,
  kindWords,
  type NoticeKind,
  type NotificationSettings,
  noticeKind,
  type Rule,
  ruleFor,
  type When,
  when,
} from '../../../shared/notifications.ts';
import { useFeed } from '../../store.ts';
import { Button } from '../../ui/button.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import type { Choices } from './choices.ts';
import { channelNames } from './outcome-words.ts';

/** The settings with one rule changed; `null`: the kind goes by the rules of all projects again. */
export function withRule(
  settings: NotificationSettings,
  projectId: string | null,
  kind: NoticeKind,
  rule: Rule | null,
): NotificationSettings {
  if (projectId === null) return rule === null ? settings : { ...settings, rules: { ...settings.rules, [kind]: rule } };
  const { [kind]: _before, ...others } = settings.projects[projectId] ?? {};
  const own = rule === null ? others : { ...others, [kind]: rule };
  const { [projectId]: _project, ...rest } = settings.projects;
  return { ...settings, projects: Object.keys(own).length === 0 ? rest : { ...rest, [projectId]: own } };
}

const whenWords = (one: When, minutes: number): string => {
  switch (one) {
    case 'always':
      return 'always';
    case 'away':
      return 'when I’m away';
    case 'unseen':
      return `if not seen in ${minutes} min`;
    case 'never':
      return 'never';
    default:
      return one satisfies never;
  }
};

const whensOf = (channel: ChannelName): readonly When[] =>
  channel === 'native' ? when.options.filter((one) => one !== 'unseen') : when.options;

/** What of each kind is told over which channel, and when: for all projects, or for one. */
export function Rules({ settings, choose }: Choices) {
  const projects = useFeed((feed) => feed.state.projects);
  const [projectId, setProject] = useState<string | null>(null);
  const isLocked = useLocked();
  const locked = (kind: NoticeKind, what: keyof Rule): boolean =>
    isLocked(`notifications.${projectId === null ? 'rules' : `projects.${projectId}`}.${kind}.${what}`);
  const own = projectId === null ? {} : (settings.projects[projectId] ?? {});
  const save = (kind: NoticeKind, rule: Rule | null): void => choose(withRule(settings, projectId, kind, rule));
  const known = new Map(Object.values(projects).map(({ id, name }) => [id, name]));
  for (const id of Object.keys(settings.projects)) if (!known.has(id)) known.set(id, 'A project that is gone');
  return (
    <section className="told-part" aria-labelledby="rules-heading">
      <div className="part-head">
        <h2 id="rules-heading">What is told, and when</h2>
        <select
          className="field"
          aria-label="Rules of"
          value={projectId ?? ''}
          onChange={(event) => setProject(event.target.value || null)}
        >
          <option value="">All projects</option>
          {[...known].map(([id, name]) => {
            const count = Object.keys(settings.projects[id] ?? {}).length;
            return (
              <option key={id} value={id}>
                {count === 0 ? name : `${name} (${count} of its own)`}
              </option>
            );
          })}
        </select>
      </div>
      <ManagedLine paths={['notifications.rules', 'notifications.projects']} />
      <div className="rules-frame">
        <table className="rules">
          <thead>
            <tr>
              <th scope="col">Tell me when</th>
              {channelName.options.map((channel) => (
                <th key={channel} scope="col">
                  {channelNames[channel]}
                </th>
              ))}
              <th scope="col" title="Breaks through quiet hours and mute">
                Urgent
              </th>
              {projectId !== null && (
                <th scope="col">
                  <span className="unseen">As for all</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {noticeKind.options.map((kind) => {
              const rule = ruleFor(settings, kind, projectId);
              return (
                <tr key={kind} className={kind in own ? 'rules-own' : undefined}>
                  <th scope="row">{kindWords[kind]}</th>
                  {channelName.options.map((channel) => (
                    <td key={channel}>
                      <select
                        className={rule[channel] === 'never' ? 'field rules-never' : 'field'}
                        aria-label={`${channelNames[channel]}: ${kindWords[kind]}`}
                        value={rule[channel]}
                        disabled={locked(kind, channel)}
                        onChange={(event) => save(kind, { ...rule, [channel]: event.target.value })}
                      >
                        {whensOf(channel).map((one) => (
                          <option key={one} value={one}>
                            {whenWords(one, settings.escalateMinutes)}
                          </option>
                        ))}
                      </select>
                    </td>
                  ))}
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Urgent: ${kindWords[kind]}`}
                      checked={rule.urgent}
                      disabled={locked(kind, 'urgent')}
                      onChange={(event) => save(kind, { ...rule, urgent: event.target.checked })}
                    />
                  </td>
                  {projectId !== null && (
                    <td>
                      {kind in own && (
                        <Button
                          look="quiet"
                          aria-label={`As for all projects: ${kindWords[kind]}`}
                          onClick={() => save(kind, null)}
                        >
                          As for all
                        </Button>
                      )}
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="quiet">
        Urgent breaks through quiet hours and mute. You are not told of what you look at or did yourself, and a burst comes as
        one.
      </p>
    </section>
  );
}

import { type FormEvent, useState } from 'react';
import type { PolicyView } from '../../../shared/model.ts';
import {
  type Permissions,
  type Profile,
  type ProjectPolicy,
  permissionsOf,
  profile,
  profileWords,
  projectPolicy,
  type SourceKind,
  sourceKind,
} from '../../../shared/policy.ts';
import { say, useRequest } from '../../actions.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ManagedLine, useLocked } from '../settings/managed.tsx';
import { type Affected, consequences } from './consequences.ts';
import { CustomPermissions } from './custom-permissions.tsx';
import { sourceNames, sourceSentences } from './source-words.ts';

const profileSentences: Readonly<Record<Profile, string>> = {
  read: 'Fetch code, read pull requests and issues; change nothing.',
  contribute: 'Push branches, open and change pull requests and issues, see checks.',
  'contribute-workflows': 'As contribute, and push changes of workflow files, which run with the repository’s own secrets.',
  custom: 'What you choose.',
};

const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');

const policyOf = ({ enabled, source, profile: chosen, custom, extraRepositories }: PolicyView): ProjectPolicy => ({
  enabled,
  source,
  profile: chosen,
  custom,
  extraRepositories,
});

interface PolicyFormProps {
  readonly name: string;
  readonly owner: string;
  readonly policy: PolicyView;
  readonly affected: Affected;
  readonly onClose: () => void;
}

/** What a project's worktrees get; nothing happens before it is saved, and what will is said beside the button. */
export function PolicyForm({ name, owner, policy, affected, onClose }: PolicyFormProps) {
  const before = policyOf(policy);
  const [enabled, setEnabled] = useState(before.enabled);
  const [source, setSource] = useState<SourceKind>(before.source);
  const [chosen, setChosen] = useState<Profile>(before.profile);
  const [custom, setCustom] = useState<Permissions>(before.custom);
  const [extra, setExtra] = useState(before.extraRepositories.join(', '));
  const [saving, save] = useRequest('projects.policy');
  const isLocked = useLocked();
  const locked = (what: keyof ProjectPolicy): boolean => isLocked(`projects.${policy.projectId}.${what}`);

  const after: ProjectPolicy = {
    enabled,
    source,
    profile: chosen,
    custom: { ...custom },
    extraRepositories: namesIn(extra),
  };
  /** What is chosen by hand begins with what was chosen before, so that nothing is lost without being seen. */
  const choose = (option: Profile): void => {
    if (option === 'custom' && Object.keys(custom).length === 0) {
      const { metadata: _always, ...others } = permissionsOf({ profile: chosen, custom });
      setCustom(others);
    }
    setChosen(option);
  };
  const checked = projectPolicy.safeParse(after);
  const wrong = checked.success ? null : (checked.error.issues[0]?.message ?? 'That can’t be read.');
  const told = wrong === null ? consequences(before, after, affected) : [];

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (wrong !== null) return;
    const answer = await save({ projectId: policy.projectId, policy: after });
    if (!answer?.ok) return;
    say('done', `${name}: saved.`);
    onClose();
  };

  return (
    <form className="policy-form" onSubmit={(event) => void submit(event)}>
      <ManagedLine paths={[`projects.${policy.projectId}`]} />
      <label className="choice">
        <input
          type="checkbox"
          checked={enabled}
          disabled={locked('enabled')}
          onChange={(event) => setEnabled(event.target.checked)}
        />
        <span>Give its worktrees credentials</span>
      </label>
      {enabled && (
        <fieldset className="choices" disabled={locked('source')}>
          <legend>They come from</legend>
          {sourceKind.options.map((option) => (
            <label key={option} className="choice">
              <input
                type="radio"
                name={`source-${policy.projectId}`}
                aria-label={sourceNames[option]}
                checked={source === option}
                onChange={() => setSource(option)}
              />
              <span>
                {sourceNames[option]}
                <span className="choice-hint">{sourceSentences[option]}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {enabled && source === 'app' && (
        <>
          <fieldset className="choices" disabled={locked('profile')}>
            <legend>They may</legend>
            {profile.options.map((option) => (
              <label key={option} className="choice">
                <input
                  type="radio"
                  name={`profile-${policy.projectId}`}
                  aria-label={profileWords[option]}
                  checked={chosen === option}
                  onChange={() => choose(option)}
                />
                <span>
                  {profileWords[option]}
                  <span className="choice-hint">{profileSentences[option]}</span>
                </span>
              </label>
            ))}
          </fieldset>
          {chosen === 'custom' && (
            <fieldset className="choices" disabled={locked('custom')}>
              <CustomPermissions custom={custom} onChange={setCustom} />
            </fieldset>
          )}
          <Field
            label={`Further repositories of ${owner}`}
            placeholder="api, docs"
            hint="By name. Every credential of this project reaches these too."
            value={extra}
            disabled={locked('extraRepositories')}
            wrong={wrong}
            onText={setExtra}
          />
        </>
      )}
      <div className="policy-told" role="status">
        {told.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      <div className="policy-actions">
        <Button submit look="primary" busy={saving} disabled={told.length === 0}>
          Save
        </Button>
        <Button look="quiet" onClick={onClose}>
          Close
        </Button>
      </div>
    </form>
  );
}

import { useState } from 'react';
import { agoWords, credentialWords, durationWords } from '../../../shared/format.ts';
import type { AppState, CredentialView } from '../../../shared/model.ts';
import { useRequest } from '../../actions.ts';
import { useNow } from '../../clock.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Facts } from '../../ui/facts.tsx';
import { StatusShape } from '../../ui/status-shape.tsx';
import { TimeRing } from '../../ui/time-ring.tsx';
import { NextStep, ProvisionButton } from './buttons.tsx';
import { GitPart } from './git-part.tsx';
import { isRevocable, lifeOf, shapeOf } from './life.ts';
import { permissionWords } from './permission-words.ts';
import { Pushes } from './pushes.tsx';
import { Reason } from './reason.tsx';
import { sharers } from './sharers.ts';
import { Timeline } from './timeline.tsx';

const vaults: Readonly<Record<CredentialView['vault'], string>> = {
  ravi: 'Ravi vault',
  local: 'Encrypted on this machine',
  memory: 'In memory, gone when the app quits',
};

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

function Time({ at, words }: { readonly at: number; readonly words: string }) {
  return (
    <>
      {words} <span className="quiet">· {exact.format(at)}</span>
    </>
  );
}

/** "in 46 min (…)": goes down by seconds in the last two minutes. */
function Countdown({ at, now }: { readonly at: number; readonly now: number }) {
  return <Time at={at} words={at > now ? `in ${durationWords(at - now)}` : agoWords(at, now)} />;
}

function Revoke({ credential, onClose }: { readonly credential: CredentialView; readonly onClose: () => void }) {
  const [busy, revoke] = useRequest('credentials.revoke');
  const name = credential.worktreeName;
  const confirm = async () => {
    await revoke({ worktreeId: credential.worktreeId });
    onClose();
  };
  return (
    <Confirm
      title={`Revoke the credential of ${name}`}
      says={[
        `git in ${name} stops working until you make a new credential.`,
        ...(credential.source === 'shared' ? ['The shared token itself lives on; only its owner can revoke it at GitHub.'] : []),
        ...(credential.source === 'user' ? ['Your sign-in itself lives on until you sign out under Projects.'] : []),
      ]}
      keep="Keep it"
      yes="Revoke"
      busy={busy}
      onYes={() => void confirm()}
      onClose={onClose}
    />
  );
}

function Sign({ credential, now }: { readonly credential: CredentialView; readonly now: number }) {
  const shape = shapeOf(credential);
  const life = lifeOf(credential, now);
  if (shape !== null) return <StatusShape shape={shape} />;
  return life && <TimeRing {...life} />;
}

/** One credential with all that may be shown of it. */
export function CredentialDetail({ credential, state }: { readonly credential: CredentialView; readonly state: AppState }) {
  const [asking, setAsking] = useState(false);
  const { worktreeId, worktreeName: name, issuedAt, expiresAt, renewAt, lastUsedAt, holder } = credential;
  const now = useNow(issuedAt, expiresAt, renewAt, lastUsedAt);
  const ended = credential.state === 'revoked';
  const worktree = state.worktrees[worktreeId];
  const here = worktree !== undefined;
  const permissions = Object.entries(credential.permissions);
  return (
    <article className="card" aria-label={`Credential of ${name}`}>
      <header className="detail-head">
        <div className="detail-title">
          <h2>{name}</h2>
          <p className={`life figures life-${credential.state}`}>
            <Sign credential={credential} now={now} />
            <span>{credentialWords(credential, now)}</span>
          </p>
        </div>
        {ended ? (
          here && <ProvisionButton worktreeId={worktreeId} name={name} words="Make a credential" />
        ) : (
          <NextStep credential={credential} name={name} />
        )}
        {isRevocable(credential, now) && (
          <Button look="danger" aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
            Revoke
          </Button>
        )}
      </header>
      <Reason credential={credential} />
      <Facts
        facts={[
          [
            'Holder',
            holder === null ? (
              'not known yet'
            ) : (
              <span key="holder" className="with-sign">
                <Avatar login={holder} /> {holder}
              </span>
            ),
          ],
          ['Repository', credential.repository],
          ['Shared', credential.shared ? sharers(credential, state.credentials) : null],
          [
            'May',
            permissions.length === 0 ? (
              'not known yet'
            ) : (
              <ul key="may">
                {permissions.map(([what, level]) => (
                  <li key={what}>{permissionWords(what, level)}</li>
                ))}
              </ul>
            ),
          ],
          [ended ? 'Was kept in' : 'Kept in', vaults[credential.vault]],
          [
            'Under the name',
            <span key="key" className="with-copy">
              <code>{credential.vaultKey}</code>
              <CopyButton text={credential.vaultKey} what="the name" />
            </span>,
          ],
          ['Issued', issuedAt === null ? 'not yet' : <Time key="issued" at={issuedAt} words={agoWords(issuedAt, now)} />],
          [
            ended || (expiresAt !== null && expiresAt <= now) ? 'Expired' : 'Expires',
            expiresAt === null || ended ? null : <Countdown key="expires" at={expiresAt} now={now} />,
          ],
          [
            'Renews',
            renewAt === null || credential.state !== 'active' ? null : <Countdown key="renews" at={renewAt} now={now} />,
          ],
          [
            'Last used',
            lastUsedAt === null ? 'never used' : <Time key="used" at={lastUsedAt} words={agoWords(lastUsedAt, now)} />,
          ],
          ['Fingerprint', credential.fingerprint === null ? null : <code key="fp">{credential.fingerprint}</code>],
        ]}
      />
      <GitPart credential={credential} path={worktree?.path ?? null} webUrl={state.services.github?.facts.Address ?? null} />
      <Pushes worktreeId={worktreeId} name={name} />
      <Timeline worktreeId={worktreeId} name={name} />
      <footer className="detail-foot">
        <p className="quiet">Its value is never shown: the Companion hands it to git alone.</p>
      </footer>
      {asking && <Revoke credential={credential} onClose={() => setAsking(false)} />}
    </article>
  );
}

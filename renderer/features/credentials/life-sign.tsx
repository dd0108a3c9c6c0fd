import { credentialWords } from '../../../shared/format.ts';
import type { CredentialView } from '../../../shared/model.ts';
import { useNow } from '../../clock.ts';
import { StatusShape } from '../../ui/status-shape.tsx';
import { TimeRing } from '../../ui/time-ring.tsx';
import { lifeOf, shapeOf } from './life.ts';

/** A credential's state as ring or shape, beside its words. */
export function LifeSign({ credential }: { readonly credential: CredentialView }) {
  const now = useNow(credential.expiresAt, credential.renewAt);
  const life = lifeOf(credential, now);
  const shape = shapeOf(credential);
  return (
    <span className={`life figures life-${credential.state}`}>
      {shape === null ? life && <TimeRing {...life} /> : credential.state !== 'revoked' && <StatusShape shape={shape} />}
      <span className="cut">{credentialWords(credential, now)}</span>
    </span>
  );
}

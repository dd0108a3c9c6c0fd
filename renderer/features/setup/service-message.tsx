import { durationWords } from '../../../shared/format.ts';
import type { ServiceView } from '../../../shared/model.ts';
import { useNow } from '../../clock.ts';

/** How a service is, in its own words; and when the Companion asks it again by itself. */
export function ServiceMessage({ service }: { readonly service: ServiceView | undefined }) {
  const retryAt = service?.retryAt ?? null;
  const now = useNow(retryAt);
  if (!service?.message) return null;
  return (
    <p>
      {service.message}
      {retryAt !== null &&
        (retryAt > now ? ` The Companion asks again in ${durationWords(retryAt - now)}.` : ' The Companion is asking again.')}
    </p>
  );
}

import { z } from 'zod';

/** What a request sends or gets that has nothing to say. */
export const nothing = z
  .undefined()
  .or(z.null())
  .transform(() => undefined);

import { z } from 'zod';

// The page's policy forbids eval. zod asks whether it may compile when a schema is made, so this must be imported before any schema.
z.config({ jitless: true });

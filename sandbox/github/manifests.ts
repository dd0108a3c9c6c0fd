import { z } from 'zod';
import type { SandboxClock } from '../clock.ts';
import type { App, Apps } from './apps.ts';
import { randomLetters } from './format.ts';

const CODE_LIFE = 3_600_000;

const Manifest = z.object({
  name: z.string().min(1, '"name" wasn\'t supplied'),
  url: z.url('"url" wasn\'t supplied'),
  redirect_url: z.url().optional(),
  public: z.boolean().default(false),
  default_permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).default({}),
  default_events: z.array(z.string()).default([]),
  // Without its url GitHub complains about "url" as such, also when the hook is off (contract github §3.1).
  hook_attributes: z.object({ url: z.url('"url" wasn\'t supplied'), active: z.boolean().optional() }).optional(),
});

/** An app manifest that was read. */
export type AppManifest = z.infer<typeof Manifest>;

/** A manifest, or what GitHub's page says is wrong with it. */
export type ReadManifest =
  | { readonly kind: 'manifest'; readonly manifest: AppManifest }
  | { readonly kind: 'wrong'; readonly why: string };

/** Reads the form field `manifest`. */
export function readManifest(text: string): ReadManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'wrong', why: 'Invalid GitHub App configuration: the manifest is not JSON' };
  }
  const read = Manifest.safeParse(json);
  if (read.success) return { kind: 'manifest', manifest: read.data };
  const hook = typeof json === 'object' && json !== null && 'hook_attributes' in json ? json.hook_attributes : undefined;
  if (JSON.stringify(hook)?.includes('localhost'))
    return { kind: 'wrong', why: 'Webhook URL is not reachable over the public Internet' };
  const issue = read.error.issues[0];
  const why = issue?.code === 'invalid_type' ? `"${String(issue.path.at(-1))}" wasn't supplied` : issue?.message;
  return { kind: 'wrong', why: `Invalid GitHub App configuration: ${why ?? 'unknown'}` };
}

/** Apps that were made from a manifest and whose key has not been fetched yet. */
export class Manifests {
  /** Whether the page approves by itself, as if the person clicked at once. */
  autoApprove = false;
  readonly #clock: SandboxClock;
  readonly #apps: Apps;
  readonly #codes = new Map<string, { readonly app: App; readonly expiresAt: number }>();

  constructor(clock: SandboxClock, apps: Apps) {
    this.#clock = clock;
    this.#apps = apps;
  }

  /** Makes the app and the code that its key can be fetched with, once and within an hour. @throws when the name is taken. */
  async approve(manifest: AppManifest, owner: string): Promise<{ readonly app: App; readonly code: string }> {
    const app = await this.#apps.create({
      slug: slugOf(manifest.name),
      name: manifest.name,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
      owner,
      public: manifest.public,
      externalUrl: manifest.url,
      // A manifest can't switch it on; the person does that in the settings afterwards.
      deviceFlow: false,
    });
    const code = randomLetters(40).toLowerCase();
    this.#codes.set(code, { app, expiresAt: this.#clock.now() + CODE_LIFE });
    return { app, code };
  }

  /** The app of a code, which is used up by this; undefined when it is unknown, used or too old. */
  convert(code: string): App | undefined {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found !== undefined && found.expiresAt > this.#clock.now() ? found.app : undefined;
  }
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { dial, type Target } from './wire.ts';

/** How to get it where it is missing; a benchmark installs nothing. */
export const howToGetNginx = 'nginx is not here: install it with `apt-get install nginx-light` to have that comparison too';

/** Debian's nginx doing the same work without asking anybody: one worker, as the gateway is one process; Jean's token put in, no log. */
export async function startNginx(folder: string, jean: Target): Promise<{ readonly port: number; stop(): Promise<void> } | null> {
  const port = await freePort();
  const dir = join(folder, 'nginx');
  await mkdir(dir);
  const config = join(dir, 'nginx.conf');
  await writeFile(config, configuration(dir, port, jean), { mode: 0o600 });
  const child = spawn('nginx', ['-p', dir, '-c', config, '-e', join(dir, 'error.log')], { stdio: 'ignore' });
  const begun = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]);
  if (!begun) return null;
  await listening(child, port);
  return {
    port,
    async stop() {
      if (child.exitCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

const configuration = (dir: string, port: number, jean: Target): string => `
daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  keepalive_requests 1000000;
  tcp_nodelay on;
  upstream jean { server 127.0.0.1:${jean.port}; keepalive 256; keepalive_requests 1000000; }
  map $http_upgrade $connection_out { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://jean;
      proxy_http_version 1.1;
      proxy_set_header Authorization "Bearer ${jean.token}";
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_out;
      proxy_read_timeout 600s;
    }
  }
}
`;

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`);
    const wire = await dial(port).catch(() => null);
    wire?.destroy();
    if (wire !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not listen.');
}

// Starts the real server on a throw-away database with the demo data, for one run of the suite.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface SignIn {
  email: string;
  password: string;
}

export interface RunningServer {
  url: string;
  /** What `docslot seed --demo` printed: the sign-ins of the demo. */
  seeded: string;
  /** Where its messages are, one file each. */
  mail: string;
  /** Runs another command of the program on the same database; what it prints. */
  run(...words: string[]): string;
  stop(): Promise<void>;
}

const clone = resolve(import.meta.dirname, '../..');
const artefacts = resolve(import.meta.dirname, '../artefacts');

/**
 * Builds nothing: `DOCSLOT_BIN` names the server, `LEPTOS_SITE_ROOT` the browser's files (default target/site). With a
 * path, such as `/booking`, the website stands below it; with a name of this machine it has that and not its number.
 */
export async function startServer(path = '', host = '127.0.0.1'): Promise<RunningServer> {
  const program = resolve(process.env.DOCSLOT_BIN ?? join(clone, 'target/end2end/docslot'));
  if (!existsSync(program)) {
    throw new Error(`${program} is missing: use \`make e2e\`, which builds it`);
  }

  const folder = mkdtempSync(join(tmpdir(), 'docslot-end2end-'));
  mkdirSync(artefacts, { recursive: true });
  const name = host === '127.0.0.1' ? path.replaceAll('/', '-') : `-${host}`;
  const logFile = join(artefacts, `server${name}.log`);
  const port = await freePort();
  const url = `http://${host}:${port}`;
  const mail = join(folder, 'mail');
  const settings = {
    cwd: folder,
    env: {
      ...process.env,
      DATABASE_URL: `sqlite://${join(folder, 'docslot.db')}`,
      DOCSLOT_CONFIG: join(clone, 'Leptos.toml'),
      DOCSLOT_SERVER_ADDRESS: `127.0.0.1:${port}`,
      DOCSLOT_SERVER_PUBLIC_URL: url + path,
      // every spec comes from one address
      DOCSLOT_LIMITS_HOLDS: '0',
      DOCSLOT_LIMITS_REGISTRATIONS: '0',
      DOCSLOT_LIMITS_PASSWORD_RESETS: '0',
      DOCSLOT_MAIL_TRANSPORT: 'file',
      DOCSLOT_MAIL_FOLDER: mail,
      LEPTOS_SITE_ROOT: resolve(process.env.LEPTOS_SITE_ROOT ?? join(clone, 'target/site')),
    },
  };

  const run = (...words: string[]) => {
    const done = spawnSync(program, words, { ...settings, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`docslot ${words.join(' ')} failed:\n${done.stdout}${done.stderr}`);
    return done.stdout;
  };
  let seeded: string;
  try {
    seeded = run('seed', '--demo');
  } catch (problem) {
    rmSync(folder, { recursive: true, force: true });
    throw problem;
  }

  const log = openSync(logFile, 'w');
  const server = spawn(program, ['serve'], { ...settings, stdio: ['ignore', log, log] });
  const stop = async () => {
    await end(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(`${url}/readyz`, server);
  } catch (problem) {
    await stop();
    throw new Error(`${problem} (its log: ${logFile})`);
  }
  return { url: url + path, seeded, mail, run, stop };
}

/** The sign-in that was printed for a role: the line "ROLE EMAIL PASSWORD". */
export function signInFor(role: string, seeded: string): SignIn {
  for (const line of seeded.split('\n')) {
    const [name, email, password] = line.trim().split(/\s+/);
    if (name === role && email?.includes('@')) return { email, password };
  }
  throw new Error(`docslot seed --demo printed no sign-in for the role ${role}`);
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found((address as { port: number }).port));
    });
  });
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`the server ended with code ${server.exitCode}`);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`the server did not answer at ${url} within 30 seconds`);
}

/** Asks the server to stop, as an operator would; a server that does not is a failure, and is killed. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  server.kill('SIGTERM');
  const stuck = setTimeout(() => server.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(stuck);
  if (server.signalCode === 'SIGKILL') throw new Error('the server did not stop within 15 seconds of SIGTERM');
}

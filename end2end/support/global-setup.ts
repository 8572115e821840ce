// One server for the whole run. Its address and the demo's sign-ins reach the workers through the environment.
// With DOCSLOT_URL set from outside, that server is tested and none is started.

import { startServer } from './server.ts';

export default async function globalSetup() {
  if (process.env.DOCSLOT_URL) return;
  const server = await startServer();
  process.env.DOCSLOT_URL = server.url;
  process.env.DOCSLOT_SEEDED = server.seeded;
  process.env.DOCSLOT_MAIL = server.mail;
  return server.stop;
}

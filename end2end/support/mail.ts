// The messages that the server wrote, as the person reads them who gets them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './test.ts';

/** Every message to this address, as text; the oldest first. */
export function messagesTo(email: string): string[] {
  const folder = process.env.DOCSLOT_MAIL ?? '';
  if (!existsSync(folder)) return [];
  // their names are ordered by time
  const files = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
  const texts = files.map((name) => readFileSync(join(folder, name), 'latin1'));
  return texts.filter((text) => text.includes(`To: ${email}`)).map((text) => text.replace(/=\r?\n/g, ''));
}

/** The path of the link that begins so in the newest message to this address, such as "/visit/". Waits for the message. */
export async function linkTo(email: string, start: string): Promise<string> {
  const link = new RegExp(`${start}[A-Za-z0-9_-]{43}`);
  const found = () => messagesTo(email).map((text) => link.exec(text)?.[0]).filter(Boolean).pop();
  await expect.poll(found, { message: `no message to ${email} with ${start}` }).toBeTruthy();
  return found()!;
}

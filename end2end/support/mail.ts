// The messages that the server of this run has sent: it writes each into a file.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './test.ts';

/** The text of every message to this address, of the run's server unless another folder is named. */
export function messagesTo(email: string, folder = process.env.DOCSLOT_MAIL ?? ''): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
  const messages = files.map((name) => readFileSync(join(folder, name), 'utf8'));
  return messages.filter((message) => message.includes(`To: ${email}\r\n`)).map(decoded);
}

/** The path of the link to `page` in the message to this address, once it has come. */
export async function linkTo(page: string, email: string, folder?: string): Promise<string> {
  const link = new RegExp(`https?://[^/\\s]+((?:/[\\w-]+)?${page}[\\w-]{40,})`);
  const find = () => messagesTo(email, folder).map((message) => link.exec(message)?.[1]).filter(Boolean).pop();
  await expect.poll(find, { message: `a message with a link to ${page}`, timeout: 20_000 }).toBeTruthy();
  return find() ?? '';
}

/** Lines that were broken for the journey, put together again (quoted-printable). */
function decoded(message: string): string {
  const joined = message.replace(/=\r\n/g, '');
  return joined.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

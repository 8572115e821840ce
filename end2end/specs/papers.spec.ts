// Files that a patient sends along with an appointment: several at once, good and bad, and taking one away.

import { readFile } from 'node:fs/promises';
import { expect, signUp, test } from '../support/test.ts';
import { book } from '../support/booking.ts';

const PDF = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');
// one white pixel
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==',
  'base64',
);

test('a patient sends three files, is told of the bad one, opens one and takes it away', async ({ page, open, doctor }) => {
  await signUp(page);
  const { appointment } = await book(page, doctor);
  await open(appointment);
  await page.getByRole('link', { name: 'Send files' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Send files to the doctor' })).toBeVisible();

  await page.getByLabel('Files', { exact: true }).setInputFiles([
    { name: 'letter.pdf', mimeType: 'application/pdf', buffer: PDF },
    { name: 'photo.png', mimeType: 'image/png', buffer: PNG },
    { name: 'program.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ\x90\0') },
  ]);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByText('2 files were received')).toBeVisible();
  const words = '\u201cprogram.pdf\u201d is not a PDF, JPEG, PNG or HEIC file';
  await expect(page.getByRole('alert')).toContainText(words);
  await expect(page.locator('#files-error')).toContainText(words);

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'letter.pdf' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('letter.pdf');
  expect(await readFile(await download.path())).toEqual(PDF);

  const letter = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'letter.pdf' }) });
  await letter.getByText('Remove', { exact: false }).first().click();
  await letter.getByRole('button', { name: /^Remove for good/ }).click();
  await expect(page.getByText('A file that is no longer here')).toBeVisible();
  await expect(page.getByRole('link', { name: 'letter.pdf' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'photo.png' })).toBeVisible();
});

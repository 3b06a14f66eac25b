import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Makes a certificate for a day that nobody but itself vouches for, and its key.
 *
 * @param key - the file for the key.
 * @param certificate - the file for the certificate, in PEM as well.
 * @param names - whom it names, as OpenSSL has it: `DNS:localhost,IP:127.0.0.1`.
 */
export const makeCertificate = async (key: string, certificate: string, names: string): Promise<void> => {
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
    ...['-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', certificate],
  ]);
};

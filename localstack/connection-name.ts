/** The header by which a gateway in front of the emulator’s names a connection; the emulator’s own takes the name over. */
export const CONNECTION_NAME = 'x-connection-name';

type Format = ConstructorParameters<typeof DecompressionStream>[0];

export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

/**
 * Undoes compression as every runtime can.
 *
 * @param data - in base64.
 * @returns rejects where it is not what the encoding says.
 */
export const inflateStreaming = async (data: string, encoding: string): Promise<string> => {
  const { body } = new Response(bytesOf(data)) as { body: ReadableStream<Uint8Array<ArrayBuffer>> };
  return new Response(body.pipeThrough(new DecompressionStream(encoding as Format))).text();
};

import sjson from 'secure-json-parse';

/** JSON without prototype keys; undefined for what can't be read. */
export function secureParse(raw: Buffer): unknown {
  try {
    const parsed: unknown = sjson.parse(raw.toString('utf8'), { protoAction: 'error', constructorAction: 'error' });
    return parsed;
  } catch {
    return undefined;
  }
}

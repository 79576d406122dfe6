import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/**
 * What a button carries (SEC6): chat servers don't sign callbacks, so the token is the only proof that we made the button. It names the
 * run, the post's action, the step's visit, the target and the channel; the post is compared with the stored one, since its id isn't
 * known when the token is made.
 */
export const ButtonToken = z.object({
  run: z.uuid(),
  action: z.string(),
  visit: z.number(),
  to: z.string(),
  label: z.string(),
  channel: z.string(),
});
export type ButtonToken = z.infer<typeof ButtonToken>;

export interface TokenSigner {
  sign(token: ButtonToken): string;
  /** undefined = not ours. */
  read(text: string): ButtonToken | undefined;
}

/** The first key signs; all of them verify, so that a key can be changed while cards are open. */
export function createTokenSigner(keys: readonly [Buffer, ...Buffer[]]): TokenSigner {
  const mac = (key: Buffer, body: string): Buffer => createHmac('sha256', key).update(`button.v1.${body}`).digest();
  return {
    sign(token) {
      const { run, action, visit, to, label, channel } = token;
      const body = Buffer.from(JSON.stringify([run, action, visit, to, label, channel])).toString('base64url');
      return `${body}.${mac(keys[0], body).toString('base64url')}`;
    },
    read(text) {
      const [body, signature, ...rest] = text.split('.');
      if (!body || !signature || rest.length > 0 || text.length > 2000) return undefined;
      // Compared as text: several texts decode to the same bytes.
      const given = Buffer.from(signature);
      const ours = keys.some((key) => {
        const expected = Buffer.from(mac(key, body).toString('base64url'));
        return expected.length === given.length && timingSafeEqual(expected, given);
      });
      if (!ours) return undefined;
      const parsed: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
      const [run, action, visit, to, label, channel] = z.array(z.unknown()).parse(parsed);
      return ButtonToken.parse({ run, action, visit, to, label, channel });
    },
  };
}

import type { Clock } from '../core/clock.ts';
import { messageOf, RetryableError } from '../core/errors.ts';
import type { Actor } from '../core/event.ts';
import type { Chat } from '../core/ports.ts';
import type { ClickSignal } from '../core/run.ts';

export interface PreparedClick {
  readonly actor: Actor;
  /** Why the person may not press; undefined = may. */
  readonly refusal: string | undefined;
}

export interface ClickContext {
  readonly chat: Chat;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Connector id, for the actor's id. */
  readonly source: string;
}

const TRIES = 5;
const PAUSE_MS = 1000;

/** Who pressed, by our own look-up (never by the name in the callback), and whether they are in the card's channel (SEC6). */
export async function prepareClick(context: ClickContext, click: ClickSignal): Promise<PreparedClick> {
  const { chat, signal } = context;
  const nobody: Actor = { name: click.username || 'somebody', username: click.username, email: '', id: '' };
  for (let tries = 1; ; tries += 1) {
    try {
      const [people, member] = await Promise.all([
        chat.findPeople([click.personId], signal),
        chat.isMember(click.channelId, click.personId, signal),
      ]);
      const person = people.found[0];
      if (!person) return { actor: nobody, refusal: 'The chat server does not know you; ask an administrator.' };
      const actor: Actor = {
        name: person.name || person.username,
        username: person.username,
        email: person.email,
        id: `${context.source}:${person.id}`,
      };
      return {
        actor,
        refusal: member ? undefined : 'Only members of this channel may press its buttons. Join the channel and press again.',
      };
    } catch (error) {
      if (!(error instanceof RetryableError) || tries === TRIES || signal.aborted) {
        return { actor: nobody, refusal: `It could not be checked who you are (${messageOf(error)}). Press again in a minute.` };
      }
      await context.clock.sleep(Math.min(error.retryAfterMs ?? PAUSE_MS, 10_000), signal);
    }
  }
}

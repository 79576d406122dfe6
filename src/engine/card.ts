import type { Transition } from '../core/action.ts';
import type { ChatMessage } from '../core/ports.ts';
import type { TokenSigner } from './button-token.ts';
import { cut } from './escape.ts';

const POST_LENGTH = 4000;

export interface CardTarget {
  readonly runId: string;
  readonly action: string;
  readonly visit: number;
  readonly channelId: string;
}

/** A post with its buttons; each carries a token of its own. Without transitions it is text alone. */
export function composeCard(signer: TokenSigner, text: string, transitions: readonly Transition[], target: CardTarget): ChatMessage {
  if (transitions.length === 0) return { text: cut(text, POST_LENGTH), sections: [] };
  const descriptions = transitions.flatMap(({ label, description }) => (description ? [`**${label}**: ${description}`] : []));
  return {
    text: cut(text, POST_LENGTH),
    sections: [
      {
        title: '',
        text: descriptions.join('\n'),
        color: '#2f6fde',
        buttons: transitions.map(({ label, to, style }) => ({
          label,
          style: style ?? 'default',
          token: signer.sign({ run: target.runId, action: target.action, visit: target.visit, to, label, channel: target.channelId }),
        })),
      },
    ],
  };
}

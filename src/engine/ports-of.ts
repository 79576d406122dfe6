import type { Connector } from '../core/connector.ts';
import { ConfigError } from '../core/errors.ts';
import type { Playbook } from '../core/playbook.ts';
import type { Chat, Pager, Tracker } from '../core/ports.ts';

/** The ports a playbook's actions speak to; asking for one that isn't configured says which setting is missing. */
export interface Ports {
  readonly chat: Chat;
  readonly tracker: Tracker;
  readonly pager: Pager;
  readonly ids: { readonly chat: string; readonly tracker: string; readonly pager: string };
}

const PAGER = 'pagerduty';

export function portsOf(connectors: ReadonlyMap<string, Connector>, playbook: Playbook): Ports {
  const need = <T>(id: string, port: T | undefined): T => {
    if (port !== undefined) return port;
    throw new ConfigError({
      code: `${id}.not_configured`,
      message: `The connector "${id}" is not configured. Set its ${id.toUpperCase()}_… variables (incident-bridge doctor lists them), restart, and press Retry.`,
    });
  };
  return {
    get chat() {
      return need(playbook.chat, connectors.get(playbook.chat)?.chat);
    },
    get tracker() {
      return need(playbook.tracker, connectors.get(playbook.tracker)?.tracker);
    },
    get pager() {
      return need(PAGER, connectors.get(PAGER)?.pager);
    },
    ids: { chat: playbook.chat, tracker: playbook.tracker, pager: PAGER },
  };
}

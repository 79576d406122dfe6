import type { Simulator } from '../../src/simulator/start.ts';
import type { ChannelView, PostView } from '../../src/simulator/mattermost/mattermost.ts';
import { until } from '../support/until.ts';

export interface TestIncident {
  readonly id: string;
  readonly title: string;
}

export type Button = 'Acknowledge' | 'Resolve';

const PRESSER = 'alice';

/** What people do in an incident: trigger it, and press buttons until a press was taken. */
export interface People {
  trigger(title: string): TestIncident;
  /** Waits for the button and presses it; presses again when the chat server says that the press failed. */
  press(incident: TestIncident, label: Button): Promise<void>;
  /** Acknowledges, waits until the card says so, and resolves: by the buttons, or in PagerDuty. */
  handle(incident: TestIncident, inPagerDuty?: boolean): Promise<void>;
  roomOf(incident: TestIncident): ChannelView | undefined;
  cardOf(incident: TestIncident): PostView | undefined;
  statusOf(incident: TestIncident): string;
}

export function createPeople(simulator: Simulator, patienceMs = 40_000, pauseMs = 20): People {
  const { mattermost, pagerduty } = simulator;
  const roomOf = (incident: TestIncident) => mattermost.channels().find((one) => one.displayName.endsWith(incident.title));
  const isCard = (post: PostView) => post.isBot && post.type === '' && post.message.includes('**');

  function cardOf(incident: TestIncident): PostView | undefined {
    const room = roomOf(incident);
    return room && mattermost.posts(room.name).find(isCard);
  }

  function buttonOf(incident: TestIncident, label: Button): PostView | undefined {
    const card = cardOf(incident);
    const shown = card?.attachments.some((section) => section.actions.some((action) => action.label === label));
    return shown ? card : undefined;
  }

  return {
    roomOf,
    cardOf,
    statusOf: (incident) => pagerduty.incident(incident.id)?.status ?? 'missing',
    trigger: (title) => ({ id: pagerduty.trigger({ title, urgency: 'high' }).id, title }),
    async press(incident, label) {
      // Only members of the channel may press.
      await until(
        `"${incident.title}" shows ${label}, and ${PRESSER} is in its channel`,
        () => buttonOf(incident, label) !== undefined && roomOf(incident)?.members.includes(PRESSER),
        patienceMs,
        pauseMs,
      );
      await until(
        `${label} of "${incident.title}" was taken`,
        async () => {
          const card = buttonOf(incident, label);
          // An earlier press was stored although its answer got lost.
          if (!card) return true;
          return (await mattermost.click(PRESSER, card.id, label)).status === 200;
        },
        patienceMs,
        pauseMs,
      );
    },
    async handle(incident, inPagerDuty = false) {
      if (inPagerDuty) {
        await until(`"${incident.title}" has a card`, () => cardOf(incident) !== undefined, patienceMs, pauseMs);
        pagerduty.acknowledge(incident.id);
      } else await this.press(incident, 'Acknowledge');
      await until(`"${incident.title}" is taken`, () => cardOf(incident)?.message.includes('taken by'), patienceMs, pauseMs);
      if (inPagerDuty) pagerduty.resolve(incident.id);
      else await this.press(incident, 'Resolve');
    },
  };
}

import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { text } from './fields.ts';

const Person = z.object({ Name: z.string(), Email: z.string(), Username: z.string(), PagerID: z.string() });

export const findOnCall = defineAction({
  type: 'find_on_call',
  summary: 'Look up who is on call at the pager.',
  input: z.strictObject({
    escalation_policy: text('Id of the policy; the incident’s own when absent.').optional(),
    fallback: z
      .array(z.string())
      .default([])
      .meta({ template: 'text', description: 'Usernames or e-mail addresses to use when nobody is on call.' }),
  }),
  output: z.object({ Users: z.array(Person), Names: z.string() }),
  example: { fallback: ['kathy'] },
  async run({ input, pager, incident, signal }) {
    const policyId = input.escalation_policy ?? incident.escalationPolicyId ?? (await policyOf(pager, incident.pagerId, signal));
    const onCall = policyId ? await pager.findOnCall(policyId, signal) : [];
    const users =
      onCall.length > 0
        ? onCall.map((person) => ({ Name: person.name, Email: person.email, Username: '', PagerID: person.id }))
        : input.fallback.map((who) => ({
            Name: who,
            Email: who.includes('@') ? who : '',
            Username: who.includes('@') ? '' : who,
            PagerID: '',
          }));
    return { Users: users, Names: users.map((user) => user.Name).join(', ') || 'nobody' };
  },
});

async function policyOf(
  pager: { readIncident(id: string, signal: AbortSignal): Promise<{ escalationPolicyId: string } | undefined> },
  incidentId: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  return incidentId ? (await pager.readIncident(incidentId, signal))?.escalationPolicyId : undefined;
}

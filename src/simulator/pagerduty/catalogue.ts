import type { Router } from 'express';
import type { Account } from './account.ts';
import type { Policy, Priority, Service } from './model.ts';
import { pageOf } from './page-of.ts';
import { notFound, PagerDutyError } from './pagerduty-error.ts';
import { policyReference, serviceReference, userReference } from './references.ts';
import { POLICIES, PRIORITIES, SERVICES } from './seed.ts';
import type { PagerDutyState } from './state.ts';

/** Things that are set up once: services, escalation policies, priorities, abilities. */
export function addCatalogue(router: Router, { state }: Account): void {
  router.get(
    '/services',
    (request, response) => void response.json(pageOf(request, 'services', SERVICES, (service) => serviceJson(state, service))),
  );
  router.get('/services/:id', (request, response) => {
    const service = SERVICES.find(({ id }) => id === request.params.id);
    if (!service) throw notFound();
    response.json({ service: serviceJson(state, service) });
  });
  router.get('/escalation_policies', (request, response) => {
    response.json(pageOf(request, 'escalation_policies', POLICIES, (policy) => policyJson(state, policy)));
  });
  router.get('/escalation_policies/:id', (request, response) => {
    const policy = POLICIES.find(({ id }) => id === request.params.id);
    if (!policy) throw notFound();
    response.json({ escalation_policy: policyJson(state, policy) });
  });
  // Most severe first.
  router.get('/priorities', (request, response) => {
    const render = ({ id, name }: Priority) => {
      const url = `${state.url}/priorities/${id}`;
      return { id, type: 'priority', summary: name, self: url, html_url: null, name, description: '', account_id: 'PACCT01' };
    };
    response.json(pageOf(request, 'priorities', PRIORITIES, render));
  });
  router.get('/abilities', (_request, response) => void response.json({ abilities: state.abilities }));
  router.post('/incidents/:id/responder_requests', () => {
    throw new PagerDutyError(402, 2014, 'Account does not have the abilities to perform this action', ['coordinated_responding']);
  });
}

function serviceJson(state: PagerDutyState, service: Service): unknown {
  const { html_url, self } = serviceReference(state, service.id);
  return {
    id: service.id,
    type: 'service',
    summary: service.name,
    self,
    html_url,
    name: service.name,
    description: '',
    created_at: '2026-01-01T09:00:00+01:00',
    status: 'active',
    auto_resolve_timeout: null,
    acknowledgement_timeout: null,
    alert_creation: 'create_alerts_and_incidents',
    escalation_policy: policyReference(state, service.policyId),
    teams: [],
    integrations: [],
    addons: [],
    scheduled_actions: [],
  };
}

function policyJson(state: PagerDutyState, policy: Policy): unknown {
  const { html_url, self } = policyReference(state, policy.id);
  const levels = [...new Set(state.oncalls.filter(({ policyId }) => policyId === policy.id).map(({ level }) => level))];
  const targets = (level: number) =>
    [...new Set(state.oncalls.filter((line) => line.policyId === policy.id && line.level === level).map(({ userId }) => userId))].map(
      (id) => userReference(state, id),
    );
  return {
    id: policy.id,
    type: 'escalation_policy',
    summary: policy.name,
    self,
    html_url,
    name: policy.name,
    escalation_rules: levels.map((level) => ({ id: `${policy.id}R${level}`, escalation_delay_in_minutes: 30, targets: targets(level) })),
    services: SERVICES.filter(({ policyId }) => policyId === policy.id).map(({ id }) => serviceReference(state, id)),
    num_loops: 0,
    teams: [],
    description: null,
  };
}

import type { Request, RequestHandler, Response } from 'express';
import { interceptAnswer } from './intercept-answer.ts';
import type { Fault, VendorName } from './vendor.ts';

export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  /** How often it was used. */
  readonly used: number;
}

export interface Faults {
  /** Returns the way to take it out again. */
  add(fault: Fault): () => void;
  clear(): void;
  list(): readonly ActiveFault[];
  /** To be mounted before the vendor's router; `onHit` lets the request log know. */
  handler(vendor: VendorName, onHit: (request: Request, kind: Fault['kind']) => void): RequestHandler;
  /** Forgets the slow calls that are still waiting. */
  close(): void;
}

interface Slot {
  id: number;
  fault: Fault;
  used: number;
}

const GARBAGE =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>';

export function createFaults(random: () => number): Faults {
  let slots: Slot[] = [];
  let lastId = 0;
  const waiting = new Set<NodeJS.Timeout>();
  /** Real time: the caller's socket timeouts do not follow an injected clock either. It goes on when the caller has given up: such effects do happen. */
  const later = (delayMs: number, next: () => void): void => {
    const timer = setTimeout(() => {
      waiting.delete(timer);
      next();
    }, delayMs);
    waiting.add(timer);
  };

  const find = (vendor: VendorName, request: Request): Fault | undefined => {
    const slot = slots.find(
      ({ fault, used }) =>
        fault.vendor === vendor &&
        (fault.times === undefined || used < fault.times) &&
        (fault.method === undefined || fault.method.toUpperCase() === request.method) &&
        // `search` ignores the `g` flag's memory, which `test` would not.
        (fault.path === undefined || request.path.search(fault.path) >= 0) &&
        (fault.probability === undefined || random() < fault.probability),
    );
    if (slot) slot.used += 1;
    return slot?.fault;
  };

  return {
    add(fault) {
      lastId += 1;
      const id = lastId;
      slots.push({ id, fault, used: 0 });
      return () => {
        slots = slots.filter((slot) => slot.id !== id);
      };
    },
    clear() {
      slots = [];
    },
    list: () => slots.map((slot) => ({ ...slot })),
    handler: (vendor, onHit) => (request, response, next) => {
      const fault = find(vendor, request);
      if (!fault) return next();
      onHit(request, fault.kind);
      applyFault(fault, request, response, fault.kind === 'slow' ? () => later(fault.delayMs ?? 1000, next) : next);
    },
    close() {
      for (const timer of waiting) clearTimeout(timer);
    },
  };
}

function applyFault(fault: Fault, request: Request, response: Response, next: () => void): void {
  switch (fault.kind) {
    case 'refuse':
      request.socket.destroy();
      return;
    case 'hang':
      // Nobody answers; the socket lives until the caller gives up or the simulator closes.
      return;
    case 'status':
      return answerStatus(fault, response);
    case 'garbage':
      response.status(200).type('html').send(GARBAGE);
      return;
    case 'slow':
      return next();
    case 'drop_after':
      interceptAnswer(response, () => request.socket.destroy());
      return next();
    case 'status_after':
      interceptAnswer(response, () => answerStatus(fault, response));
      return next();
  }
}

function answerStatus(fault: Fault, response: Response): void {
  response.status(fault.status ?? 500).set({ ...fault.headers });
  if (fault.body === undefined) response.end();
  else if (typeof fault.body === 'string') response.send(fault.body);
  else response.json(fault.body);
}

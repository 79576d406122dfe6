/**
 * The first tables. Documents that we only read back whole (`doc`, `event`, `input` …) are text, not jsonb: nothing queries inside
 * them, and PostgreSQL neither parses them on each journal write nor refuses what JSON may hold.
 */
export const firstTables = {
  name: '0001-first-tables',
  sql: `
CREATE SCHEMA IF NOT EXISTS bridge;

-- Time for leases and due dates. The offset row is made by test set-up alone; no code of ours writes it.
CREATE TABLE bridge.clock_offset (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  shift interval NOT NULL
);
CREATE FUNCTION bridge.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT clock_timestamp() + coalesce((SELECT shift FROM bridge.clock_offset), interval '0')
$$;

-- What came in, raw. Nothing is answered before its row is committed.
CREATE TABLE bridge.deliveries (
  id uuid PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  source text NOT NULL,
  -- event · button · manual · comparison (made by comparing open runs with the pager)
  door text NOT NULL,
  -- The vendor's id of the delivery (the same on each attempt) and of the event (the same over subscriptions).
  delivery_key text NOT NULL,
  event_key text,
  headers text NOT NULL,
  body bytea NOT NULL,
  event text,
  correlation_key text,
  occurred_at timestamptz,
  received_at timestamptz NOT NULL DEFAULT bridge.clock(),
  -- new · decided
  state text NOT NULL DEFAULT 'new',
  -- started · signalled · echo · ignored · unreadable · refused · dead
  outcome text,
  reason text,
  run_ids uuid[] NOT NULL DEFAULT '{}',
  -- For interactive doors: what the presser is told; '' = nothing.
  answer text,
  attempts integer NOT NULL DEFAULT 0,
  wake_seq bigint NOT NULL DEFAULT 1,
  woken_at timestamptz NOT NULL DEFAULT bridge.clock(),
  decided_at timestamptz,
  UNIQUE (source, delivery_key),
  UNIQUE (source, event_key)
);
CREATE INDEX deliveries_undecided ON bridge.deliveries (woken_at) WHERE state = 'new';
CREATE INDEX deliveries_by_key ON bridge.deliveries (correlation_key, seq);
CREATE INDEX deliveries_by_age ON bridge.deliveries (received_at);

CREATE TABLE bridge.playbooks (
  name text PRIMARY KEY,
  version_id bigint NOT NULL,
  -- .Instance.Number: counted up, never reused.
  last_number integer NOT NULL DEFAULT 0,
  active boolean NOT NULL DEFAULT true
);
CREATE TABLE bridge.playbook_versions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  digest text NOT NULL,
  document text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT bridge.clock(),
  UNIQUE (name, digest)
);

CREATE TABLE bridge.runs (
  id uuid PRIMARY KEY,
  playbook text NOT NULL,
  version_id bigint NOT NULL,
  number integer NOT NULL,
  -- running · parked · finishing · finished · failed · cancelled
  state text NOT NULL,
  step text NOT NULL,
  title text NOT NULL,
  correlation_key text NOT NULL,
  -- Written once: the event and trigger that started the run.
  context text NOT NULL,
  -- The state machine's document.
  doc text NOT NULL,
  -- Why a person is needed; '' = not needed.
  attention text NOT NULL DEFAULT '',
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  lease_until timestamptz,
  wake_seq bigint NOT NULL DEFAULT 1,
  due_at timestamptz,
  woken_at timestamptz,
  problem_started_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT bridge.clock(),
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  ended_at timestamptz,
  UNIQUE (playbook, number)
);
ALTER TABLE bridge.runs ALTER COLUMN doc SET STORAGE EXTERNAL, ALTER COLUMN context SET STORAGE EXTERNAL;
CREATE INDEX runs_due ON bridge.runs (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX runs_open_by_key ON bridge.runs (correlation_key) WHERE state IN ('running', 'parked', 'finishing');
CREATE INDEX runs_by_start ON bridge.runs (started_at DESC);

CREATE TABLE bridge.signals (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  -- event · click · operator
  kind text NOT NULL,
  body text NOT NULL,
  delivery_id uuid,
  created_at timestamptz NOT NULL DEFAULT bridge.clock(),
  -- '' = waiting to be taken, else what became of it
  outcome text NOT NULL DEFAULT ''
);
CREATE INDEX signals_waiting ON bridge.signals (run_id, seq) WHERE outcome = '';
CREATE INDEX signals_by_run ON bridge.signals (run_id);

-- The journal: one row an effect, written before the call (intended) and after it.
CREATE TABLE bridge.effects (
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  key text NOT NULL,
  action text NOT NULL,
  -- The port method: chat.createChannel
  change text NOT NULL,
  -- intended · refused (surely not done, will be tried again) · done · failed · skipped
  state text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  input text NOT NULL,
  output text,
  error text,
  intended_at timestamptz NOT NULL DEFAULT bridge.clock(),
  ended_at timestamptz,
  PRIMARY KEY (run_id, key)
);

-- Things at vendors that belong to a run; reserved with the intent that makes them.
CREATE TABLE bridge.run_references (
  kind text NOT NULL,
  value text NOT NULL,
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  PRIMARY KEY (kind, value, run_id)
);
CREATE INDEX run_references_by_run ON bridge.run_references (run_id);

-- Events that our own calls will cause; a matching one is consumed by the run that expected it.
CREATE TABLE bridge.expected_echoes (
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  effect_key text NOT NULL,
  reference_kind text NOT NULL,
  reference_value text NOT NULL,
  event_type text NOT NULL,
  -- '' = not known: any actor matches
  actor_id text NOT NULL,
  PRIMARY KEY (run_id, effect_key)
);
CREATE INDEX expected_echoes_by_reference ON bridge.expected_echoes (reference_kind, reference_value);

CREATE TABLE bridge.timeline (
  run_id uuid NOT NULL REFERENCES bridge.runs ON DELETE CASCADE,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT bridge.clock(),
  kind text NOT NULL,
  data text NOT NULL,
  PRIMARY KEY (run_id, seq)
);

-- Console: people, sessions, failed logins. Small settings that we make ourselves (key -> value).
CREATE TABLE bridge.settings (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE bridge.users (
  id uuid PRIMARY KEY,
  username text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  role text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT bridge.clock()
);
CREATE TABLE bridge.sessions (
  -- SHA-256 of the cookie's value: a copied database opens no session.
  id_hash text PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES bridge.users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT bridge.clock(),
  seen_at timestamptz NOT NULL DEFAULT bridge.clock()
);
CREATE TABLE bridge.login_failures (
  account text NOT NULL,
  address text NOT NULL,
  at timestamptz NOT NULL DEFAULT bridge.clock()
);
CREATE INDEX login_failures_by_account ON bridge.login_failures (account, address, at);

-- One row a process: what it is and when it was last alive.
CREATE TABLE bridge.heartbeats (
  process text PRIMARY KEY,
  role text NOT NULL,
  at timestamptz NOT NULL DEFAULT bridge.clock()
);
`,
} as const;

// src/engine/load-playbook.ts
import { z as z2 } from "zod";

// src/core/playbook.ts
import { z } from "zod";
var Name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "must start with a letter and hold only letters, digits and underscores");
var DURATION = /^(\d+)(ms|s|m|h|d)$/;
var UNITS = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
var Duration = z.string().transform((text2, context) => {
  const [, amount, unit] = DURATION.exec(text2) ?? [];
  const ms = Number(amount) * (UNITS[unit ?? ""] ?? NaN);
  if (Number.isSafeInteger(ms) && ms <= 365 * 864e5) return ms;
  context.issues.push({ code: "custom", input: text2, message: "must be a duration such as 30s, 15m, 24h or 7d (at most 365d)" });
  return z.NEVER;
});
var OnRule = z.strictObject({
  event: z.string().min(1),
  source: z.string().optional(),
  if: z.string().optional(),
  to: Name
});
var ActionCommon = z.object({
  name: Name,
  type: z.string(),
  if: z.string().optional(),
  wait: z.boolean().default(true),
  on_error: z.union([z.enum(["fail", "continue"]), z.strictObject({ to: Name })]).optional(),
  retry: z.strictObject({ for: Duration.optional(), max_interval: Duration.optional() }).optional(),
  timeout: Duration.optional()
});
var StepDocument = z.strictObject({
  name: Name,
  description: z.string().optional(),
  marks: z.enum(["acknowledged", "resolved"]).optional(),
  on: z.array(OnRule).default([]),
  timeout: z.strictObject({ after: Duration, to: Name }).optional(),
  start_actions: z.array(z.record(z.string(), z.unknown())).default([]),
  finish_actions: z.array(z.record(z.string(), z.unknown())).default([])
});
var PlaybookDocument = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().refine((name2) => name2.trim() !== "", "Error parsing workflow: workflow name must not be blank").pipe(Name),
  description: z.string().default(""),
  chat: z.enum(["mattermost", "slack"]).default("mattermost"),
  tracker: z.enum(["jira", "trello"]).default("jira"),
  team_name: z.string().optional(),
  triggers: z.array(z.record(z.string(), z.unknown())).min(1),
  on: z.array(OnRule).default([]),
  steps: z.array(StepDocument).min(1)
});

// src/engine/condition.ts
import { Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
var MAX_LENGTH = 2e3;
var MAX_PATTERN = 512;
var MAX_TEXT = 8192;
var ConditionError = class extends Error {
};
var patterns = /* @__PURE__ */ new Map();
function re2(text2, pattern) {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    if (pattern.length > MAX_PATTERN) throw new ConditionError(`the pattern is longer than ${MAX_PATTERN} characters`);
    compiled = RE2JS.compile(pattern);
    if (patterns.size > 500) patterns.clear();
    patterns.set(pattern, compiled);
  }
  return compiled.matcher(text2.slice(0, MAX_TEXT)).find();
}
function createConditionCompiler(names) {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 500, maxDepth: 32 }
  });
  for (const [name2, shape] of Object.entries(names)) {
    if (typeof shape === "string") environment.registerVariable(name2, shape);
    else environment.registerVariable({ name: name2, schema: mutable(shape) });
  }
  environment.registerFunction("re2(string, string): bool", (text2, pattern) => re2(String(text2), String(pattern)));
  return (text2) => {
    if (text2.length > MAX_LENGTH) throw new ConditionError(`the condition is longer than ${MAX_LENGTH} characters`);
    let program;
    try {
      program = environment.parse(text2);
    } catch (error) {
      throw new ConditionError(firstLine(error));
    }
    const checked = program.check();
    if (!checked.valid) throw new ConditionError(firstLine(checked.error));
    refuseMatches(program.ast);
    checkPatterns(program.ast);
    if (checked.type !== "bool" && checked.type !== "dyn") {
      throw new ConditionError(`must be true or false, but is a ${checked.type ?? "value of unknown type"}`);
    }
    return (context) => {
      const value = program(context);
      return value === true;
    };
  };
}
function mutable(shape) {
  return Object.fromEntries(Object.entries(shape).map(([name2, type]) => [name2, typeof type === "string" ? type : mutable(type)]));
}
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
function isNode(value) {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
function visit(node, look) {
  if (Array.isArray(node)) {
    for (const member of node) visit(member, look);
  } else if (isNode(node)) {
    look(node);
    visit(node.args, look);
  }
}
function refuseMatches(ast) {
  visit(ast, (node) => {
    if ((node.op === "rcall" || node.op === "call") && node.args[0] === "matches") {
      throw new ConditionError(`matches() is not available: write re2(text, 'pattern')`);
    }
  });
}
function checkPatterns(ast) {
  visit(ast, (node) => {
    if (node.op !== "call" || node.args[0] !== "re2") return;
    const pattern = node.args[1][1];
    if (pattern?.op !== "value" || typeof pattern.args !== "string") return;
    try {
      re2("", pattern.args);
    } catch (error) {
      throw new ConditionError(`the pattern '${pattern.args}' can't be used: ${firstLine(error)}`);
    }
  });
}

// src/engine/names.ts
var EVENT = {
  Source: "string",
  Title: "string",
  Description: "string",
  Severity: "string",
  Urgency: "string",
  Status: "string",
  Service: "string",
  Host: "string",
  URL: "string",
  Key: "string",
  StartedAt: "string",
  MergedInto: { URL: "string" },
  Vendor: "dyn"
};
function namesOf(registry, triggerNames, actions2) {
  return {
    Event: EVENT,
    Signal: EVENT,
    Instance: { Number: "int", ID: "string", URL: "string", StartedAt: "string", Playbook: "string", Step: "string" },
    Actor: { Name: "string", Username: "string", Email: "string" },
    Incident: {
      Pager: { ID: "string", URL: "string" },
      Issue: { Key: "string", URL: "string" },
      Channel: { Name: "string", URL: "string" }
    },
    Settings: { IncidentsChannel: "string", PublicURL: "string" },
    Trigger: Object.fromEntries(triggerNames.map((name2) => [name2, { ...EVENT, Message: "string" }])),
    Action: Object.fromEntries(
      actions2.map(({ name: name2, type }) => [
        name2,
        Object.fromEntries(Object.keys(registry.actions.get(type)?.output.shape ?? {}).map((output) => [output, "dyn"]))
      ])
    )
  };
}
function checkPath(path, names) {
  let shape = names;
  for (const part of path) {
    if (typeof shape === "string") return void 0;
    const member = Object.hasOwn(shape, part) ? shape[part] : void 0;
    if (member === void 0) return { unknown: part, known: Object.keys(shape) };
    shape = member;
  }
  return void 0;
}

// src/engine/registry.ts
function createRegistry(actions2, triggers2) {
  return { actions: byType(actions2), triggers: byType(triggers2) };
}
function byType(definitions) {
  const map = /* @__PURE__ */ new Map();
  for (const definition of definitions) {
    if (map.has(definition.type)) throw new Error(`"${definition.type}" is registered twice`);
    map.set(definition.type, definition);
  }
  return map;
}
function nearest(word, known) {
  let best;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}
function editDistance(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, change));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

// src/engine/source-file.ts
import { isNode as isNode2, LineCounter, parseAllDocuments } from "yaml";
function readSource(file, text2) {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text2, { lineCounter: lines, prettyErrors: true, strict: true, uniqueKeys: true });
  const [document, second] = [...documents];
  const problemAt = (offset, field, message) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, field, message };
  };
  if (!document) return [problemAt(0, "", "The file is empty: write a playbook, or a list of playbooks.")];
  const errors = document.errors.map((error) => problemAt(error.pos[0], "", error.message.split("\n")[0] ?? "can\u2019t be read"));
  if (second) errors.push(problemAt(second.range[0], "", "One document a file, please: write several playbooks as a list."));
  if (errors.length > 0) return errors;
  const value = document.toJS({ maxAliasCount: 50 });
  return { file, value, problem: (path, message) => problemAt(offsetOf(document, path), fieldOf(path), message) };
}
function offsetOf(document, path) {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode2(node) && node.range) return node.range[0];
  }
  return 0;
}
function fieldOf(path) {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("").replace(/^\./, "");
}

// src/engine/template.ts
import { Liquid } from "liquidjs";

// src/engine/escape.ts
var MAX_LENGTH2 = 1e3;
var UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
var MARKUP = /[\\`*_[\]<>#|!]/g;
var MENTION = /[@~]/g;
var URL_BREAKERS = /[\s<>()[\]"'`\\*@~|^{}]/g;
function cleanText(text2, maxLength = MAX_LENGTH2) {
  const cleaned = text2.toWellFormed().normalize("NFC").replace(/\r\n?/g, "\n").replace(UNSEEN, "");
  return cut(cleaned, maxLength);
}
function cut(text2, maxLength) {
  if (text2.length <= maxLength) return text2;
  const characters = Array.from(text2);
  return characters.length <= maxLength ? text2 : `${characters.slice(0, maxLength - 1).join("")}\u2026`;
}
function safeUrl(text2) {
  if (!/^https?:\/\//i.test(text2) || text2.length > 2e3 || !URL.canParse(text2)) return void 0;
  return text2.replace(
    URL_BREAKERS,
    (sign) => encodeURIComponent(sign).replace(/[~*'()]/g, (rest) => `%${rest.charCodeAt(0).toString(16).toUpperCase()}`)
  );
}
function escapeMarkdown(text2) {
  const cleaned = cleanText(text2);
  return safeUrl(cleaned) ?? cleaned.replace(MARKUP, "\\$&").replace(MENTION, "$&\u200B");
}

// src/engine/template.ts
var Trusted = class {
  text;
  constructor(text2) {
    this.text = text2;
  }
  toString() {
    return this.text;
  }
  toJSON() {
    return this.text;
  }
};
var LIMITS = { parseLimit: 2e4, renderLimit: 100, memoryLimit: 1e6 };
var OPTIONS = { ownPropertyOnly: true, relativeReference: false, cache: false, ...LIMITS };
var plain = new Liquid({ ...OPTIONS, outputEscape: (value) => cleanText(asText(value), 32e3) });
var markdown = new Liquid({
  ...OPTIONS,
  outputEscape: (value) => value instanceof Trusted ? value.text : escapeMarkdown(asText(value))
});
for (const engine of [plain, markdown]) {
  for (const tag of Object.keys(engine.tags)) Reflect.deleteProperty(engine.tags, tag);
  Reflect.deleteProperty(engine.filters, "raw");
}
function asText(value) {
  if (value === void 0 || value === null) return "";
  if (Array.isArray(value)) return value.map(asText).join(", ");
  if (value instanceof Trusted) return value.text;
  return typeof value === "string" ? value : JSON.stringify(value);
}
function variablesOf(text2) {
  if (!text2.includes("{{") && !text2.includes("{%")) return [];
  const found = plain.analyzeSync(plain.parse(text2)).globals;
  return Object.values(found).flatMap(
    (uses) => uses.map((use) => ({
      path: use.segments.map(String),
      line: use.location.row,
      column: use.location.col
    }))
  );
}

// src/engine/built-in-steps.ts
var DAY_MS = 24 * 36e5;
var MERGED = "_Merged";
function withBuiltIns(playbook) {
  if (!hasPager(playbook) || playbook.on.some((rule) => rule.event === "merged")) return playbook;
  const channel = [...playbook.actions.values()].find((action) => action.type === "create_channel");
  const say = channel && {
    ...plainAction("_SayMerged", "post"),
    wait: false,
    onError: "continue",
    input: {
      channel_name: `{{.Action.${channel.name}.ChannelName}}`,
      message: ":twisted_rightwards_arrows: This incident was merged into {{.Signal.MergedInto.URL}}. The work goes on there; the issue here is left as it is."
    },
    uses: [channel.name]
  };
  const step = {
    name: MERGED,
    marks: void 0,
    start: [...say ? [say] : [], plainAction("_EndMerged", "finished_workflow")],
    finish: [],
    timeout: void 0,
    on: [],
    isLast: true
  };
  return {
    ...playbook,
    on: [...playbook.on, { event: "merged", source: void 0, condition: void 0, to: MERGED }],
    steps: new Map([...playbook.steps, [MERGED, step]]),
    actions: new Map([...playbook.actions, ...step.start.map((action) => [action.name, action])])
  };
}
function hasPager(playbook) {
  return playbook.triggers.some((trigger) => trigger.type === "pagerduty");
}
function plainAction(name2, type) {
  return {
    name: name2,
    type,
    step: MERGED,
    condition: void 0,
    wait: true,
    onError: "fail",
    maxIntervalMs: 3e5,
    timeoutMs: DAY_MS,
    input: {},
    uses: [],
    transitions: [],
    updates: void 0
  };
}

// src/engine/load-playbook.ts
var HOUR = 36e5;
var DEFAULT_TIMEOUT_MS = 24 * HOUR;
var DEFAULT_MAX_INTERVAL_MS = 5 * 6e4;
function loadPlaybooks(file, text2, registry) {
  const source = readSource(file, text2);
  if (!("value" in source)) return { ok: false, problems: source };
  const documents = Array.isArray(source.value) ? source.value : [source.value];
  const problems = [];
  const playbooks = documents.flatMap((document, index) => {
    const path = Array.isArray(source.value) ? [index] : [];
    const playbook = createLoader(source, path, registry, problems).load(document);
    return playbook ? [{ playbook, document }] : [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, playbooks };
}
function createLoader(source, base2, registry, problems) {
  const report = (path, message) => {
    problems.push(source.problem([...base2, ...path], message));
  };
  function reportIssues(path, error, known) {
    for (const issue of error.issues) {
      const at = [...path, ...issue.path.map((part) => typeof part === "symbol" ? String(part) : part)];
      if (issue.code === "unrecognized_keys") {
        for (const key of issue.keys) report([...at, key], `unknown field "${key}"${suggestion(key, known)}`);
      } else report(at, issue.message);
    }
  }
  function load(document) {
    const before = problems.length;
    const parsed = PlaybookDocument.safeParse(document);
    if (!parsed.success) {
      reportIssues([], parsed.error, [
        ...Object.keys(PlaybookDocument.shape),
        "name",
        "start_actions",
        "finish_actions",
        "marks",
        "timeout",
        "event",
        "to",
        "if"
      ]);
      return void 0;
    }
    const { data } = parsed;
    checkNames(data);
    const stepNames = data.steps.map((step) => step.name);
    const named = data.steps.flatMap(
      (step) => [...step.start_actions, ...step.finish_actions].flatMap(
        (action) => typeof action["name"] === "string" && typeof action["type"] === "string" ? [{ name: action["name"], type: action["type"] }] : []
      )
    );
    const names = namesOf(
      registry,
      data.triggers.flatMap((trigger) => typeof trigger["name"] === "string" ? [trigger["name"]] : []),
      named
    );
    const compile = createConditionCompiler(names);
    const condition = (path, text2) => {
      if (text2 === void 0) return void 0;
      try {
        return compile(text2);
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        report(path, `the condition can\u2019t be used: ${error.message}`);
        return void 0;
      }
    };
    const target = (path, to) => {
      if (!stepNames.includes(to)) report(path, `there is no step "${to}"${suggestion(to, stepNames)}`);
    };
    const rules = (path, on2) => on2.map((rule, index) => {
      target([...path, index, "to"], rule.to);
      return { event: rule.event, source: rule.source, condition: condition([...path, index, "if"], rule.if), to: rule.to };
    });
    const templates = (path, value) => checkTemplates(path, value, names);
    const context = { condition, target, templates, named };
    const steps = data.steps.map((step, index) => {
      const path = ["steps", index];
      if (step.start_actions.length + step.finish_actions.length === 0) {
        report(path, `step "${step.name}" needs start_actions or finish_actions`);
      }
      if (step.timeout) target([...path, "timeout", "to"], step.timeout.to);
      const start = step.start_actions.flatMap((action, at) => loadAction([...path, "start_actions", at], step.name, action, context));
      const finish = step.finish_actions.flatMap((action, at) => loadAction([...path, "finish_actions", at], step.name, action, context));
      for (const [at, action] of finish.entries()) {
        if (["transition_to", "finished_workflow"].includes(action.type))
          report(
            [...path, "finish_actions", at, "type"],
            `${action.type} belongs into start_actions: finish actions run when the step is already being left`
          );
      }
      const on2 = rules([...path, "on"], step.on);
      const hasTransitions = start.some((action) => action.transitions.length > 0 || action.type === "transition_to");
      return {
        name: step.name,
        marks: step.marks,
        start,
        finish,
        timeout: step.timeout ? { afterMs: step.timeout.after, to: step.timeout.to } : void 0,
        on: on2,
        isLast: !hasTransitions && !step.timeout && on2.length === 0 && data.on.length === 0
      };
    });
    const triggers2 = data.triggers.flatMap((trigger, index) => loadTrigger(["triggers", index], trigger, condition));
    const on = rules(["on"], data.on);
    const [first] = steps;
    if (problems.length > before || !first) return void 0;
    return withBuiltIns({
      name: data.name,
      description: data.description,
      chat: data.chat,
      tracker: data.tracker,
      teamName: data.team_name,
      triggers: triggers2,
      on,
      steps: new Map(steps.map((step) => [step.name, step])),
      firstStep: first.name,
      actions: new Map(steps.flatMap((step) => [...step.start, ...step.finish]).map((action) => [action.name, action]))
    });
  }
  function loadAction(path, step, document, loading) {
    const parsed = ActionCommon.safeParse(document);
    if (!parsed.success) {
      reportIssues(path, parsed.error, Object.keys(ActionCommon.shape));
      return [];
    }
    const common = parsed.data;
    const definition = registry.actions.get(common.type);
    if (!definition) {
      report(
        [...path, "type"],
        `unable to load actions: there is no action type "${common.type}"${suggestion(common.type, registry.actions.keys())}`
      );
      return [];
    }
    const input = Object.fromEntries(Object.entries(document).filter(([key]) => !Object.hasOwn(ActionCommon.shape, key)));
    const uses = new Set(loading.templates(path, input));
    const problem = definition.input.safeParse(blankTemplates(input, definition.input));
    if (!problem.success) reportIssues(path, problem.error, [...Object.keys(definition.input.shape), ...Object.keys(ActionCommon.shape)]);
    const transitions2 = readTransitions(input["transitions"]);
    for (const [index, transition] of transitions2.entries()) loading.target([...path, "transitions", index, "to"], transition.to);
    const { to } = input;
    if (common.type === "transition_to" && typeof to === "string") loading.target([...path, "to"], to);
    const onError = common.on_error ?? (common.wait ? "fail" : "continue");
    if (typeof onError === "object") {
      loading.target([...path, "on_error", "to"], onError.to);
      if (!common.wait)
        report([...path, "on_error"], "on_error: {to: \u2026} needs wait: true, since the run goes on without an action that is not waited for");
    }
    const updates = definition.post === "update" && typeof input["post"] === "string" ? input["post"] : void 0;
    if (updates !== void 0 && !loading.named.some((action) => action.name === updates && action.type === "post")) {
      report(
        [...path, "post"],
        `there is no post action "${updates}"${suggestion(
          updates,
          loading.named.filter((action) => action.type === "post").map((action) => action.name)
        )}`
      );
    }
    if (updates !== void 0) uses.add(updates);
    const needed = problem.success ? definition.needs?.(problem.data) ?? [] : [];
    for (const action of loading.named) if (needed.includes(action.type)) uses.add(action.name);
    uses.delete(common.name);
    return [
      {
        name: common.name,
        type: common.type,
        step,
        condition: loading.condition([...path, "if"], common.if),
        wait: common.wait,
        onError,
        maxIntervalMs: common.retry?.max_interval ?? DEFAULT_MAX_INTERVAL_MS,
        timeoutMs: Math.min(common.timeout ?? Infinity, common.retry?.for ?? common.timeout ?? DEFAULT_TIMEOUT_MS),
        input,
        uses: [...uses],
        transitions: transitions2,
        updates
      }
    ];
  }
  function loadTrigger(path, document, condition) {
    const Common = z2.object({
      name: z2.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "must start with a letter and hold only letters, digits and underscores"),
      type: z2.string(),
      if: z2.string().optional(),
      also_ours: z2.boolean().default(false)
    });
    const parsed = Common.safeParse(document);
    if (!parsed.success) {
      reportIssues(path, parsed.error, Object.keys(Common.shape));
      return [];
    }
    const definition = registry.triggers.get(parsed.data.type);
    if (!definition) {
      report(
        [...path, "type"],
        `unable to load triggers: there is no trigger type "${parsed.data.type}"${suggestion(parsed.data.type, registry.triggers.keys())}`
      );
      return [];
    }
    const options = definition.options.safeParse(
      Object.fromEntries(Object.entries(document).filter(([key]) => !Object.hasOwn(Common.shape, key)))
    );
    if (!options.success) {
      reportIssues(path, options.error, [...Object.keys(definition.options.shape), ...Object.keys(Common.shape)]);
      return [];
    }
    return [
      {
        name: parsed.data.name,
        type: parsed.data.type,
        condition: condition([...path, "if"], parsed.data.if),
        options: options.data,
        alsoOurs: parsed.data.also_ours
      }
    ];
  }
  function checkTemplates(path, value, names) {
    if (Array.isArray(value)) return value.flatMap((member, index) => checkTemplates([...path, index], member, names));
    if (value !== null && typeof value === "object") {
      return Object.entries(value).flatMap(([key, member]) => checkTemplates([...path, key], member, names));
    }
    if (typeof value !== "string") return [];
    try {
      return variablesOf(value).flatMap(({ path: variable }) => {
        const wrong = checkPath(variable, names);
        if (wrong)
          report(
            path,
            `the template names {{.${variable.join(".")}}}, but there is no "${wrong.unknown}"${suggestion(wrong.unknown, wrong.known)}`
          );
        return variable[0] === "Action" && variable[1] !== void 0 ? [variable[1]] : [];
      });
    } catch (error) {
      report(path, `the template can\u2019t be read: ${(error instanceof Error ? error.message : String(error)).split("\n")[0] ?? ""}`);
      return [];
    }
  }
  function checkNames(data) {
    const seen = /* @__PURE__ */ new Map();
    const unique = (kind, name2, path) => {
      if (typeof name2 !== "string") return;
      const key = `${kind} ${name2}`;
      if (seen.has(key)) report(path, `the ${kind} name "${name2}" is used twice; names are unique within a playbook`);
      seen.set(key, name2);
    };
    data.triggers.forEach((trigger, index) => unique("trigger", trigger["name"], ["triggers", index, "name"]));
    data.steps.forEach((step, index) => {
      unique("step", step.name, ["steps", index, "name"]);
      step.start_actions.forEach((action, at) => unique("action", action["name"], ["steps", index, "start_actions", at, "name"]));
      step.finish_actions.forEach((action, at) => unique("action", action["name"], ["steps", index, "finish_actions", at, "name"]));
    });
  }
  return { load };
}
function suggestion(word, known) {
  const near = nearest(word, known);
  return near === void 0 ? "" : ` (did you mean "${near}"?)`;
}
var TransitionList = z2.array(
  z2.object({
    label: z2.string(),
    to: z2.string(),
    description: z2.string().optional(),
    style: z2.enum(["default", "primary", "danger"]).optional()
  })
);
function readTransitions(value) {
  const parsed = TransitionList.safeParse(value ?? []);
  return parsed.success ? parsed.data : [];
}
function templateKindOf(schema, field) {
  let said = schema.shape[field];
  while (said) {
    const kind = z2.globalRegistry.get(said)?.["template"];
    if (kind === "markdown" || kind === "text" || kind === "name" || kind === "url" || kind === "none") return kind;
    said = said instanceof z2.ZodOptional || said instanceof z2.ZodDefault ? said.unwrap() : void 0;
  }
  return "none";
}
function blankTemplates(input, schema) {
  const blank = (value) => {
    if (typeof value === "string") return value.replaceAll(/\{\{[^}]*\}\}/g, "x");
    return Array.isArray(value) ? value.map(blank) : value;
  };
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, templateKindOf(schema, key) === "none" ? value : blank(value)])
  );
}

// src/actions/acknowledge-incident.ts
import { z as z5 } from "zod";

// src/core/action.ts
function defineAction(definition) {
  return definition;
}

// src/actions/incident-status.ts
import { z as z4 } from "zod";

// src/core/errors.ts
var BridgeError = class extends Error {
  code;
  constructor(details) {
    super(details.message, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
  }
};
var PermanentError = class extends BridgeError {
  kind = "permanent";
};
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// src/actions/fields.ts
import { z as z3 } from "zod";
var text = (help) => z3.string().meta({ template: "text", description: help });
var markdown2 = (help) => z3.string().meta({ template: "markdown", description: help });
var name = (help) => z3.string().trim().min(1).meta({ template: "name", description: help });
var stepName = (help) => Name.meta({ template: "none", description: help, refersTo: "step" });
var teamName = name("Team of the channel; the playbook\u2019s team, else the connector\u2019s, when absent.").optional();
var channelName = name("Handle or display name of the channel.");
var transitions = z3.array(
  z3.strictObject({
    label: z3.string().trim().min(1).max(64),
    to: Name,
    description: z3.string().max(300).optional(),
    style: z3.enum(["default", "primary", "danger"]).optional()
  })
).max(10).default([]).meta({ template: "none", description: "Buttons: pressing one moves the run to the step `to`." });
var yesNo = z3.union([z3.boolean(), z3.enum(["Yes", "No", "yes", "no"]).transform((word) => word.toLowerCase() === "yes")]).default(false).meta({ template: "none" });

// src/actions/incident-status.ts
var incidentInput = z4.strictObject({
  incident: text("The pager\u2019s id of the incident; the run\u2019s own when absent.").optional()
});
var incidentLane = (input, incident) => `pager.incident:${input.incident ?? incident.pagerId ?? ""}`;
async function wishStatus(context, status) {
  const { input, pager, connectorIds, incident, actor, effect, signal } = context;
  const incidentId = input.incident ?? incident.pagerId;
  if (!incidentId) {
    throw new PermanentError({
      code: "incident.none",
      message: "The run has no incident at the pager. Start it from a pager trigger, or name one in `incident`."
    });
  }
  const person = actor.email ? await pager.findUserByEmail(actor.email, signal) : void 0;
  return await effect(
    "pager.setStatus",
    pager.setStatus,
    { incidentId, status, actAs: person?.email },
    {
      about: `incident:${incidentId}`,
      echo: {
        reference: { kind: "pager.incident", value: `${connectorIds.pager}:${incidentId}` },
        eventType: status,
        actorId: person ? `${connectorIds.pager}:${person.id}` : ""
      },
      unchanged: (outcome) => !outcome.changed
    }
  );
}

// src/actions/acknowledge-incident.ts
var acknowledgeIncident = defineAction({
  type: "acknowledge_incident",
  summary: "Wish that the incident be acknowledged at the pager. Never reopens a resolved one.",
  input: incidentInput,
  output: z5.object({ Status: z5.string() }),
  example: {},
  lane: incidentLane,
  async run(context) {
    const outcome = await wishStatus(context, "acknowledged");
    if (outcome.status === "resolved") {
      context.raise({
        type: "resolved",
        source: context.connectorIds.pager,
        actor: { name: "PagerDuty", username: "", email: "", id: "" }
      });
    }
    return { Status: outcome.status };
  }
});

// src/actions/add-users-channel.ts
import { z as z6 } from "zod";
var User = z6.union([
  z6.string(),
  z6.looseObject({ Name: z6.string().default(""), Email: z6.string().default(""), Username: z6.string().default("") })
]);
var addUsersChannel = defineAction({
  type: "add_users_channel",
  summary: "Add people to a channel. One unknown name does not lose the others (S93).",
  input: z6.strictObject({
    channel_name: channelName,
    team_name: teamName,
    users: z6.array(User).max(200).meta({ template: "text", description: "Usernames, user ids, e-mail addresses, or people such as `{{.Action.OnCall.Users}}`." })
  }),
  output: z6.object({ Added: z6.array(z6.string()), Unknown: z6.array(z6.string()) }),
  example: { channel_name: "{{.Action.WarRoom.ChannelName}}", users: ["{{.Action.OnCall.Users}}", "kathy"] },
  async run({ input, chat, effect, findChannel, signal }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    const names = input.users.map((user) => typeof user === "string" ? user : user.Username || user.Email || user.Name).filter((who) => who.trim() !== "");
    const { found, unknown } = names.length > 0 ? await chat.findPeople(names, signal) : { found: [], unknown: [] };
    const refused = [];
    const added = [];
    for (const person of new Map(found.map((one) => [one.id, one])).values()) {
      try {
        await effect(
          "chat.addMember",
          chat.addMember,
          { channelId: channel.id, personId: person.id },
          { part: person.id, about: `channel:${channel.id}` }
        );
        added.push(person.username);
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        refused.push(`${person.username} (${messageOf(error)})`);
      }
    }
    return { Added: added, Unknown: [...unknown, ...refused] };
  }
});

// src/actions/archive-channel.ts
import { z as z7 } from "zod";
var archiveChannel = defineAction({
  type: "archive_channel",
  summary: "Archive a channel; waits for what is still to be drawn in it. Already archived = done.",
  input: z7.strictObject({ channel_name: channelName, team_name: teamName }),
  output: z7.object({}),
  example: { channel_name: "{{.Action.WarRoom.ChannelName}}" },
  async run({ input, chat, effect, findChannel }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    await effect("chat.archiveChannel", chat.archiveChannel, { channelId: channel.id }, { about: `channel:${channel.id}` });
    return {};
  }
});

// src/actions/create-channel.ts
import { z as z8 } from "zod";

// src/actions/shorten.ts
function shorten(text2, limit) {
  const characters = Array.from(text2);
  return characters.length <= limit ? text2 : `${characters.slice(0, limit - 1).join("")}\u2026`;
}
function oneLine(text2, limit) {
  return shorten(text2.replace(/\s*[\r\n]+\s*/g, " ").trim(), limit);
}

// src/actions/create-channel.ts
var HANDLE = /^[a-z0-9][a-z0-9_-]{0,62}[a-z0-9]$/;
var createChannel = defineAction({
  type: "create_channel",
  summary: "Create a chat channel.",
  input: z8.strictObject({
    channel_name: channelName,
    channel_displayname: text("Shown name; cut to 64 characters."),
    team_name: teamName,
    header: markdown2("Header with links; cut to 1024 characters.").default(""),
    purpose: text("Purpose; cut to 250 characters.").default(""),
    private: yesNo,
    if_exists: z8.enum(["fail", "reuse", "suffix"]).default("fail").meta({ template: "none" })
  }),
  output: z8.object({ ChannelID: z8.string(), ChannelName: z8.string(), DisplayName: z8.string(), URL: z8.string() }),
  example: {
    channel_name: "inc-{{.Instance.Number}}",
    channel_displayname: "INC {{.Instance.Number}}: {{.Event.Title}}",
    if_exists: "suffix"
  },
  async run({ input, chat, connectorIds, teamName: playbookTeam, effect }) {
    if (!HANDLE.test(input.channel_name)) {
      throw new PermanentError({
        code: "create_channel.bad_handle",
        message: `"${input.channel_name}" can't be a channel's handle: 2 to 64 of a-z, 0-9, "-" and "_", beginning and ending with a letter or digit. Change channel_name in the playbook.`
      });
    }
    const channel = await effect(
      "chat.createChannel",
      chat.createChannel,
      {
        team: input.team_name ?? playbookTeam,
        name: input.channel_name,
        displayName: shorten(input.channel_displayname, 64),
        header: shorten(input.header, 1024),
        purpose: shorten(input.purpose, 250),
        private: input.private,
        ifExists: input.if_exists
      },
      {
        about: `channel:${input.channel_name}`,
        references: (made) => [{ kind: "chat.channel", value: `${connectorIds.chat}:${made.id}` }]
      }
    );
    return { ChannelID: channel.id, ChannelName: channel.name, DisplayName: channel.displayName, URL: channel.url };
  }
});

// src/actions/create-issue.ts
import { z as z9 } from "zod";
var createIssue = defineAction({
  type: "create_issue",
  summary: "Open an issue at the tracker.",
  input: z9.strictObject({
    summary: text("One line; cut to 255 characters."),
    description: text("Longer text.").default(""),
    project: text("Project key; the connector\u2019s setting when absent.").optional(),
    issue_type: text("Type\u2019s name; the connector\u2019s setting when absent.").optional(),
    priority: text("Priority\u2019s name.").optional(),
    labels: z9.array(z9.string()).default([]).meta({ template: "text", description: 'Blanks become "-".' })
  }),
  output: z9.object({ Key: z9.string(), ID: z9.string(), URL: z9.string() }),
  example: { summary: "{{.Event.Title}}", description: "PagerDuty: {{.Event.URL}}" },
  async run({ input, tracker, connectorIds, effect }) {
    const issue = await effect(
      "tracker.createIssue",
      tracker.createIssue,
      {
        project: input.project,
        issueType: input.issue_type,
        summary: oneLine(input.summary, 255) || "(no title)",
        description: shorten(input.description, 32e3),
        labels: input.labels.map((label) => label.trim().replace(/\s+/g, "-")).filter(Boolean),
        priority: input.priority
      },
      { references: (made) => [{ kind: "tracker.issue", value: `${connectorIds.tracker}:${made.id}` }] }
    );
    return { Key: issue.key, ID: issue.id, URL: issue.url };
  }
});

// src/actions/find-on-call.ts
import { z as z10 } from "zod";
var Person = z10.object({ Name: z10.string(), Email: z10.string(), Username: z10.string(), PagerID: z10.string() });
var findOnCall = defineAction({
  type: "find_on_call",
  summary: "Look up who is on call at the pager.",
  input: z10.strictObject({
    escalation_policy: text("Id of the policy; the incident\u2019s own when absent.").optional(),
    fallback: z10.array(z10.string()).default([]).meta({ template: "text", description: "Usernames or e-mail addresses to use when nobody is on call." })
  }),
  output: z10.object({ Users: z10.array(Person), Names: z10.string() }),
  example: { fallback: ["kathy"] },
  async run({ input, pager, incident, signal }) {
    const policyId = input.escalation_policy ?? incident.escalationPolicyId ?? await policyOf(pager, incident.pagerId, signal);
    const onCall = policyId ? await pager.findOnCall(policyId, signal) : [];
    const users = onCall.length > 0 ? onCall.map((person) => ({ Name: person.name, Email: person.email, Username: "", PagerID: person.id })) : input.fallback.map((who) => ({
      Name: who,
      Email: who.includes("@") ? who : "",
      Username: who.includes("@") ? "" : who,
      PagerID: ""
    }));
    return { Users: users, Names: users.map((user) => user.Name).join(", ") || "nobody" };
  }
});
async function policyOf(pager, incidentId, signal) {
  return incidentId ? (await pager.readIncident(incidentId, signal))?.escalationPolicyId : void 0;
}

// src/actions/finished-workflow.ts
import { z as z11 } from "zod";
var finishedWorkflow = defineAction({
  type: "finished_workflow",
  summary: "End the run as finished, once what is still open has ended.",
  input: z11.strictObject({}),
  output: z11.object({}),
  example: {},
  run: () => Promise.resolve({})
});

// src/actions/post.ts
import { z as z12 } from "zod";
var post = defineAction({
  type: "post",
  summary: "Post a message, with buttons where transitions are given.",
  input: z12.strictObject({
    channel_name: channelName,
    team_name: teamName,
    message: markdown2("Markdown; cut to 4000 characters."),
    transitions
  }),
  output: z12.object({ PostID: z12.string(), URL: z12.string() }),
  example: {
    channel_name: "incidents",
    message: ":rotating_light: {{.Event.Title}}",
    transitions: [{ label: "Acknowledge", to: "Acknowledged" }]
  },
  post: "create",
  async run({ input, chat, connectorIds, effect, findChannel, compose }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    const made = await effect(
      "chat.post",
      chat.post,
      { channelId: channel.id, message: compose(input.message, input.transitions, channel.id) },
      {
        references: (outcome) => input.transitions.length > 0 ? [{ kind: "chat.post", value: `${connectorIds.chat}:${outcome.id}` }] : []
      }
    );
    return { PostID: made.id, URL: made.url, ChannelID: channel.id, ChannelName: channel.name };
  }
});

// src/actions/resolve-incident.ts
import { z as z13 } from "zod";
var resolveIncident = defineAction({
  type: "resolve_incident",
  summary: "Wish that the incident be resolved at the pager.",
  input: incidentInput,
  output: z13.object({ Status: z13.string() }),
  example: {},
  lane: incidentLane,
  async run(context) {
    return { Status: (await wishStatus(context, "resolved")).status };
  }
});

// src/actions/set-channel-header.ts
import { z as z14 } from "zod";
var setChannelHeader = defineAction({
  type: "set_channel_header",
  summary: "Set a channel\u2019s header; drawn again when a late output arrives.",
  input: z14.strictObject({
    channel_name: channelName,
    team_name: teamName,
    header: markdown2("Links side by side; cut to 1024 characters.")
  }),
  output: z14.object({}),
  example: { channel_name: "{{.Action.WarRoom.ChannelName}}", header: "[PagerDuty]({{.Event.URL}}) | [Jira]({{.Action.Ticket.URL}})" },
  redraws: true,
  lane: (input) => `chat.header:${input.channel_name}`,
  async run({ input, chat, effect, findChannel }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    await effect(
      "chat.setHeader",
      chat.setHeader,
      { channelId: channel.id, header: shorten(input.header, 1024) },
      { about: `channel:${channel.id}` }
    );
    return {};
  }
});

// src/actions/transition-issue.ts
import { z as z15 } from "zod";
var transitionIssue = defineAction({
  type: "transition_issue",
  summary: "Move the issue to a status, by name; the first of several that can be reached.",
  input: z15.strictObject({
    issue: text("Id or key; the run\u2019s issue when absent.").optional(),
    to: z15.union([z15.string().transform((one) => [one]), z15.array(z15.string()).min(1)]).meta({
      template: "text",
      description: "Status names, in order of preference; `done` = any status of the done category."
    })
  }),
  output: z15.object({ Status: z15.string() }),
  example: { to: ["Done", "Resolved", "Closed"] },
  needs: (input) => input.issue === void 0 ? ["create_issue"] : [],
  lane: (input, incident) => `tracker.status:${input.issue ?? incident.issueId ?? ""}`,
  async run({ input, tracker, incident, effect }) {
    const issueId = input.issue ?? incident.issueId;
    if (!issueId) {
      throw new PermanentError({
        code: "transition_issue.no_issue",
        message: "The run has no issue to move. Put a create_issue before it, or name one in `issue`."
      });
    }
    const moved = await effect(
      "tracker.transitionIssue",
      tracker.transitionIssue,
      { issueId, to: input.to },
      { about: `issue:${issueId}` }
    );
    return { Status: moved.status };
  }
});

// src/actions/transition-to.ts
import { z as z16 } from "zod";
var transitionTo = defineAction({
  type: "transition_to",
  summary: "Leave the step for another. Actions behind it in the list do not run.",
  input: z16.strictObject({ to: stepName("The step to go to.") }),
  output: z16.object({}),
  example: { to: "Triggered" },
  run: () => Promise.resolve({})
});

// src/actions/update-post.ts
import { z as z17 } from "zod";
var updatePost = defineAction({
  type: "update_post",
  summary: "Give an earlier post a new text and new buttons.",
  input: z17.strictObject({
    post: Name.meta({ template: "none", description: "Name of the post action that made it.", refersTo: "post" }),
    message: markdown2("Markdown; cut to 4000 characters."),
    transitions
  }),
  output: z17.object({ PostID: z17.string(), URL: z17.string() }),
  example: {
    post: "Card",
    message: ":eyes: {{.Event.Title}}, taken by {{.Actor.Name}}",
    transitions: [{ label: "Resolve", to: "Resolved" }]
  },
  post: "update",
  lane: (input) => `post:${input.post}`,
  async run({ input, chat, effect, findPost, compose }) {
    const target = findPost(input.post);
    if (!target) {
      throw new PermanentError({
        code: "update_post.no_post",
        message: `The post "${input.post}" was never made, so there is nothing to update.`
      });
    }
    const message = compose(input.message, input.transitions, target.channelId);
    await effect(
      "chat.updatePost",
      chat.updatePost,
      { postId: target.id, channelId: target.channelId, message },
      { about: `post:${target.id}` }
    );
    return { PostID: target.id, URL: "" };
  }
});

// src/actions/index.ts
var actions = [
  createChannel,
  setChannelHeader,
  addUsersChannel,
  archiveChannel,
  post,
  updatePost,
  findOnCall,
  acknowledgeIncident,
  resolveIncident,
  createIssue,
  transitionIssue,
  transitionTo,
  finishedWorkflow
];

// src/triggers/manual.ts
import { z as z18 } from "zod";

// src/core/trigger.ts
function defineTrigger(definition) {
  return definition;
}

// src/triggers/manual.ts
var manual = defineTrigger({
  type: "manual",
  summary: "A person starts it: `incident-bridge playbook run <name>`.",
  options: z18.strictObject({}),
  example: {},
  match: (event) => event.source === "manual"
});

// src/triggers/pagerduty.ts
import { z as z19 } from "zod";
var pagerduty = defineTrigger({
  type: "pagerduty",
  summary: "An event of a PagerDuty incident.",
  options: z19.strictObject({
    events: z19.array(z19.string().min(1)).min(1).default(["triggered"]).meta({ description: "Event types, or a vendor\u2019s own name as `pagerduty:incident.delegated`." })
  }),
  example: { events: ["triggered"] },
  match: (event, options) => event.source === "pagerduty" && (options.events.includes(event.type) || options.events.includes(event.vendorType))
});

// src/triggers/index.ts
var triggers = [pagerduty, manual];

// test/zz-mine.tmp.ts
var reg = createRegistry(actions, triggers);
var t = (n, text2) => {
  const s = performance.now();
  let r;
  try {
    const l = loadPlaybooks("x.yaml", text2, reg);
    r = l.ok ? "ok" : l.problems.map((p) => `${p.line}:${p.column} ${p.field}: ${p.message}`).join("\n     ");
  } catch (e) {
    r = "THROW " + e.constructor.name + " " + e.message.split("\n")[0];
  }
  console.log("##", n, (performance.now() - s).toFixed(0) + "ms\n    ", r);
};
var base = (extra = "", act = "") => `name: p
triggers: [{name: T, type: manual}]
${extra}steps:
  - name: A
    start_actions:
${act || "      - {name: E, type: finished_workflow}"}
`;
t("base", base());
t("bomb", "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n");
t("cyclic", "a: &a [*a]\n");
t("tabs", "name: p\nsteps:\n	- name: A\n");
t("deep", "[".repeat(2e4));
t("deepmap", Array.from({ length: 3e3 }, (_, i) => " ".repeat(i) + "a:").join("\n"));
t("huge", base("# " + "x".repeat(2e7) + "\n"));
t("huge list", "- ".repeat(1e5));
t("proto", base("__proto__: {x: 1}\n"));
t("json", JSON.stringify({ name: "p", triggers: [{ name: "T", type: "manual" }], steps: [{ name: "A", start_actions: [{ name: "E", type: "finished_workflow" }] }] }));
t("json comments", '{ // c\n "name":"p",}');
t("empty", "");
t("two", "a: 1\n---\nb: 2");
t("scalar", "hello");
t("null", "null");
t("list of null", "[null]");
t("dup key", "name: p\nname: q\n");
t("unknown + deep", base("chatt: mattermost\n", '      - {name: E, type: post, channel_nam: x, message: "{{.Event.Titel}}", on_error: {too: A}, timeout: 5 minutes, transitions: [{label: X, to: Nowhere, colour: red}]}'));
t("only deep", base("", '      - {name: E, type: post, channel_nam: x, message: "{{.Event.Titel}}", on_error: {too: A}}\n      - {name: sec-issue, type: pots}\n      - {name: E, type: transition_to, to: B}\n      - {name: F, type: transition_to, too: A}\n      - {name: G, type: post, channel_name: "{{.Action.H.Foo}}", message: "{% for x in y %}{% endfor %}", wait: false, on_error: {to: A}}\n      - {name: H, type: update_post, post: Karte, message: x}'));
t("blank name", 'name: "  "\ntriggers: [{name: T, type: text}]\nsteps: [{name: "", start_actions: []}]');
t("no name", "triggers: []\nsteps: []");
t("on", base("on: [{event: aknowledged, to: A},{evnt: resolved, to: A}]\n"));
t("if", base("", `      - {name: E, type: finished_workflow, if: 'Event.Titel == "x"'}
      - {name: F, type: finished_workflow, if: 'Event.Title.matches("x")'}`));
t("label template", base("", '      - {name: E, type: post, channel_name: x, message: y, transitions: [{label: "{{.Event.Title}}", to: A}]}'));

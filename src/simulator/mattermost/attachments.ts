import { z } from 'zod';
import type { Props } from './props.ts';

// A null becomes Go's zero value; a wrong type makes the server drop the whole list (04a#7).
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const integration = z.object({ url: text, context: z.record(z.string(), z.unknown()).nullish() }).transform(({ url, context }) => ({
  url,
  ...(context && Object.keys(context).length > 0 ? { context } : {}),
}));
export type Integration = z.output<typeof integration>;

const option = z.object({ text, value: text });

export interface Action {
  readonly id: string;
  readonly type?: string;
  readonly name?: string;
  readonly disabled?: true;
  readonly style?: string;
  readonly data_source?: string;
  readonly options?: readonly z.output<typeof option>[];
  readonly default_option?: string;
  /** undefined once stripped. */
  readonly integration?: Integration | undefined;
  /** Only on the actions of an ephemeral post. */
  readonly cookie?: string;
}

const sentAction = z.object({
  id: text,
  type: text,
  name: text,
  disabled: z.boolean().nullish(),
  style: text,
  data_source: text,
  options: z.array(option).nullish(),
  default_option: text,
  integration: integration.nullish(),
  cookie: text,
});
const action = sentAction.transform(toAction);

/** Empty members are left out, as Go's `omitempty` does. */
function toAction(sent: z.output<typeof sentAction>): Action {
  return {
    id: sent.id,
    ...(sent.type ? { type: sent.type } : {}),
    ...(sent.name ? { name: sent.name } : {}),
    ...(sent.disabled ? { disabled: true } : {}),
    ...(sent.style ? { style: sent.style } : {}),
    ...(sent.data_source ? { data_source: sent.data_source } : {}),
    ...(sent.options && sent.options.length > 0 ? { options: sent.options } : {}),
    ...(sent.default_option ? { default_option: sent.default_option } : {}),
    ...(sent.integration ? { integration: sent.integration } : {}),
    ...(sent.cookie ? { cookie: sent.cookie } : {}),
  };
}

const field = z.object({
  title: text,
  value: z
    .unknown()
    .optional()
    .transform((value) => value ?? null),
  short: z
    .union([z.boolean(), z.string()])
    .nullish()
    .transform((value) => value === true || value === 'true'),
});

export interface Attachment {
  readonly id: number;
  readonly fallback: string;
  readonly color: string;
  readonly pretext: string;
  readonly author_name: string;
  readonly author_link: string;
  readonly author_icon: string;
  readonly title: string;
  readonly title_link: string;
  readonly text: string;
  readonly fields: readonly { readonly title: string; readonly value: unknown; readonly short: boolean }[] | null;
  readonly image_url: string;
  readonly thumb_url: string;
  readonly footer: string;
  readonly footer_icon: string;
  readonly ts: unknown;
  readonly actions?: readonly Action[];
}

const attachment = z
  .object({
    id: z.number().int().nullish(),
    fallback: text,
    color: text,
    pretext: text,
    author_name: text,
    author_link: text,
    author_icon: text,
    title: text,
    title_link: text,
    text,
    fields: z.array(field.nullable()).nullish(),
    image_url: text,
    thumb_url: text,
    footer: text,
    footer_icon: text,
    ts: z.unknown().optional(),
    actions: z.array(action.nullable()).nullish(),
  })
  .transform(({ id, fields, ts, actions, ...rest }): Attachment => {
    const present = (actions ?? []).filter((one) => one !== null);
    return {
      id: id ?? 0,
      ...rest,
      fields: fields?.filter((one) => one !== null) ?? null,
      ts: ts ?? null,
      ...(present.length > 0 ? { actions: present } : {}),
    };
  });

const emptyAttachment = attachment.parse({});
const attachmentList = z.array(attachment.nullable().transform((one) => one ?? emptyAttachment));

/** Splits what was sent into plain props and attachments with every default field, as the server stores them. */
export function expandProps(sent: Props, newId: () => string): { props: Props; attachments: readonly Attachment[] | null | undefined } {
  const { attachments: raw, ...props } = sent;
  if (!('attachments' in sent)) return { props, attachments: undefined };
  const parsed = attachmentList.safeParse(raw);
  if (!parsed.success) return { props, attachments: null };
  // A missing action id is made up, and made up anew whenever the post is rebuilt.
  const attachments = parsed.data.map((one): Attachment =>
    one.actions ? { ...one, actions: one.actions.map((each) => (each.id ? each : { ...each, id: newId() })) } : one,
  );
  return { props, attachments };
}

/** As any reader sees them: no integration, not even for the author or an administrator. */
export function stripIntegrations(attachments: readonly Attachment[]): readonly Attachment[] {
  return attachments.map((one): Attachment =>
    one.actions ? { ...one, actions: one.actions.map((each) => ({ ...each, integration: undefined })) } : one,
  );
}

export function findAction(
  attachments: readonly Attachment[] | null | undefined,
  matches: (action: Action) => boolean,
): Action | undefined {
  for (const one of attachments ?? []) {
    const found = one.actions?.find(matches);
    if (found) return found;
  }
  return undefined;
}

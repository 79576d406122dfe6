import type { CategoryKey, Status } from './model.ts';

/** Names are translated from site to site; the keys never are. */
const CATEGORIES: Readonly<Record<CategoryKey, { readonly id: number; readonly name: string; readonly colorName: string }>> = {
  new: { id: 2, name: 'To Do', colorName: 'blue-gray' },
  indeterminate: { id: 4, name: 'In Progress', colorName: 'yellow' },
  done: { id: 3, name: 'Done', colorName: 'green' },
};

export function statusJson(api: string, status: Status): unknown {
  const { id, name, colorName } = CATEGORIES[status.category];
  return {
    self: `${api}/status/${status.id}`,
    description: '',
    iconUrl: '',
    name: status.name,
    id: status.id,
    statusCategory: { self: `${api}/statuscategory/${id}`, id, key: status.category, colorName, name },
  };
}

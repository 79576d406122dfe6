import { messageOf } from '../core/errors.ts';
import type { Shape } from './condition.ts';
import { checkPath } from './names.ts';
import { suggestion, type ProblemReport } from './problem-report.ts';
import type { Path } from './source-file.ts';
import { variablesOf } from './template.ts';

/** Reports every name that the templates in the value get wrong; answers the actions whose outputs they name. */
export function checkTemplates(report: ProblemReport, path: Path, value: unknown, names: Shape): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((member, index) => checkTemplates(report, [...path, index], member, names));
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, member]) => checkTemplates(report, [...path, key], member, names));
  }
  if (typeof value !== 'string') return [];
  if (value.includes('{%')) {
    report.add(path, 'tags such as {% for %} and {% include %} are not available: use steps, `if` and transition_to');
    return [];
  }
  try {
    return variablesOf(value).flatMap(({ path: variable }) => {
      const wrong = checkPath(variable, names);
      if (wrong)
        report.add(
          path,
          `the template names {{.${variable.join('.')}}}, but there is no "${wrong.unknown}"${suggestion(wrong.unknown, wrong.known)}`,
        );
      return variable[0] === 'Action' && variable[1] !== undefined ? [variable[1]] : [];
    });
  } catch (error) {
    report.add(path, `the template can’t be read: ${messageOf(error).split('\n')[0] ?? ''}`);
    return [];
  }
}

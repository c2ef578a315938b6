import type { OpenAPIObject } from '@nestjs/swagger';
import { isOfWorkloads, OPERATION_IDS, operation } from '../operations/operations.js';
import { describeSettings } from '../config/settings.js';
import { ERROR_REGISTRY, type ErrorCode } from '../errors/error-registry.js';

const GENERATED = '<!-- Written by `npm run docs`. Change the source, not this page. -->';

/** docs/operations.md, from the operations table. */
export function operationsPage(document: OpenAPIObject): string {
  const routes = routesById(document);
  const rows = OPERATION_IDS.map((id) => {
    const row = operation(id);
    const { anyOf, allScope, license, runsAs, rate, audit, secret, summary } = row;
    const scope =
      anyOf.length === 0
        ? 'itself'
        : allScope.length === 0
          ? 'own keys'
          : `all keys with ${codeList(allScope)}, else own keys`;
    return [
      code(id),
      code(routes.get(id) ?? 'none'),
      summary,
      isOfWorkloads(row) ? 'workloads' : anyOf.length === 0 ? 'any caller' : codeList(anyOf),
      scope,
      license,
      runsAs,
      rate,
      audit ? code(audit) : '',
      secret ? 'yes' : '',
    ];
  });
  return page(
    'Operations',
    'Every route, who may use it and on whose keys. The guard, the OpenAPI document and the permission tests ' +
      'are made from the same table (`src/operations/operations.ts`). "Runs as" says whose credential reaches ' +
      'Elasticsearch, which authorizes each call again.',
    [
      'Operation',
      'Route',
      'What',
      'Any of',
      'Reach',
      'License',
      'Runs as',
      'Rate class',
      'Audit event',
      'Secret in the answer',
    ],
    rows,
  );
}

/** docs/errors.md, from the error registry. */
export function errorsPage(): string {
  const rows = (Object.keys(ERROR_REGISTRY) as ErrorCode[]).map((name) => {
    const { status, title, remedy } = ERROR_REGISTRY[name];
    return [code(name), String(status), title, remedy];
  });
  return page(
    'Errors',
    'Every error is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `code`, `detail`, ' +
      '`request_id`, and where they help `errors[]` (`pointer`, `code`, `detail`), `required_privileges`, ' +
      '`missing_privileges`. Codes are stable; texts are not. A `pointer` is a JSON pointer into the body, or ' +
      '`query:name`, `path:name`, `header:name`.',
    ['Code', 'Status', 'Title', 'What to do'],
    rows,
  );
}

/** docs/configuration.md, from the settings schema. */
export function configurationPage(): string {
  const rows = describeSettings().map(({ name, default: preset, expects, description, secret, fileName }) => [
    code(name),
    preset === null ? '' : code(preset),
    expects,
    `${description}${secret ? ' Secret.' : ''}${fileName === null ? '' : ` Also as ${code(fileName)}.`}`,
  ]);
  return page(
    'Configuration',
    'From the environment, or from the YAML or JSON file that `LATCHKEY_CONFIG_FILE` names (a flat map of the ' +
      'same names; the environment wins). A name with `_FILE` at its end is read from that file. Unknown ' +
      '`LATCHKEY_*` names and bad values stop the start with one line.',
    ['Setting', 'Default', 'Value', 'What it does'],
    rows,
  );
}

function routesById({ paths }: OpenAPIObject): Map<string, string> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { operationId?: string }>).map(
        ([method, { operationId = '' }]) => [operationId, `${method.toUpperCase()} ${path}`] as const,
      ),
    ),
  );
}

function page(title: string, text: string, header: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [header, header.map(() => '---'), ...rows].map(line);
  return `${[GENERATED, `# ${title}`, '', text, '', ...table].join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function codeList(names: readonly string[]): string {
  return names.map(code).join(', ');
}

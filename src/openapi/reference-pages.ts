import type { OpenAPIObject } from '@nestjs/swagger';
import { isOfWorkloads, OPERATION_IDS, operation, type OperationId } from '../operations/operations.js';
import { describeSettings } from '../config/settings.js';
import { ERROR_CODES, ERROR_REGISTRY, membersOf } from '../errors/error-registry.js';

const GENERATED = '<!-- Written by `npm run docs`. Change the source, not this page. -->';

/** docs/operations.md, from the operations table. */
export function operationsPage(document: OpenAPIObject): string {
  const routes = routesById(document);
  return page(
    'Operations',
    [
      'Every route, who may use it and on whose keys. The guard, the OpenAPI document and the permission tests are',
      'made from the same table (`src/operations/operations.ts`). "Runs as" says whose credential reaches',
      'Elasticsearch, which authorizes each call again.',
    ],
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
    OPERATION_IDS.map((id) => operationCells(id, routes.get(id) ?? 'none')),
  );
}

function operationCells(id: OperationId, route: string): string[] {
  const row = operation(id);
  const { anyOf, allScope, license, runsAs, rate, audit, secret, summary } = row;
  const callers = anyOf.length === 0 ? 'any caller' : codeList(anyOf);
  const ownOrAll = allScope.length === 0 ? 'own keys' : `all keys with ${codeList(allScope)}, else own keys`;
  return [
    code(id),
    code(route),
    summary,
    isOfWorkloads(row) ? 'workloads' : callers,
    anyOf.length === 0 ? 'itself' : ownOrAll,
    license,
    runsAs,
    rate,
    audit ? code(audit) : '',
    secret ? 'yes' : '',
  ];
}

/** docs/errors.md, from the error registry. */
export function errorsPage(): string {
  return page(
    'Errors',
    [
      'Every error is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `code`, `detail` and',
      '`request_id`. Some codes carry further members; those in brackets are not always there. Codes are stable,',
      'texts are not. The `pointer` of an entry of `errors` is a JSON pointer into the body, or `query:name`,',
      '`path:name` or `header:name`.',
    ],
    ['Code', 'Status', 'Title', 'What to do', 'Members'],
    ERROR_CODES.map((name) => {
      const { status, title, remedy } = ERROR_REGISTRY[name];
      const always = membersOf(name, 'always').map(code);
      const sometimes = membersOf(name, 'sometimes').map((member) => `(${code(member)})`);
      return [code(name), String(status), title, remedy, [...always, ...sometimes].join(', ')];
    }),
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
    [
      'Settings come from the environment, or from the YAML or JSON file that `LATCHKEY_CONFIG_FILE` names: a flat',
      'map of the same names. The environment wins. A setting whose name ends in `_FILE` is read from the file that',
      'it names. Unknown `LATCHKEY_*` names and invalid values stop the start with one line.',
    ],
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

function page(
  title: string,
  introduction: readonly string[],
  header: readonly string[],
  rows: readonly string[][],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [header, header.map(() => '---'), ...rows].map(line);
  return `${[GENERATED, `# ${title}`, '', ...introduction, '', ...table].join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function codeList(names: readonly string[]): string {
  return names.map(code).join(', ');
}

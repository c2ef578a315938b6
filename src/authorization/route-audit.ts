import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { DiscoveryService } from '@nestjs/core';
import { getMetadataStorage } from 'class-validator';
import { OPERATION_METADATA, PUBLIC_METADATA } from './operation.decorator.js';
import { OPERATION_IDS, type OperationId } from '../operations/operations.js';

/** Parameter kinds of Nest's RouteParamtypes that carry input: body, query, path. */
const INPUT_KINDS: Record<string, string> = { 3: 'body', 4: 'query', 5: 'param' };

export interface AuditedRoute {
  method: string;
  path: string;
  operation: OperationId | undefined;
}

/**
 * Looks at every route before the service listens.
 *
 * @returns the routes with their operations.
 * @throws Error when a route has no operation (and is not public), an operation no route or two, or a route takes a
 * body, query or path input that no validated class describes.
 */
export function auditRoutes(discovery: DiscoveryService): AuditedRoute[] {
  const routes = discovery
    .getControllers()
    .flatMap(({ metatype }) => (metatype ? routesOf(metatype as Controller) : []));
  const problems = routes.flatMap((route) => route.problems);
  for (const id of OPERATION_IDS) {
    const count = routes.filter((route) => route.operation === id).length;
    if (count !== 1) problems.push(`operation ${id} has ${count} routes`);
  }
  if (problems.length > 0) throw new Error(`the routes do not match the operations table: ${problems.join('; ')}`);
  return routes.map(({ method, path, operation }) => ({ method, path, operation }));
}

type Controller = { name: string; prototype: Record<string, unknown> };

function routesOf(controller: Controller): Array<AuditedRoute & { problems: string[] }> {
  const isPublic = Reflect.getMetadata(PUBLIC_METADATA, controller) === true;
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const handler = controller.prototype[name];
    if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD_METADATA, handler)) return [];
    const where = `${controller.name}.${name}`;
    const operation = Reflect.getMetadata(OPERATION_METADATA, handler) as OperationId | undefined;
    const open = isPublic || Reflect.getMetadata(PUBLIC_METADATA, handler) === true;
    const problems = inputProblems(controller, name, where);
    if (operation === undefined && !open) problems.push(`${where} has no operation`);
    return [
      {
        method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? 'GET',
        path: joinPath(Reflect.getMetadata(PATH_METADATA, controller), Reflect.getMetadata(PATH_METADATA, handler)),
        operation,
        problems,
      },
    ];
  });
}

function inputProblems(controller: Controller, name: string, where: string): string[] {
  const inputs = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
    string,
    { index: number; data?: unknown }
  >;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype, name) ?? []) as unknown[];
  return Object.entries(inputs).flatMap(([key, { index, data }]) => {
    const kind = INPUT_KINDS[key.split(':')[0] ?? ''];
    if (kind === undefined) return [];
    if (data !== undefined) return [`${where} takes a single ${kind} value; take the whole validated class`];
    return isValidated(types[index]) ? [] : [`${where} takes an unvalidated ${kind}`];
  });
}

function isValidated(type: unknown): boolean {
  return (
    typeof type === 'function' && getMetadataStorage().getTargetValidationMetadatas(type, '', false, false).length > 0
  );
}

function joinPath(...parts: unknown[]): string {
  const segments = parts
    .flatMap((part) => (typeof part === 'string' ? part.split('/') : []))
    .filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}

import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type FieldError, invalidField, invalidFields, ServiceError } from '../errors/service-error.js';
import { escapePointer } from '../json/json-limits.js';

/** What an input class may say beyond its decorators. */
interface InputClass extends Type<object> {
  /** Rules that look inside a field or at several fields; run when every field has the right form. */
  rules?(value: object): FieldError[];
  /** Names that exist but can never be set, to be told apart from unknown ones. */
  immutable?: readonly string[];
  /** No body at all means `{}`. */
  optionalBody?: boolean;
  /** Unknown fields are read over, for messages that somebody else defines. */
  openBody?: boolean;
}

type InputKind = 'body' | 'query' | 'param';

/**
 * Checks bodies, queries and path parameters against their classes. Unknown fields are refused. A body is handed on as
 * it was parsed, so that nothing in it is copied, dropped or converted; queries and paths are converted by their class.
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type === 'custom' || metatype === undefined) return value;
    const input = metatype as InputClass;
    refuseInherited(value, type);
    const instance = type === 'body' ? bodyInstance(input, value) : plainToInstance(input, value ?? {});
    const errors = validateSync(instance, {
      whitelist: !input.openBody,
      forbidNonWhitelisted: !input.openBody,
      forbidUnknownValues: true,
      stopAtFirstError: true,
    });
    const found = errors.flatMap((error) => fieldErrors(error, type, input));
    const all = found.length > 0 ? found : (input.rules?.(instance) ?? []);
    if (all.length > 0) throw invalidFields(all);
    return instance;
  }
}

/**
 * No input has a field that is named like a member of every object. `constructor` would be what class-validator takes
 * for the class to validate by, and class-transformer drops some of the others unseen.
 */
function refuseInherited(value: unknown, kind: InputKind): void {
  if (typeof value !== 'object' || value === null) return;
  const name = Object.keys(value).find((key) => key in Object.prototype);
  if (name === undefined) return;
  const pointer = kind === 'body' ? `/${name}` : `${kind}:${name}`;
  throw invalidField(pointer, 'field.unknown', 'is not known here');
}

function bodyInstance(input: InputClass, given: unknown): object {
  const value = given === undefined && input.optionalBody === true ? {} : given;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('request.invalid', 'The request needs a JSON object as its body.', {
      members: { errors: [{ pointer: '', code: 'body.type', detail: 'must be a JSON object' }] },
    });
  }
  // Shallow: what is nested stays the very object that was parsed.
  return Object.assign(Object.create(input.prototype as object) as object, value);
}

function fieldErrors(error: ValidationError, kind: InputKind, input: InputClass): FieldError[] {
  const pointer =
    kind === 'body' ? `/${escapePointer(error.property)}` : `${kind === 'param' ? 'path' : kind}:${error.property}`;
  return Object.entries(error.constraints ?? {}).map(([constraint, message]) => {
    if (constraint === 'whitelistValidation') {
      return input.immutable?.includes(error.property)
        ? { pointer, code: 'field.immutable', detail: 'never changes' }
        : { pointer, code: 'field.unknown', detail: 'is not known here' };
    }
    if (kind === 'query' && Array.isArray(error.value))
      return { pointer, code: 'field.repeated', detail: 'may be given once' };
    return { pointer, code: 'field.invalid', detail: withoutProperty(message, error.property) };
  });
}

function withoutProperty(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

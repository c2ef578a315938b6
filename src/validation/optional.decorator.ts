import { ValidateIf } from 'class-validator';

/** The field may be absent. Unlike class-validator's IsOptional, `null` is not absent: it is refused, never dropped. */
export const Optional = (): PropertyDecorator => ValidateIf((_object: object, value: unknown) => value !== undefined);

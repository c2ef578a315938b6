import { Ajv, type SchemaObject, type ValidateFunction } from 'ajv';
import { ConfigError } from '../config-error.js';
import { placeOf, type Path } from './place.js';
import { explain } from './schema-error.js';
import { parseStrictly } from './strict-document.js';

/** Refuses a file for what stands at a place. */
export type Refuse = (path: Path, problem: string) => never;

/** A file that its schema accepts. The caller checks what a schema cannot say, and refuses it in the same words. */
export interface Accepted<Given> {
  given: Given;
  /** @throws ConfigError that names the setting and the place. */
  refuse: Refuse;
}

/** The form of a policy file: YAML or JSON that a setting names, held to a JSON Schema that docs publishes. */
export class PolicyFormat<Given> {
  private readonly validate: ValidateFunction<Given>;

  constructor(
    /** The setting that names the file. */
    readonly setting: string,
    schema: SchemaObject,
  ) {
    const ajv = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true, verbose: true });
    this.validate = ajv.compile<Given>(schema);
  }

  /** @throws ConfigError of one line: the setting, the place, what is wrong there and what is allowed. */
  accept(text: string): Accepted<Given> {
    const document = parseStrictly(this.setting, text);
    if (!this.validate(document)) throw new ConfigError(this.setting, explain(this.validate.errors ?? [], document));
    return {
      given: document,
      refuse: (path, problem) => {
        throw new ConfigError(this.setting, `${placeOf(path, document)} ${problem}`);
      },
    };
  }
}

/** Refuses a list in which two entries have the same value of a field that tells them apart. */
export function refuseRepeated<Field extends string>(
  list: ReadonlyArray<Readonly<Record<Field, string>>>,
  path: Path,
  field: Field,
  refuse: Refuse,
): void {
  const repeated = list.findIndex((item, index) => list.findIndex((other) => other[field] === item[field]) !== index);
  if (repeated !== -1) refuse([...path, repeated, field], 'is listed twice');
}

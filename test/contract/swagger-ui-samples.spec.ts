import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

interface Property {
  default?: unknown;
}

const { components } = load(readFileSync('openapi.yaml', 'utf8')) as {
  components: {
    schemas: Record<string, { properties?: Record<string, Property> }>;
    securitySchemes: Record<string, { description?: string }>;
  };
};

const latches = Object.entries(components.schemas).flatMap(([schema, { properties = {} }]) =>
  Object.entries(properties)
    .filter(([name]) => name.startsWith('allow_'))
    .map(([name, property]) => ({ latch: `${schema}.${name}`, filledWith: property.default })),
);

describe('what Swagger UI makes of openapi.yaml', () => {
  // Its sampler fills a boolean without a default with true.
  test('has no body that comes with a safety latch open', () => {
    expect(latches.length).toBeGreaterThan(0);
    expect(latches.filter(({ filledWith }) => filledWith !== false)).toEqual([]);
  });

  test('has no placeholder that Markdown takes for a tag and strips', () => {
    const outsideOfCode = Object.values(components.securitySchemes).map(({ description = '' }) =>
      description.replaceAll(/`[^`]*`/g, ''),
    );
    expect(outsideOfCode.filter((text) => text.includes('<'))).toEqual([]);
  });

  test.each([
    'key_id',
    'new_key_id',
    'new_key_ids',
    'owner',
    'see',
    'manager',
    'present_license',
    'required_license',
    'expires_at',
  ])('names %s, which problems carry', (member) => {
    expect(Object.keys(components.schemas['Problem']?.properties ?? {})).toContain(member);
  });
});

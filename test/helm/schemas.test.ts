import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeJsonSchemas } from './json-schemas.ts';
import { chart, run, template, valueSetPath, valueSets, type Json } from './support.ts';

describe('helm lint --strict', () => {
  for (const name of valueSets) {
    it(`finds nothing with the values of ${name}`, () => {
      const { status, stdout, stderr } = run('helm', [
        'lint',
        '--strict',
        '--quiet',
        chart,
        '--values',
        valueSetPath(name),
      ]);
      assert.equal(status, 0, stdout + stderr);
    });
  }
});

describe('kubeconform with the schemas of Kubernetes 1.34, the Prometheus operator and the Gateway API', () => {
  let folder: string;
  before(() => writeJsonSchemas((folder = mkdtempSync(join(tmpdir(), 'latchkey-schemas-')))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const conform = (text: string): Json => {
    const { stdout, stderr } = run(
      'kubeconform',
      [
        '-strict',
        '-summary',
        '-output',
        'json',
        '-schema-location',
        `${folder}/{{ .ResourceKind }}{{ .KindSuffix }}.json`,
        '-',
      ],
      { input: text },
    );
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  };

  for (const name of valueSets) {
    it(`finds every object valid with the values of ${name}, and skips none`, () => {
      const { resources, summary } = conform(template(name).text);
      assert.deepEqual(resources, []);
      assert.ok(summary.valid >= 5);
      assert.deepEqual([summary.invalid, summary.errors, summary.skipped], [0, 0, 0]);
    });
  }

  for (const [what, from, to] of [
    ['an unknown field of the pod', 'enableServiceLinks:', 'enableServiceLink:'],
    ['a number where a text must be', 'type: RollingUpdate', 'type: 3'],
    ['an unknown field of a ServiceMonitor', 'scrapeTimeout:', 'scrapetimeout:'],
  ] as const) {
    it(`would find ${what}`, () => {
      const { text } = template('production');
      assert.ok(text.includes(from));
      assert.equal(conform(text.replace(from, to)).summary.invalid, 1);
    });
  }
});

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startOnSandbox, type RunningOnSandbox } from './running-service.ts';
import { built, chart, only, readYaml, render, run, type Json } from './support.ts';

const rulesPath = `${chart}/files/rules.yaml`;
const rulesTestPath = fileURLToPath(new URL('rules.test.yaml', import.meta.url));
const rules: Json[] = readYaml(rulesPath).groups.flatMap((group: Json) => group.rules);
const dashboard: Json = JSON.parse(readFileSync(`${chart}/files/dashboard.json`, 'utf8'));
const panels: Json[] = dashboard.panels.filter((panel: Json) => panel.type !== 'row');

describe('the alert rules', () => {
  it('are valid', () => {
    const { status, stdout, stderr } = run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', rulesPath]);
    assert.equal(status, 0, stdout + stderr);
  });

  it('fire when they must and are silent when they must', () => {
    const { status, stdout, stderr } = run('promtool', ['test', 'rules', rulesTestPath]);
    assert.equal(status, 0, stdout + stderr);
  });

  it('are each shown firing and silent', () => {
    const shown: Json[] = readYaml(rulesTestPath).tests.flatMap((test: Json) => test.alert_rule_test);
    for (const { alert } of rules) {
      const cases = shown.filter((test) => test.alertname === alert).map((test) => test.exp_alerts.length > 0);
      assert.deepEqual([...new Set(cases)].sort(), [false, true], alert);
    }
  });

  it('reach the cluster as they are, without those that are disabled', () => {
    const inCluster = only(render('production'), 'PrometheusRule').spec.groups.flatMap((group: Json) => group.rules);
    assert.deepEqual(
      inCluster,
      rules.filter(({ alert }) => alert !== 'LatchkeyLatencyHigh'),
    );
  });

  it('are each explained in docs/kubernetes.md', () => {
    const page = readFileSync(new URL('../../docs/kubernetes.md', import.meta.url), 'utf8');
    assert.deepEqual(
      rules.map(({ alert }) => alert).filter((alert) => !page.includes(alert)),
      [],
    );
  });

  it('say how bad it is, what has happened and what it means', () => {
    for (const { alert, labels, annotations } of rules) {
      assert.match(alert, /^Latchkey[A-Z]/);
      assert.ok(['warning', 'critical'].includes(labels.severity), alert);
      assert.ok(annotations.summary && annotations.description, alert);
    }
  });
});

describe('the dashboard', () => {
  it('reaches the cluster as it is', () => {
    assert.deepEqual(
      JSON.parse(only(render('production'), 'ConfigMap', '-dashboard').data['latchkey.json']),
      dashboard,
    );
  });

  it('asks what Prometheus understands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-dashboard-'));
    const asRules = panels
      .flatMap(({ targets }) => targets.map(({ expr }: Json) => expr))
      .map((expr, index) => ({ record: `panel:${index}`, expr: filled(expr) }));
    writeFileSync(join(folder, 'rules.yaml'), JSON.stringify({ groups: [{ name: 'dashboard', rules: asRules }] }));
    const { status, stdout, stderr } = run('promtool', ['check', 'rules', join(folder, 'rules.yaml')]);
    rmSync(folder, { recursive: true, force: true });
    assert.equal(status, 0, stdout + stderr);
    assert.ok(asRules.length >= 30);
  });

  it('has a title and a place of its own for each panel', () => {
    assert.equal(new Set(dashboard.panels.map(({ id }: Json) => id)).size, dashboard.panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      assert.ok(title);
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.equal(taken.has(`${x} ${y}`), false, `${title} covers another panel`);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

describe('a running service', () => {
  let service: RunningOnSandbox;
  let metrics: string;
  before(async () => {
    service = await startOnSandbox();
    const authorization = `Basic ${btoa('elastic:changeme')}`;
    for (const [path, headers] of [
      ['/v1/session', { authorization }],
      ['/v1/license', { authorization }],
      ['/v1/user-keys', { authorization }],
      ['/v1/user-keys', {}],
      ['/nowhere', {}],
    ] as const) {
      await (await fetch(service.url + path, { headers })).text();
    }
    metrics = await (await fetch(`${service.metricsUrl}/metrics`)).text();
  });
  after(() => service.stop());

  it('has metrics that promtool finds nothing wrong with', () => {
    const { status, stdout, stderr } = run('promtool', ['check', 'metrics'], { input: metrics });
    assert.deepEqual({ status, said: stdout + stderr }, { status: 0, said: '' });
  });

  it('has every metric that a rule or a panel names', () => {
    const named = new Set(
      [...rules, ...panels.flatMap(({ targets }) => targets), ...dashboard.templating.list].flatMap((part) =>
        metricNames(part.expr ?? part.definition ?? ''),
      ),
    );
    const there = new Set([...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? ''));
    assert.ok(named.size > 15);
    assert.deepEqual(
      [...named].filter((name) => !there.has(name)),
      [],
    );
  });

  it('has no metric of its own that no rule and no panel shows', () => {
    const shown = readFileSync(rulesPath, 'utf8') + JSON.stringify(dashboard);
    const own = [...metrics.matchAll(/^# TYPE (latchkey_\S+) /gm)].map(([, name]) => name ?? '');
    assert.deepEqual(
      own.filter((name) => !shown.includes(name)),
      [],
    );
  });

  it('gives no metric a label that a ServiceMonitor sets on every series: Prometheus would rename ours', async () => {
    const ofTheTarget = ['namespace', 'pod', 'service', 'container', 'endpoint', 'job', 'instance', 'node'];
    const own = [...(await ownLabels())].flatMap(([name, labels]) => labels.map((label) => ({ name, label })));
    assert.ok(own.length > 20);
    assert.deepEqual(
      own.filter(({ label }) => ofTheTarget.includes(label)),
      [],
    );
  });

  it('gives them the labels by which rules and panels select and sum', async () => {
    const labels = await ownLabels();
    const scraped = ['namespace', 'job', 'instance', 'le'];
    let checked = 0;
    for (const { expr } of [...rules, ...panels.flatMap(({ targets }) => targets)]) {
      const summed = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
      const known = [...scraped, ...metricNames(expr).flatMap((name) => labels.get(name) ?? [])];
      assert.deepEqual(
        summed.filter((label) => !known.includes(label)),
        [],
        expr,
      );
      for (const [, name = '', selectors = ''] of expr.matchAll(
        /\b((?:latchkey|process|nodejs)_[a-z0-9_]+)\{([^}]*)\}/g,
      )) {
        const selected = [...selectors.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label]) => label);
        const allowed = [...scraped, ...(labels.get(metricNames(name)[0] ?? '') ?? [])];
        assert.deepEqual(
          selected.filter((label) => !allowed.includes(label ?? '')),
          [],
          expr,
        );
        checked += selected.length;
      }
    }
    assert.ok(checked > 50);
  });
});

/** The labels of each metric of the service, by its name. */
async function ownLabels(): Promise<Map<string, string[]>> {
  const [{ Metrics }, { CredentialMetrics }] = await Promise.all([
    built('observability/metrics.js'),
    built('observability/credential-metrics.js'),
  ]);
  const { registry } = new Metrics();
  new CredentialMetrics(registry);
  return new Map(registry.getMetricsAsArray().map((metric: Json) => [metric.name, metric.labelNames]));
}

/** With values for what Grafana fills in. */
function filled(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(namespace|job|profile)\b/g, '.*');
}

function metricNames(expr: string): string[] {
  return [...expr.matchAll(/\b(?:latchkey|process|nodejs)_[a-z0-9_]+/g)].map(([name]) =>
    name.replace(/(_seconds)_(bucket|count|sum)$/, '$1'),
  );
}

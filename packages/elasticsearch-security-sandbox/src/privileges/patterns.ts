const RESTRICTED =
  /^\.(?:security(?:-[0-9]+.*|-tokens.*|-profile.*)?|fleet-.*|async-search.*|kibana-siem-rule-migrations.*)$/;

/** Whether a name matches a pattern with `*` and `?`, or a `/regular expression/`. */
export function matchesPattern(pattern: string, name: string): boolean {
  return pattern === '*' || compile(pattern).test(name);
}

/**
 * Whether everything a pattern may match is matched by another. Exact for names, `*` and prefixes; a wildcard is taken
 * as a letter otherwise, which is right for patterns people write and wrong for contrived ones.
 */
export function covers(pattern: string, asked: string): boolean {
  if (pattern === asked || pattern === '*') return true;
  if (asked === '*') return false;
  return matchesPattern(pattern, asked);
}

/** Whether a name belongs to an index of the system that only `allow_restricted_indices` opens. */
export function isRestricted(name: string): boolean {
  return RESTRICTED.test(name.replace(/\*+$/, ''));
}

/** Whether a text is a pattern the node can compile. */
export function isValidPattern(pattern: string): boolean {
  if (!pattern.startsWith('/')) return true;
  if (pattern.length < 2 || !pattern.endsWith('/')) return false;
  const plain = pattern.slice(1, -1).replaceAll(/\\./gs, '');
  const outside = plain.replaceAll(/\[[^\]]+\]/g, '');
  const opened = outside.split('(').length;
  const closed = outside.split(')').length;
  // Lucene takes a `)` too many, but nothing that is left open.
  return !outside.includes('[') && opened <= closed && !/\{(?!\d)/.test(outside);
}

function compile(pattern: string): RegExp {
  if (pattern.length > 1 && pattern.startsWith('/') && pattern.endsWith('/'))
    return compileExpression(pattern.slice(1, -1));
  const expression = [...pattern].map((character) =>
    character === '*' ? '.*' : character === '?' ? '.' : RegExp.escape(character),
  );
  return new RegExp(`^${expression.join('')}$`, 's');
}

// What only Lucene understands matches nothing here.
function compileExpression(expression: string): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`, 's');
  } catch {
    return /(?!)/;
  }
}

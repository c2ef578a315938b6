import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filledCache } from '../elasticsearch/jar-cache.ts';
import { LOGGING } from '../elasticsearch/jars.ts';
import { findJdk, javaNeeded } from '../elasticsearch/java.ts';

/**
 * elasticsearch-parts.ts VERSION FOLDER: writes the log's configuration into the folder and prints what else an image of
 * Elasticsearch is made of, a line each: the JDK, the folder of the jars (downloaded when they are not there yet), and a
 * tag that changes with any of it.
 */
const [version = '', folder = '.'] = process.argv.slice(2);
const jdk = await findJdk(javaNeeded(version));
if (jdk === undefined) throw new Error(`no JDK ${javaNeeded(version)} or later`);
const jars = await filledCache(version, jdk);
const recipe = createHash('sha256').update(jdk.home);
for (const file of ['elasticsearch.Dockerfile', 'elasticsearch-entrypoint'])
  recipe.update(await readFile(new URL(file, import.meta.url)));
await writeFile(join(folder, 'log4j2.properties'), LOGGING);
console.log(`${jdk.home}\n${jars}\n${basename(jars)}-${recipe.digest('hex').slice(0, 8)}`);

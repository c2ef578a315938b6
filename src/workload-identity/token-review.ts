import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TokenReviewSource } from '../config/workload-issuers.js';
import { fetchText, UnusableAnswer } from './fetch-text.js';
import { unauthenticated, verifierUnavailable } from './refusals.js';

interface ReviewStatus {
  authenticated?: boolean;
  audiences?: string[];
  user?: { username?: string };
}

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const WHAT = 'The TokenReview of Kubernetes';

/**
 * Asks Kubernetes whether a token is still good: it knows the pods and service accounts that are gone. Nothing is
 * remembered here, so that a token ends with its pod; and the API server, which by itself answers from a cache for ten
 * seconds, finds nothing in it, because one of the audiences asked for is always new.
 *
 * @param subject who the token speaks of, as its verified claims say.
 * @throws ServiceError `workload.unauthenticated`, or `workload.verifier-unavailable` when there is no clear answer.
 */
export async function requireReviewed(
  { url, tokenFile, caFile }: TokenReviewSource,
  token: string,
  audience: string,
  subject: string,
): Promise<void> {
  const {
    authenticated,
    audiences = [],
    user,
  } = await review(url, tokenFile, caFile, { token, audiences: [audience, `urn:latchkey:once:${randomUUID()}`] });
  if (authenticated !== true) throw unauthenticated('Kubernetes does not accept the token any more.');
  if (user?.username !== subject || !audiences.includes(audience))
    throw unauthenticated('Kubernetes takes the token for that of somebody else, or for another audience.');
}

async function review(
  url: string,
  tokenFile: string,
  caFile: string | undefined,
  spec: { token: string; audiences: string[] },
): Promise<ReviewStatus> {
  try {
    const [own, ca] = await Promise.all([
      readFile(tokenFile, 'utf8'),
      caFile === undefined ? undefined : readFile(caFile, 'utf8'),
    ]);
    const { status, text } = await fetchText({
      url: `${url}${PATH}`,
      method: 'POST',
      headers: { authorization: `Bearer ${own.trim()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }),
      ...(ca !== undefined && { ca }),
    });
    const answer = status === 201 ? (JSON.parse(text) as { status?: ReviewStatus }).status : undefined;
    if (answer === undefined) throw new UnusableAnswer(status);
    return answer;
  } catch (error) {
    throw verifierUnavailable(WHAT, error);
  }
}

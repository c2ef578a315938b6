# Latchkey's image: Node, the C library that Node needs, and the service. No shell, no package manager, no npm.
#
#   docker build -t latchkey .
#   docker build -t latchkey --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:... --build-arg VERSION=1.2.3 .
#
# Build arguments:
#   NODE_IMAGE  where Node and the C library come from: an image with Node 24.9 or later, npm and a shell. Pin it by its
#               digest for a release (docker buildx imagetools inspect node:24-bookworm-slim prints it); the digest then
#               fixes everything outside /app, and package-lock.json what is inside.
#   VERSION, REVISION, CREATED  version, commit and RFC 3339 time, for the labels of the result.
# Build secret:
#   npmrc       the npm configuration of a registry of your own: --secret id=npmrc,src=$HOME/.npmrc. It is in no layer.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --workspaces=false --ignore-scripts --no-audit --no-fund --loglevel=error
COPY .swcrc ./
COPY scripts/build.mjs scripts/
COPY src src
RUN node scripts/build.mjs .

FROM ${NODE_IMAGE} AS packages
WORKDIR /packages
COPY package.json package-lock.json ./
# Peers and optional packages would bring typescript along. The packages of the workspace (the sandbox) stay outside.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --workspaces=false --omit=dev --omit=optional --omit=peer --ignore-scripts --no-audit --no-fund --loglevel=error
COPY --from=build /build/dist dist
COPY scripts/image scripts
RUN sh scripts/trim.sh dist node_modules && sh scripts/node-root.sh /root-filesystem

FROM scratch
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Latchkey" \
      org.opencontainers.image.description="Elasticsearch API keys as a service" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=packages /root-filesystem /
WORKDIR /app
COPY --from=packages /packages/package.json ./
COPY --from=packages /packages/node_modules node_modules
COPY --from=packages /packages/dist dist
ENV NODE_ENV=production
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
# 8080 the API, 9464 the metrics, 8443 the mesh port where it is turned on.
EXPOSE 8080 9464 8443
STOPSIGNAL SIGTERM
# Node is PID 1 on purpose: the service handles SIGTERM and SIGINT itself and starts no other process, so there is
# nothing that tini would have to reap or pass on.
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js"]

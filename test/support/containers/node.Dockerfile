# What node:24-bookworm-slim is to the project's Dockerfile, made of Debian's packages, the npm package `node` and the npm
# of this machine. For tests of the Dockerfile only: it trusts the certificate authorities of this machine.
FROM scratch
ADD debian.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm

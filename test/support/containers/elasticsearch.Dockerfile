# What tests use of docker.elastic.co/elasticsearch/elasticsearch: its port, its environment and its user, over a node that
# is put together from Maven's jars (test/support/elasticsearch/README.md says what such a node lacks).
FROM scratch
ADD debian.tar /
WORKDIR /usr/share/elasticsearch
COPY jdk jdk
COPY node ./
COPY entrypoint /usr/local/bin/docker-entrypoint.sh
COPY log4j2.properties config/log4j2.properties
RUN mkdir -p data logs plugins && chown -R 1000:0 config data logs plugins && chown 1000:0 .
USER 1000:0
# Not 9300: podman 4.3 calls an exposed port that nobody asked for "bound to nothing", and Testcontainers waits for it.
EXPOSE 9200
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]

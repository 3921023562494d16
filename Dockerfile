# syntax=docker/dockerfile:1
# Builds audit-gateway and puts it, its mappings and the libraries it needs into a small image that is not root.

FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        libsqlite3-dev libcurl4-openssl-dev libssl-dev libsimdjson-dev libre2-dev zlib1g-dev libzstd-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --product audit-gateway --static-swift-stdlib \
        -Xswiftc -cross-module-optimization -Xswiftc -enforce-exclusivity=unchecked \
    && install -s -D -m 0755 .build/release/audit-gateway /out/usr/local/bin/audit-gateway

FROM debian:bookworm-slim
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        libsqlite3-0 libcurl4 libssl3 libsimdjson14 libre2-9 zlib1g libzstd1 libstdc++6 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin gateway \
    && install -d -o gateway -g gateway -m 0700 /data
COPY --from=build /out/ /
COPY Mappings /usr/local/share/audit-gateway/Mappings
USER gateway
# The configuration, the store and its lock live here; mount a volume.
WORKDIR /data
VOLUME /data
# In a container the listener must be reachable from outside of it; TLS ends at the proxy in front. Set
# AUDIT_GATEWAY_PUBLIC_URL to what the proxy is reached at: answers that name a URL are made of it.
ENV AUDIT_GATEWAY_LISTEN_HOST=0.0.0.0
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["audit-gateway", "health"]
ENTRYPOINT ["audit-gateway"]
CMD ["serve"]

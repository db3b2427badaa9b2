# Two images from one build: `core`, which has no codec, and `air`, which has all of them.
ARG BUILDER=rust:1.95-bookworm
ARG BASE=debian:bookworm-slim

FROM ${BUILDER} AS build
WORKDIR /src
COPY . .
RUN docker/build.sh /out

FROM ${BASE} AS base
RUN groupadd --gid 8480 retrovue \
 && useradd --uid 8480 --gid 8480 --home-dir /var/lib/retrovue --no-create-home --shell /usr/sbin/nologin retrovue \
 && install -d -o retrovue -g retrovue -m 0770 /var/lib/retrovue /var/lib/retrovue/branding /run/retrovue
ENV RETROVUE_HOME=/var/lib/retrovue \
    RETROVUE_AIR_SOCKET=/run/retrovue/air.sock

FROM base AS core
# Media servers are asked over https, too.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/retrovue-core /out/retrovue /usr/local/bin/
# Air runs beside it; the container's own address is published, or not, by whoever runs it.
ENV RETROVUE_AIR__MANAGE=false \
    RETROVUE_HTTP=0.0.0.0:8480
USER retrovue
EXPOSE 8480
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["retrovue", "status", "--json"]
CMD ["retrovue-core", "serve"]

FROM base AS air
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad \
      gstreamer1.0-plugins-ugly gstreamer1.0-libav libpangocairo-1.0-0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/retrovue-air /usr/local/bin/
ENV RETROVUE_AIR_METRICS=0.0.0.0:8481
USER retrovue
STOPSIGNAL SIGTERM
CMD ["retrovue-air", "serve"]

# The site and its server in an image of their own:  docker build -t digits .  &&  docker run -p 5000:5000 digits
FROM debian:trixie-slim AS tools
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /digits
COPY setup.sh .
RUN ./setup.sh run static && rm -rf /var/lib/apt/lists/*
COPY Makefile ./
COPY mk mk

FROM tools AS site
COPY src src
COPY web web
COPY models models
COPY serve/compress.js serve/
RUN make site

FROM tools AS server
COPY serve serve
RUN make build/static/serve
# What the program is made of, and with: Debian's packages and their versions.
RUN dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' >packages.txt

FROM scratch
ARG VERSION=dev REVISION=unknown SOURCE=unknown
LABEL org.opencontainers.image.title="digits" \
      org.opencontainers.image.description="Reads handwritten digits in the browser; this is the page and its server" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
COPY --from=server /digits/build/static/serve /serve
COPY --from=server /digits/packages.txt /packages.txt
COPY --from=site /digits/build/site /site
USER 65534:65534
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=4s --start-period=5s CMD ["/serve", "--health"]
ENTRYPOINT ["/serve", "--root", "/site"]

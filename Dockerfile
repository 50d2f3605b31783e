# The site and its server in an image of their own:  docker build -t digits .  &&  docker run -p 5000:5000 digits
FROM debian:trixie-slim AS tools
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /digits
COPY setup.sh .
RUN ./setup.sh run && rm -rf /var/lib/apt/lists/*
COPY Makefile ./

FROM tools AS site
COPY src src
COPY web web
COPY models models
RUN make site

FROM tools AS server
COPY serve serve
# Static, so that it needs nothing of the system around it.
RUN make build/serve LDFLAGS='-static -s'

FROM scratch
COPY --from=server /digits/build/serve /serve
COPY --from=site /digits/build/site /site
USER 65534:65534
EXPOSE 5000
ENTRYPOINT ["/serve", "--root", "/site"]

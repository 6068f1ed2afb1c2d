# The Go of releases, without the known faults of older ones: RELEASE_GO in the Makefile.
FROM golang:1.27.3-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# What "okoshko version" and the metrics call this build: docker build --build-arg VERSION=v1.2.3
ARG VERSION
# timetzdata puts the time zones into the binary: the last stage has no files of its own.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X okoshko/internal/app.version=$VERSION" -o /okoshko . \
 && mkdir /data && chown 65532:65532 /data

# Nothing but the binary and the certificates of the world. It needs no shell, no root and no file that it may
# write but the store's: run it with --read-only.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /okoshko /okoshko
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV OKOSHKO_SERVER_LISTEN=:8080 OKOSHKO_STORE_PATH=/data/okoshko.db
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["/okoshko", "health"]
ENTRYPOINT ["/okoshko"]

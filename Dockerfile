FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# timetzdata puts the time zones into the binary: the last stage has no files of its own.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w" -o /okoshko . \
 && mkdir /data && chown 65532:65532 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /okoshko /okoshko
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV OKOSHKO_SERVER_LISTEN=:8080 OKOSHKO_STORE_PATH=/data/okoshko.db
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/okoshko"]

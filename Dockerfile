# docker build --build-arg VERSION="$(git describe --tags --always)" --build-arg COMMIT="$(git rev-parse --short HEAD)" -t registrard .
FROM golang:1.26-bookworm AS build
WORKDIR /src
# The modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
ARG COMMIT=unknown
RUN make build VERSION="$VERSION" COMMIT="$COMMIT" \
 && echo 'registrard:x:65532:65532:registrard:/:/registrard' > /passwd

# Nothing but the program, the certificate authorities for TLS to PostgreSQL, and
# a name for the user that it runs as.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /passwd /etc/passwd
COPY --from=build /src/bin/registrard /registrard
COPY --from=build /src/LICENSE /src/NOTICES /usr/share/doc/registrard/
USER 65532:65532
EXPOSE 5060/udp 5060/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s CMD ["/registrard", "ready"]
ENTRYPOINT ["/registrard"]
CMD ["serve"]

# docker build -t pgverdict .
# docker run --rm -i pgverdict < plan.txt
# docker run --rm -v "$PWD:/work:ro" pgverdict review incident/
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
RUN apt-get update -qq && apt-get install -y -qq gcc-x86-64-linux-gnu gcc-aarch64-linux-gnu
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETARCH
RUN case "$TARGETARCH" in arm64) cc=aarch64 ;; amd64) cc=x86_64 ;; esac && \
	CGO_ENABLED=1 GOARCH="$TARGETARCH" CC="$cc-linux-gnu-gcc" go build -trimpath -tags netgo,osusergo \
	-ldflags '-s -w -linkmode external -extldflags -static' -o /pgverdict ./cmd/pgverdict

# The binary is static and needs no other file.
FROM scratch
COPY --from=build /pgverdict /pgverdict
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/pgverdict"]

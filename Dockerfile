# syntax=docker/dockerfile:1
# The operator, for linux/amd64 and linux/arm64:
#   docker build -t carto-operator:0.1.0 .
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/carto-operator:0.1.0 --push .
# Pin the base images by digest where a build has to be repeatable: --build-arg SDK_IMAGE=...@sha256:...
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled

# Runs on the machine that builds, whatever the image is for: .NET compiles for the other architecture as well.
FROM --platform=$BUILDPLATFORM ${SDK_IMAGE} AS build
ARG TARGETARCH
WORKDIR /source

# What the packages depend on comes first: it changes less often than the code.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Operator.Contracts/*.csproj src/Operator.Contracts/packages.lock.json src/Operator.Contracts/
COPY src/Operator.Runtime/*.csproj src/Operator.Runtime/packages.lock.json src/Operator.Runtime/
COPY src/Operator.Carto/*.csproj src/Operator.Carto/packages.lock.json src/Operator.Carto/
COPY src/Operator/*.csproj src/Operator/packages.lock.json src/Operator/
# By the lock files first. Then what publishing needs beside: .NET for all architectures, and the trimmer of this SDK.
RUN dotnet restore src/Operator --locked-mode && dotnet restore src/Operator -p:PublishReadyToRun=true

COPY src/Operator.Contracts src/Operator.Contracts
COPY src/Operator.Runtime src/Operator.Runtime
COPY src/Operator.Carto src/Operator.Carto
COPY src/Operator.Manifests/Output/YamlText.cs src/Operator.Manifests/Output/
COPY src/Operator src/Operator
# The commit, which the executable tells as part of its version.
ARG REVISION
# What that makes of it for a platform says src/Operator/Operator.csproj.
RUN dotnet publish src/Operator --no-restore --configuration Release --arch $TARGETARCH --output /app -p:SourceRevisionId=${REVISION}

FROM ${RUNTIME_IMAGE}
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="carto-operator" \
      org.opencontainers.image.description="Manages CARTO's M2M OAuth Clients as custom resources" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# For spec.rotation.timeZone. The SDK's image has the data, the other one does not; it is the same for each architecture.
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /app /app
WORKDIR /app
# Nothing is written, not even the sockets of .NET's diagnostics: the root file system may be read-only.
ENV DOTNET_EnableDiagnostics=0
# Garbage is collected after 16 MB (a hexadecimal number) at the latest: a start with 10,000 resources takes 150 MB instead of 250 MB. There is no
# setting for it in a file.
ENV DOTNET_GCGen0MaxBudget=1000000
# For kubectl exec and docker run, which have no shell to find it: kubectl exec deploy/carto-operator -- operator check
ENV PATH=/app:$PATH
# By number, so that Kubernetes can tell that it is not root.
USER 1654:1654
EXPOSE 8080 8081
ENTRYPOINT ["/app/operator"]
CMD ["run"]

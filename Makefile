# What a developer types. The work is done by dotnet and by the scripts of .ci and tests/apiserver.
.DEFAULT_GOAL := help
.PHONY: help publish demo build test generate verify format screenshot apiserver clean crash-matrix histories image kills bench bench-memory bench-curves bench-churn bench-micro

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r t d; do printf '%-16s %s\n' "$$t" "$$d"; done

# As the Dockerfile does it, for the machine that this runs on.
publish: ## put the executable as the image has it into artifacts/operator
	@.ci/need dotnet
	@dotnet restore src/Operator --locked-mode --verbosity quiet
	@dotnet restore src/Operator -p:PublishReadyToRun=true --verbosity quiet
	@dotnet publish src/Operator --no-restore --configuration Release --arch $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x64) --output artifacts/operator \
	  --verbosity quiet --nologo

demo: ## show the operator at work until Ctrl-C; ONCE=1: go through it and end
	@.ci/need dotnet
	@echo "building"
	@dotnet build tests/Operator.Demo --verbosity quiet --nologo -clp:NoSummary
	@exec tests/Operator.Demo/bin/Debug/net10.0/Operator.Demo $(if $(ONCE),--once)

build: ## compile the whole solution, warnings are errors
	@.ci/need dotnet
	@dotnet build Operator.sln

test: ## run all tests, those against a real API server included
	@.ci/test

crash-matrix: ## end the operator at each effect that it has, and check every promise; takes a while
	@.ci/need dotnet
	@dotnet run --project tests/Operator.Reliability -- matrix $(ARGS)

histories: ## play N random histories of edits, faults and kills, and check every promise
	@.ci/need dotnet
	@dotnet run --project tests/Operator.Reliability -- histories --count $(or $(N),100) $(ARGS)

kills: ## kill the executable again and again under load, and compare what is left; N=300 resources, KILLS=40, SEED=...
	@.ci/need dotnet
	@dotnet run --project tests/Operator.Reliability -- kills $(if $(N),--resources $(N)) $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

image: ## build the image with buildah, on stand-ins for its base images, and try it; needs root
	@tests/image/build.sh

# The benchmarks, with the executable that the image has, and its environment.
benchmarks = env -u OPERATOR_TEST_KUBECONFIG OPERATOR_EXECUTABLE=$(CURDIR)/artifacts/operator/operator \
  $(shell sed -n 's/^ENV \(DOTNET_GC[^ ]*\)$$/\1/p' Dockerfile) \
  tests/Operator.Benchmarks/bin/Release/net10.0/Operator.Benchmarks

.PHONY: build-benchmarks
build-benchmarks:
	@.ci/need dotnet
	@dotnet build tests/Operator.Benchmarks --configuration Release --verbosity quiet --nologo -clp:NoSummary

bench: publish build-benchmarks ## measure the operator against bare loops; N=10000 CONCURRENCY=16 IDLE=60, takes a while
	@exec $(benchmarks) $(if $(N),--resources $(N)) $(if $(CONCURRENCY),--concurrency $(CONCURRENCY)) $(if $(IDLE),--idle $(IDLE)) $(ARGS)

bench-memory: publish build-benchmarks ## the memory of an operator at rest; N="0 1000 10000"
	@exec $(benchmarks) memory $(if $(N),--resources $(N)) $(ARGS)

bench-curves: publish build-benchmarks ## how cost grows with the number of resources, with pictures; N="1000 3000 10000 30000", takes long
	@exec $(benchmarks) curves $(if $(N),--resources $(N)) $(ARGS)

bench-churn: publish build-benchmarks ## whether memory, handles and threads stay the same over many reconciles; N=1000 RECONCILES=200000, takes long
	@exec $(benchmarks) churn $(if $(N),--resources $(N)) $(if $(RECONCILES),--reconciles $(RECONCILES)) $(ARGS)

bench-micro: build-benchmarks ## micro-benchmarks of the hot paths, and how large what is kept is
	@exec tests/Operator.Benchmarks/bin/Release/net10.0/Operator.Benchmarks micro $(ARGS)

generate: ## write CRDs, roles, the generated parts of the chart, and docs/api.md
	@.ci/need dotnet
	@dotnet run --project src/Operator.Manifests

verify: ## check lock files, formatting and generated files
	@.ci/verify

format: ## bring the code into the form that make verify asks for
	@.ci/need dotnet
	@dotnet tool restore --verbosity quiet
	@dotnet csharpier format .

screenshot: ## make the pictures of the emulator's page in docs/images again
	@.ci/need dotnet chromium
	@PAGE_PICTURES=$(CURDIR)/docs/images dotnet run --project tests/Carto.Emulator.Tests -- --filter-class '*PictureTests'

apiserver: ## start an API server and keep it up until Ctrl-C
	@tests/apiserver/start.sh $(ARGS)

clean: ## remove what the build made; the cached API server stays
	@rm -rf artifacts && find src tests -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} +

# tundish: `make` alone prints this help.

GO      ?= go
BIN     := bin/tundish
FUZZTIME ?= 10s
BENCHTIME ?= 300ms
ROUNDS  ?= 7
ORDERS  ?= 1000000
KILLS   ?= 200
SERVER_KILLS ?= 50
SEED    ?= 0
SEEDS_DISPATCH ?= 3
SCALE   ?= 1
ONLY    ?=
SEEDS   ?= 10000
# Fuzz targets as package:name.
FUZZ    := $(shell grep -rlE '^func Fuzz' --include='*_test.go' . 2>/dev/null | sort | while read f; do d=$$(dirname $$f); grep -hoE '^func Fuzz[A-Za-z0-9_]*' $$f | sed "s|func |$$d:|"; done)

.DEFAULT_GOAL := help
.PHONY: help run build test test-sqlserver restarts race sim crash crash-sqlserver lint generate verify bench bench-lists bench-dispatch bench-large fuzz clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build and start the hub with the simulators on embedded SQLite: a working day to look at
	$(BIN) demo

build: ## one static binary, bin/tundish
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/tundish

test: build ## everything that can be tested on a fresh machine
	$(GO) vet -stdmethods=false ./...   # MarshalXML and UnmarshalXML are ours: direct, over wsdl/xml
	$(GO) test -p 2 -timeout 15m ./...
	@skip() { echo "NOTE: $$1 is missing ($$2): the tests against it were SKIPPED."; }; \
	 /usr/bin/python3 -c 'import zeep' 2>/dev/null || skip "zeep" "apt-get install python3-zeep"; \
	 php -r 'exit(class_exists("SoapClient") ? 0 : 1);' 2>/dev/null || skip "PHP's SOAP extension" "apt-get install php-cli php-soap"; \
	 command -v npm >/dev/null || skip "npm" "apt-get install nodejs npm"; \
	 command -v strace >/dev/null || skip "strace" "apt-get install strace; I/O errors are injected with it"; \
	 command -v xmllint >/dev/null || skip "xmllint" "apt-get install libxml2-utils"; \
	 command -v xsltproc >/dev/null || skip "xsltproc" "apt-get install xsltproc"; \
	 command -v soapcpp2 >/dev/null || skip "gSOAP" "apt-get install gsoap libgsoap-dev libsqlite3-dev gcc"; \
	 [ "$$(id -u)" = 0 ] || skip "a small disk to fill" "only root may mount one"; \
	 [ -n "$$TUNDISH_TEST_SQLSERVER" ] || echo "NOTE: TUNDISH_TEST_SQLSERVER is not set: the tests against a TDS server were SKIPPED (make test-sqlserver runs them)."

test-sqlserver: build ## the store's suite and the demo on the server in TUNDISH_TEST_SQLSERVER; fails without one
	@if [ -z "$$TUNDISH_TEST_SQLSERVER" ]; then echo "set TUNDISH_TEST_SQLSERVER, e.g. sqlserver://user:password@127.0.0.1:1433?database=master&encrypt=disable"; exit 2; fi
	@out=$$($(GO) test -count=1 -v ./core/store/sqlserver/... 2>&1); status=$$?; echo "$$out" | grep -E '^(---|===|ok|FAIL|PASS|panic|[[:space:]]+[a-z_]+_test.go)' | grep -v '=== RUN'; \
	 if echo "$$out" | grep -q -- '--- SKIP'; then echo "some tests were skipped; 0 are allowed here"; exit 1; fi; exit $$status
	$(GO) test -count=1 -run 'TestTwoHubsNeverOverfillACrew' ./core/assign
	$(BIN) demo --once --store "$$TUNDISH_TEST_SQLSERVER"
	$(BIN) demo --once --hubs 3 --due 120 --speed 400 --kill pull,submit,write-back --store "$$TUNDISH_TEST_SQLSERVER"

restarts: build ## 100 restarts of two hubs behind a plain TCP balancer under callers that never repeat a call
	TUNDISH_TEST_RESTARTS=100 $(GO) test -count=1 -v -timeout 20m -run 'TestNoCallFails' ./cmd/tundish

race: ## the tests that start goroutines, under the race detector
	CGO_ENABLED=1 $(GO) test -race -p 1 -timeout 20m ./core/... ./adapters/... ./dispatch/... ./wsdl/xml/...

lint: ## gofmt, go vet, staticcheck
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi
	$(GO) vet -stdmethods=false ./...   # MarshalXML and UnmarshalXML are ours: direct, over wsdl/xml
	$(GO) tool staticcheck ./...

generate: ## contracts to Go code and served WSDLs, JSON Schemas of the YAML files
	$(GO) run ./wsdl/internal/gen
	$(GO) run ./config/internal/schema schema/json

verify: ## fails when what is committed differs from what would be generated, or contracts and vocabulary differ
	$(GO) run ./wsdl/internal/gen -verify
	$(GO) run ./config/internal/schema -check schema/json
	$(GO) test -count=1 -run TestTheContracts ./config/codes

bench: ## parser, store and dispatch; then the hub beside bare servers and a SOAP peer, written to RESULTS.md (ROUNDS=7)
	$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) ./wsdl/xml ./adapters/soap ./core/store/sqlite ./core/life ./dispatch/...
	TUNDISH_TEST_BENCH_WRITE=1 $(GO) test -timeout 30m -run '^$$' -bench . -benchtime $(ROUNDS)x ./cmd/tundish/bench

ORDERS ?= 1000000

bench-lists: ## every view's list and searches by everything beside a million orders on SQLite, as a table; takes 3 GB and eleven minutes (ORDERS=1000000)
	$(GO) test -timeout 60m -run '^$$' -bench '^BenchmarkLists$$' -benchtime 1x ./core/store/sqlite -lists.orders $(ORDERS)

bench-dispatch: ## solve the routing instances of a folder, DATA=dir, and print how good the plans are beside other programs' (SEEDS_DISPATCH=3, SCALE=1, ONLY=regexp)
	@if [ -z "$(DATA)" ]; then echo "set DATA to a folder with vrptw/, cvrp/, mdvrptw/, technician/, day/ and bks.tsv"; exit 2; fi
	$(GO) run ./dispatch/internal/bench -data $(DATA) -seeds $(SEEDS_DISPATCH) -scale $(SCALE) -only '$(ONLY)'

bench-large: ## start, look-ups and inserts with ten million orders stored, memory of a pull of a million, 100,000 results written back; takes 30 GB and a while
	TUNDISH_TEST_BENCH_WRITE=1 TUNDISH_TEST_BENCH_LARGE=1 $(GO) test -timeout 3h -run '^$$' -bench 'Scale|Start|Drain|PullMemory' -benchtime $(ROUNDS)x ./cmd/tundish/bench

sim: ## 10,000 seeds of the deterministic simulation (SEEDS=n); SEED=4711 repeats one and prints its trace
	$(GO) test -count=1 -timeout 120m ./core/sim -run 'TestPromisesHold|TestPlantedBugsAreFound|TestTheSameSeedIsTheSameRun' -seeds $(SEEDS) -seed $(SEED) $(if $(filter-out 0,$(SEED)),-run TestPromisesHold -v)

crash: ## kill the hub 200 times under load (KILLS=50, SEED=n repeats a run), fail and fill its disk; any broken promise is an error
	$(GO) test -count=1 -v -timeout 60m -parallel 1 -run 'Disk|Fsync|ThroughKills$$' ./cmd/tundish/crash -kills $(KILLS) -seed $(SEED)

crash-sqlserver: ## the same 50 times on the server in TUNDISH_TEST_SQLSERVER (SERVER_KILLS=20); fails without one
	@if [ -z "$$TUNDISH_TEST_SQLSERVER" ]; then echo "set TUNDISH_TEST_SQLSERVER, e.g. sqlserver://user:password@127.0.0.1:1433?database=master&encrypt=disable"; exit 2; fi
	$(GO) test -count=1 -v -timeout 60m -run 'ThroughKillsOnAServer$$' ./cmd/tundish/crash -kills $(SERVER_KILLS) -seed $(SEED)

fuzz: ## every fuzz target for FUZZTIME (10s each)
	@for t in $(FUZZ); do echo "== $$t"; $(GO) test -run '^$$' -fuzz "^$${t#*:}$$" -fuzztime $(FUZZTIME) $${t%%:*} || exit 1; done

clean: ## remove what was built and the demo's state
	rm -rf bin var

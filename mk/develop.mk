##@ Develop
.PHONY: dev check test lint types format debug coverage profile fuzz soak container-test screenshots

dev: build ## Serve the page, and build and load it anew whenever a source changes (PORT=5000)
	@node src/site/dev.js

# Left to `test`: ONNX Runtime, and the C tests once more as WebAssembly.
slow := tests/unit/export.test.js tests/unit/wasm.test.js
check: lint build $(asan_programs) ## The quick check before a commit: lint, types, unit tests
	@node --test --test-concurrency=$$(nproc) --test-reporter=dot $(filter-out $(slow),$(wildcard tests/unit/*.test.js))

TESTS ?= $(sort $(shell find tests -name '*.test.js'))
test: build package test-programs ## Build, then run all tests (or some: TESTS="file …")
	@$(browser) FIREFOX=$${FIREFOX:-$$(command -v firefox-esr)} node --test $(TESTS)

lint: types $(tidied) ## Find mistakes in C and JavaScript
	clang-format --dry-run -Werror $(sources)
	node_modules/.bin/biome check --error-on-warnings

types: build/layout.js node_modules/.package-lock.json src/dataset/fonts/node_modules ## Check the types in JavaScript's comments
	node_modules/.bin/tsc

format: node_modules/.package-lock.json ## Bring C and JavaScript into one form
	@./setup.sh lint
	clang-format -i $(sources)
	node_modules/.bin/biome format --write

debug: $(debug_programs) ## Programs and C tests with sanitizers and without optimization: build/debug
	@echo "Ready: gdb --args build/debug/digits predict FILE, build/debug/core_tests models/digits.safetensors"

coverage: $(coverage_programs) ## Lines of C that the C tests reach: a table, and build/coverage/html/index.html
	@cd build/coverage && for tests in core_tests train_tests; do \
	    LLVM_PROFILE_FILE=$$tests.profraw ./$$tests ../../models/digits.safetensors >$$tests.log || { cat $$tests.log; exit 1; }; done
	@llvm-profdata merge -sparse build/coverage/*.profraw -o build/coverage/all.profdata
	@llvm-cov show $(llvm_cov) -format=html -output-dir=build/coverage/html
	@llvm-cov report $(llvm_cov)
llvm_cov = build/coverage/core_tests -object build/coverage/train_tests -instr-profile=build/coverage/all.profdata \
    -ignore-filename-regex='(tests|build)/'

RUN ?= predict $(wildcard web/screenshots/*.png)
profile: build/digits ## Where the time goes in build/digits RUN (predict PICTURES), such as RUN="train --epochs 1 --out build/w"
	@perf record -q -F 5000 -o build/profile.data build/digits $(RUN) >build/profile.log
	@perf report -i build/profile.data --stdio --percent-limit 0.5 2>/dev/null | grep -v '^$$'
	@echo "Line by line: perf annotate -i build/profile.data"

fuzz: build $(fuzzers) ## Random networks (N) through all kernels; the server's parsers for TIME seconds each (600)
	@node tests/fuzz/kernels.js $(N)
	@for name in request path range negotiate; do tests/fuzz/run.sh build/fuzz/$$name $(TIME) || exit 1; done

soak: build/serve ## Polite and hostile clients at the server for TIME seconds (600), as JSON
	@node tests/server/soak.js

container-test: ## Build the image and run it, with buildah, podman and runc; asks for a root and a Debian mirror
	@tests/container/test.sh

screenshots: build node_modules/.package-lock.json ## Pictures of each screen, by day and night, phone and desktop: build/screenshots
	@$(browser) node tests/e2e/screenshots.js


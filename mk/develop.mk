##@ Develop
.PHONY: test lint format fuzz soak container-test screenshots audit

TESTS ?= $(sort $(shell find tests -name '*.test.js'))
test: build package test-programs ## Build, then run all tests (or some: TESTS="file …")
	@$(browser) FIREFOX=$${FIREFOX:-$$(command -v firefox-esr)} node --test $(TESTS)

lint: $(stb) node_modules/.package-lock.json src/dataset/fonts/node_modules ## Find mistakes in C and JavaScript
	clang-format --dry-run -Werror $(sources)
	clang-tidy --quiet $(filter-out src/image/decode.c %/floor.c,$(filter %.c,$(sources))) -- $(flags) $(tidy_flags)
	node_modules/.bin/tsc

format: ## Bring the C sources into one form
	@./setup.sh lint
	clang-format -i $(sources)

fuzz: build $(fuzzers) ## Random networks (N) through all kernels; the server's parsers for TIME seconds each (600)
	@node tests/fuzz/kernels.js $(N)
	@for name in request path range negotiate; do tests/fuzz/run.sh build/fuzz/$$name $(TIME) || exit 1; done

soak: build/serve ## Polite and hostile clients at the server for TIME seconds (600), as JSON
	@node tests/server/soak.js

container-test: ## Build the image and run it, with buildah, podman and runc; asks for a root and a Debian mirror
	@tests/container/test.sh

screenshots: build node_modules/.package-lock.json ## Pictures of each screen, by day and night, phone and desktop: build/screenshots
	@$(browser) node tests/e2e/screenshots.js


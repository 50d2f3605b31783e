# digits — every command of the project. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += -j$(shell nproc)
.PHONY: help run test build wasm data train sweep eval-reading eval-learning report bench bench-size bench-growth \
    bench-visit bench-camera bench-train bench-serve screenshots audit package fuzz soak container-test lint format \
    clean always

EMCC   ?= emcc
CFLAGS ?= -O2 -g
SPACE  ?= models/sweeps/mlp.txt
teachers := $(sort $(wildcard models/teachers/*.safetensors))
comma := ,
space := $(subst ,, )
BIND   ?= localhost
DATA   ?= ../shared/data
TESTS  ?= $(sort $(shell find tests -name '*.test.js'))
browser = CHROMIUM=$${CHROMIUM:-$$(command -v chromium)}

# Where the libraries are: setup.sh finds out, and installs what is missing. Not for commands that compile nothing.
ifneq ($(filter-out help data format clean,$(or $(MAKECMDGOALS),help)),)
include build/config.mk
endif
build/config.mk: always
	@./setup.sh run $(sort $(patsubst eval-reading,report,\
	    $(filter test lint report eval-reading bench-train bench-serve fuzz container-test,$(MAKECMDGOALS))) \
	    $(if $(filter bench bench-size bench-growth bench-visit bench-camera screenshots audit package,$(MAKECMDGOALS)),chromium) \
	    $(if $(filter bench-serve build/static/serve,$(MAKECMDGOALS)),static))

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────

run: build ## Build, then serve the page at http://localhost:5000/ (another PORT; BIND=0.0.0.0: all interfaces)
	@build/serve --bind $(BIND)

test: build package test-programs ## Build, then run all tests (or some: TESTS="file …")
	@$(browser) FIREFOX=$${FIREFOX:-$$(command -v firefox-esr)} node --test $(TESTS)

build: build/digits build/serve site ## Everything that `run` needs

data: ## Get MNIST into data/, unless it is there already
	@node src/dataset/mnist.js

train: build src/dataset/fonts/node_modules ## Train the network: models/digits.safetensors and models/runs/digits.jsonl
	@mkdir -p models/runs
	data=$$(node src/dataset/mnist.js) && extra=$$(node src/dataset/build_dataset.js "$$data") && \
	    build/digits train --data "$$data" --extra "$$extra" --teacher "$(subst $(space),$(comma),$(teachers))" \
	    --out models/digits.safetensors --log models/runs/digits.jsonl

sweep: build/digits ## Train every trial of SPACE (models/sweeps/mlp.txt), and print a table: models/runs/NAME/
	dir=$$(node src/dataset/mnist.js) && build/digits sweep "$(SPACE)" --data "$$dir"

bench-size: build node_modules/.package-lock.json ## Bytes of a first visit, as JSON lines
	@$(browser) node tests/bench/size.js

bench-train: build/digits build/bench/peak ## Pictures a second in training, PyTorch's beside ours, as JSON lines
	data=$$(node src/dataset/mnist.js) && node tests/bench/train.js "$$data"

bench: build build/bench/contestants.js build/bench/floor.wasm build/bench/native ## Our speed beside other engines', in Node, Chromium and natively; README=1 renews README's table
	@$(browser) node tests/bench/speed.js $(if $(README),--readme)

bench-growth: site ## Time and memory against batch, image size and number of digits, as JSON lines
	@node tests/bench/growth.js

bench-visit: build build/bench/contestants.js ## Time to a first prediction, ours and other engines', as JSON lines
	@$(browser) node tests/bench/visit.js

bench-camera: build node_modules/.package-lock.json ## Frames the live camera reads a second, and how free it leaves the page, as JSON lines
	@$(browser) node tests/bench/camera.js

bench-serve: build/static/serve site ## The server beside nginx and lighttpd: CPU a request, requests a second, memory, as JSON lines
	@node tests/bench/serve.js

eval-reading: site node_modules/.package-lock.json ## How it reads collected handwriting (DATA) and what it bears; N=50 is quicker
	@node tests/reading/measure.js --data "$(DATA)" $(if $(N),--n $(N)) $(if $(WEIGHTS),--weights "$(WEIGHTS)")

eval-learning: site ## What five corrections of an unusual form do to that form, and to MNIST, as JSON lines
	@node tests/learning/measure.js

report: build ## Make build/site/report.html from runs, sweeps and the test set; LIVE=1 follows a training
	@node src/train/report.js $(if $(LIVE),--live)

screenshots: build node_modules/.package-lock.json ## Pictures of each screen, by day and night, phone and desktop: build/screenshots
	@$(browser) node tests/e2e/screenshots.js

audit: build node_modules/.package-lock.json tests/audit/node_modules ## Lighthouse's scores, and axe-core in every state of the page, as JSON lines
	@$(browser) node tests/audit/audit.js

package: build/digits-reader.tgz ## The reader as an npm package, with types and <digit-pad>: build/digits-reader.tgz

fuzz: build ## Random networks (N) through all kernels; the server's parsers for TIME seconds each (600)
	@node tests/fuzz/kernels.js $(N)
	@for name in request path range negotiate; do tests/fuzz/run.sh build/fuzz/$$name $(TIME) || exit 1; done

soak: build/serve ## Polite and hostile clients at the server for TIME seconds (600), as JSON
	@node tests/server/soak.js

container-test: ## Build the image and run it, with buildah, podman and runc; asks for a root and a Debian mirror
	@tests/container/test.sh

lint: node_modules/.package-lock.json src/dataset/fonts/node_modules ## Find mistakes in C and JavaScript
	clang-format --dry-run -Werror $(sources)
	clang-tidy --quiet $(filter-out src/image/decode.c %/floor.c,$(filter %.c,$(sources))) -- $(flags) $(tidy_flags)
	node_modules/.bin/tsc

format: ## Bring the C sources into one form
	@./setup.sh lint
	clang-format -i $(sources)

clean: ## Remove what was built
	rm -rf build

node_modules/.package-lock.json: package-lock.json
	@echo "npm ci: what the tests, the checks and the report need; package.json names it"
	@npm ci --silent
	@touch $@

tests/bench/peers/node_modules: tests/bench/peers/package-lock.json
	@echo "npm ci: the engines to measure ours against (half a gigabyte)"
	@npm ci --silent --prefix $(@D)
	@touch $@

tests/audit/node_modules: tests/audit/package-lock.json
	@echo "npm ci: Lighthouse (a hundred megabytes)"
	@npm ci --silent --prefix $(@D)
	@touch $@

src/dataset/fonts/node_modules: src/dataset/fonts/package-lock.json
	@echo "npm ci: handwriting fonts to train on"
	@npm ci --silent --prefix $(@D)
	@touch $@

# ── What is made of what ──────────────────────────────────────────────────────────────────────────────

core_tests := tests/unit/core_tests.c tests/unit/encode.c
sources := $(wildcard src/*.[ch] src/*/*.[ch] src/*/*/*.[ch] serve/*.[ch] tests/*/*.[ch])
core    := $(wildcard src/nn/*.c src/nn/kernels/*.c src/image/*.c src/page/*.c src/read/*.c)
wasm    := $(filter-out src/image/%,$(core)) src/wasm/exports.c
image   := src/image/decode.c src/wasm/image_exports.c
train   := $(core) $(wildcard src/train/*.c)
digits  := $(train) $(wildcard src/cli/*.c)
serve   := $(wildcard serve/*.c) $(LLHTTP_SOURCES)

# $(call objects,kind,sources): a folder for every kind of object
objects = $(2:%.c=build/obj/$(1)/%.o)

build/digits:                     $(call objects,native,$(digits))
build/serve:                      $(call objects,native,$(serve))
build/static/serve:               $(call objects,musl,$(serve))
build/bench/peak:                 $(call objects,native,tests/bench/peak.c)
build/bench/native:               $(call objects,native,$(core) tests/bench/native.c)
build/bench/floor.wasm:           $(call objects,relaxed,tests/bench/floor.c)
build/asan/digits:                $(call objects,asan,$(digits))
build/asan/serve:                 $(call objects,asan,$(filter-out %/clock.c,$(serve)) tests/server/clock.c)
build/asan/core_tests:            $(call objects,asan,$(core) $(core_tests))
build/asan/train_tests:           $(call objects,asan,$(train) tests/unit/train_tests.c)
build/site/digits.wasm:           $(call objects,wasm,$(wasm))
build/site/digits-simd.wasm:      $(call objects,simd,$(wasm))
build/site/digits-relaxed.wasm:   $(call objects,relaxed,$(wasm))
build/site/digits-image.wasm:     $(call objects,wasm,$(image))
build/wasm/core_tests.wasm:       $(call objects,wasm,$(core) $(core_tests))
build/wasm/core_tests-simd.wasm:  $(call objects,simd,$(core) $(core_tests))
build/wasm/core_tests-relaxed.wasm: $(call objects,relaxed,$(core) $(core_tests))

fuzzers := $(addprefix build/fuzz/,request path range negotiate)
$(foreach f,$(fuzzers),$(eval $f: $(call objects,fuzz,tests/fuzz/$(notdir $f).c $(filter-out %/main.c,$(serve)))))
$(fuzzers):
	@echo $@; mkdir -p $(@D); clang -fsanitize=fuzzer,address,undefined $^ $(LLHTTP_LIBS) -o $@
programs      := build/digits build/serve build/bench/peak build/bench/native
asan_programs := build/asan/digits build/asan/serve build/asan/core_tests build/asan/train_tests
wasm_tests    := $(addprefix build/wasm/core_tests,.wasm -simd.wasm -relaxed.wasm)
wasm_modules  := $(addprefix build/site/digits,.wasm -simd.wasm -relaxed.wasm -image.wasm)
site_files    := $(patsubst web/%,build/site/%,$(shell find web -type f ! -path 'web/report*' ! -name sw.js ! -name version.js ! -name view.js 2>/dev/null)) \
                 $(patsubst models/%,build/site/%,$(wildcard models/digits.safetensors))
# No part of the app: neither a first visit nor the container carries it.
report_files := $(patsubst web/%,build/site/%,$(wildcard web/report.html web/report/*)) build/site/report/echarts.js

.PHONY: site test-programs
wasm: $(wasm_modules) ## The WebAssembly modules alone
site: build/compressed
# What clients that know brotli or gzip get.
build/compressed: serve/compress.js build/site/sw.js
	@echo $@; node serve/compress.js build/site && touch $@
report: $(report_files)
test-programs: $(asan_programs) $(wasm_tests) $(fuzzers)
fuzz: $(fuzzers)

# ── How ───────────────────────────────────────────────────────────────────────────────────────────────

# No fused multiply-add: it rounds once where two instructions round twice, and all builds must give the same bits.
flags := -std=gnu17 -ffp-contract=off -Isrc -isystem build/include $(LLHTTP_FLAGS)
# Warnings fail the tests, not a visitor's build with a compiler that knows more of them.
warnings := -Wall -Wextra -Wconversion
asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Werror
hardened := -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -ffunction-sections \
    $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
# clang knows no exports when it compiles for no browser. Left out: decode.c, which is mostly stb_image, and floor.c, which
# compiles for a browser alone.
tidy_flags := -Wno-unknown-attributes
# Modules that import nothing and come without JavaScript: their exports are named in the C sources.
wasm_flags := -O3 --no-entry -sSTANDALONE_WASM -sFILESYSTEM=0 -sMALLOC=emmalloc -sALLOW_MEMORY_GROWTH \
    -sTOTAL_STACK=256KB -sAUTO_NATIVE_LIBRARIES=0 -sDEFAULT_TO_CXX=0 -sEXPORTED_FUNCTIONS=_malloc,_free

stb     := build/include/stb/stb_image.h build/include/stb/stb_image_write.h
compile  = @echo $@; mkdir -p $(@D); $(1) $(flags) $(extra) -MMD -MP -c $< -o $@
lint: $(stb)
build/obj/native/%.o: %.c Makefile build/config.mk | $(stb)
	$(call compile,$(CC) $(CFLAGS) $(warnings))
build/obj/asan/%.o: %.c Makefile build/config.mk | $(stb)
	$(call compile,$(CC) $(CFLAGS) $(warnings) $(asan))
build/obj/fuzz/%.o: %.c Makefile build/config.mk | $(stb)
	$(call compile,clang -g -O1 -fsanitize=fuzzer-no-link$(comma)address$(comma)undefined -fno-sanitize-recover=all)
# The kernel's headers come after musl's own.
build/obj/musl/%.o: %.c Makefile build/config.mk
	$(call compile,musl-gcc $(CFLAGS) $(warnings) $(hardened) -idirafter /usr/include -idirafter /usr/include/$$($(CC) -print-multiarch))
build/obj/wasm/%.o: %.c Makefile build/config.mk | $(stb)
	$(call compile,$(EMCC) -O3 -DNDEBUG)
build/obj/simd/%.o: %.c Makefile build/config.mk | $(stb)
	$(call compile,$(EMCC) -O3 -DNDEBUG -msimd128)
build/obj/relaxed/%.o: %.c Makefile build/config.mk | $(stb)
	$(call compile,$(RELAXED) $(EMCC) -O3 -DNDEBUG -msimd128 -mrelaxed-simd)
-include $(shell find build -name '*.d' 2>/dev/null)

# The trainer may use every instruction of the machine that it is built on, and round as it likes; all else runs, and
# rounds, the same anywhere.
build/obj/native/src/train/%.o build/obj/native/tests/bench/%.o: extra := -O3 -march=native -ffp-contract=fast -fno-math-errno -fopenmp
$(addprefix build/obj/native/src/,$(addsuffix /%.o,nn page read image)): extra := -O3
# What is not in the inner loops is built small: a page carries it over the net.
slim := $(addsuffix .o,image/decode nn/safetensors nn/architecture nn/network read/reading read/normalize read/strokes read/text_lines read/segment_touching read/corrections page/ruled_lines wasm/exports wasm/image_exports)
$(foreach kind,wasm simd relaxed,$(addprefix build/obj/$(kind)/src/,$(slim))): extra := -Os
build/obj/asan/src/train/%.o: extra := -fopenmp -Wno-psabi
# The server talks to strangers.
build/obj/native/serve/%.o: extra := $(hardened)
# llhttp and stb_image_write, which encode.c is made of, are not ours to correct.
$(call objects,native,$(LLHTTP_SOURCES)): extra := -w $(hardened)
$(foreach kind,asan fuzz musl,$(call objects,$(kind),$(LLHTTP_SOURCES))): extra := -w
build/obj/%/tests/unit/encode.o: extra := -w -fno-sanitize=all

$(programs) $(asan_programs):
	@echo $@; mkdir -p $(@D); $(CC) $(CFLAGS) $^ $(LDFLAGS) $(libs) -o $@
$(asan_programs): LDFLAGS += -fsanitize=address,undefined
$(filter-out %/serve,$(programs) $(asan_programs)): libs := -fopenmp -lz -ljansson -lm
$(filter %/serve,$(programs) $(asan_programs)): libs := $(LLHTTP_LIBS)
build/serve: LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack
# What the container holds: needs nothing of the system around it. With musl it is a sixth of what it is with glibc, and
# takes a quarter of the memory. musl-gcc alone makes no static program that moves in memory: its parts are named here.
musl := /usr/lib/$(shell uname -m)-linux-musl
build/static/serve:
	@echo $@; mkdir -p $(@D); musl-gcc -nostartfiles -s \
	    -Wl,-static,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack,--gc-sections \
	    $(musl)/rcrt1.o $(musl)/crti.o $^ $(if $(LLHTTP_LIBS),$$($(CC) -print-file-name=libllhttp.a)) $(musl)/crtn.o -o $@

$(wasm_modules) $(wasm_tests) build/bench/floor.wasm:
	@echo $@; mkdir -p $(@D); $(with) $(EMCC) $(wasm_flags) -sINITIAL_MEMORY=$(or $(memory),1MB) $(link) $^ -o $@
$(wasm_tests): memory := 16MB
%-relaxed.wasm build/bench/floor.wasm: with := $(RELAXED)
%-relaxed.wasm build/bench/floor.wasm: link := $(RELAXED_LINK)

# What a page carries over the net goes without comments and spaces; and what it needs at once, in few files.
build/site/%.js: web/%.js
	@mkdir -p $(@D); esbuild --minify --log-level=warning $(bundle) $< --outfile=$@
build/site/app.js: $(addprefix web/,view.js ink.js glyphs.js)
build/site/app.js: bundle = --bundle --format=esm $(patsubst web/%,--external:./%,$(filter-out $^,$(wildcard web/*.js)))
build/site/%.css: web/%.css
	@mkdir -p $(@D); esbuild --minify --log-level=warning $< --outfile=$@
build/site/%: web/%
	@mkdir -p $(@D); cp $< $@
# The service worker lists every file of the app by its hash: it comes last, and first goes what is no longer there.
build/site/sw.js: web/sw.js src/site/precache.sh $(wasm_modules) $(site_files)
	@find build/site -type f $(foreach f,$(wasm_modules) $(site_files),! -path $f) ! -path 'build/site/report*' -delete
	@src/site/precache.sh build/site "$(CURDIR)/$<"
build/site/%: models/%
	@mkdir -p $(@D); cp $< $@
build/site/report/echarts.js: node_modules/.package-lock.json
	@mkdir -p $(@D); cp node_modules/echarts/dist/echarts.esm.min.js $@

# What web developers get is what the page runs; the types come from its comments.
package_files := $(addprefix build/site/,engine.js digit-pad.js ink.js digits.safetensors) $(wasm_modules) \
                 LICENSE src/package/package.json src/package/README.md
build/digits-reader.tgz: $(package_files) src/package/tsconfig.json node_modules/.package-lock.json | build/compressed
	@echo $@; rm -rf build/package; mkdir -p build/package; cp $(package_files) build/package
	@node_modules/.bin/tsc -p src/package
	@npm pack --silent --pack-destination build ./build/package >/dev/null && mv build/digits-reader-*.tgz $@

build/bench/contestants.js: $(wildcard tests/bench/peers/*.js) | tests/bench/peers/node_modules node_modules/.package-lock.json
	@mkdir -p $(@D); esbuild --bundle --format=esm --log-level=error --external:fs --external:path \
	    tests/bench/peers/contestants.js --outfile=$@

# emcc must not see /usr/include, where the stb headers lie beside those of another C library.
$(stb): build/include/stb/%: $(STB)/%
	@mkdir -p $(@D); cp $< $@

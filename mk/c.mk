# C: sources, flags, objects, native programs.
core_tests := $(addprefix tests/unit/,core_tests.c nn_tests.c read_tests.c page_tests.c page_network_tests.c image_tests.c support.c encode.c)
sources := $(wildcard docs/examples/*.c src/*.[ch] src/*/*.[ch] src/*/*/*.[ch] serve/*.[ch] tests/*/*.[ch])
core    := src/status.c $(wildcard src/nn/*.c src/nn/kernels/*.c src/image/*.c src/page/*.c src/read/*.c)
scenes  := $(wildcard src/scenes/*.c)
train   := $(core) $(scenes) $(wildcard src/train/*.c src/train/layers/*.c)
digits  := $(train) $(wildcard src/cli/*.c)
serve   := $(wildcard serve/*.c) $(LLHTTP_SOURCES)

# $(call objects,kind,sources): a folder for every kind of object
objects = $(2:%.c=build/obj/$(1)/%.o)

programs      := build/digits build/serve build/bench/peak build/bench/native
# Sanitizers: for the tests, and (debug) without optimization for a debugger. coverage counts the lines that tests reach.
asan_programs := build/asan/digits build/asan/serve build/asan/core_tests build/asan/train_tests build/asan/scene_tests
debug_programs := $(asan_programs:build/asan/%=build/debug/%)
coverage_programs := build/coverage/core_tests build/coverage/train_tests
fuzzers       := $(addprefix build/fuzz/,request path range negotiate)
build/digits:           $(call objects,native,$(digits))
build/serve:            $(call objects,native,$(serve))
build/static/serve:     $(call objects,musl,$(serve))
build/bench/peak:       $(call objects,native,src/bench/peak.c)
build/bench/native:     $(call objects,native,$(core) src/bench/native.c)
$(foreach kind,asan debug,$(eval build/$(kind)/digits: $(call objects,$(kind),$(digits))))
# The tests set the time of these (tests/server/clock.c).
$(foreach kind,asan debug,$(eval build/$(kind)/serve: $(call objects,$(kind),$(filter-out %/clock.c,$(serve)) tests/server/clock.c)))
$(foreach kind,asan debug coverage,$(eval build/$(kind)/core_tests: $(call objects,$(kind),$(core) $(core_tests))))
$(foreach kind,asan debug coverage,$(eval build/$(kind)/train_tests: $(call objects,$(kind),$(train) tests/unit/train_tests.c)))
$(foreach kind,asan debug,$(eval build/$(kind)/scene_tests: $(call objects,$(kind),$(scenes) src/page/rim.c tests/unit/scene_tests.c)))
$(foreach f,$(fuzzers),$(eval $f: $(call objects,fuzz,tests/fuzz/$(notdir $f).c $(filter-out %/main.c,$(serve)))))

# No fused multiply-add: it rounds once where two instructions round twice, and all builds must give the same bits.
flags := -std=gnu17 -ffp-contract=off -Isrc -isystem build/include $(LLHTTP_FLAGS)
# Warnings fail the tests, not a visitor's build with a compiler that knows more of them.
warnings := -Wall -Wextra -Wconversion
sanitize := -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
asan     := -O1 $(sanitize) -Werror
coverage := -fprofile-instr-generate -fcoverage-mapping
hardened := -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -ffunction-sections \
    $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
# clang knows no exports when it compiles for no browser.
tidy_flags := -Wno-unknown-attributes

# emcc must not see /usr/include, where the stb headers lie beside those of another C library.
stb := build/include/stb/stb_image.h build/include/stb/stb_image_write.h
$(stb): build/include/stb/%: $(STB)/%
	@mkdir -p $(@D); cp $< $@

compile = @echo $@; mkdir -p $(@D); $(1) $(flags) $(extra) -MMD -MP -c $< -o $@
build/obj/native/%.o: %.c Makefile mk/c.mk build/config.mk | $(stb)
	$(call compile,$(CC) $(CFLAGS) $(warnings))
build/obj/asan/%.o: %.c Makefile mk/c.mk build/config.mk | $(stb)
	$(call compile,$(CC) $(CFLAGS) $(warnings) $(asan))
build/obj/debug/%.o: %.c Makefile mk/c.mk build/config.mk | $(stb)
	$(call compile,$(CC) -O0 -g3 $(warnings) $(sanitize))
build/obj/coverage/%.o: %.c Makefile mk/c.mk build/config.mk | $(stb)
	$(call compile,clang -O1 -g $(coverage))
build/obj/fuzz/%.o: %.c Makefile mk/c.mk build/config.mk | $(stb)
	$(call compile,clang -g -O1 -fsanitize=fuzzer-no-link$(comma)address$(comma)undefined -fno-sanitize-recover=all)
# The kernel's headers come after musl's own.
build/obj/musl/%.o: %.c Makefile mk/c.mk build/config.mk
	$(call compile,musl-gcc $(CFLAGS) $(warnings) $(hardened) -idirafter /usr/include -idirafter /usr/include/$$($(CC) -print-multiarch))
-include $(shell find build -name '*.d' 2>/dev/null)

# The trainer may use every instruction of the machine that it is built on, and round as it likes; all else runs, and
# rounds, the same anywhere.
build/obj/native/src/train/%.o build/obj/native/src/bench/%.o: extra := -O3 -march=native -ffp-contract=fast -fno-math-errno -fopenmp
$(addprefix build/obj/native/src/,$(addsuffix /%.o,nn page read image)): extra := -O3
# Scenes round alike on every machine: a seed names the same pictures.
build/obj/native/src/scenes/%.o: extra := -O3 -march=native -fno-math-errno
build/obj/asan/src/train/%.o build/obj/debug/src/train/%.o: extra := -fopenmp -Wno-psabi
build/obj/coverage/src/train/%.o: extra := -fopenmp
# The server talks to strangers.
build/obj/native/serve/%.o: extra := $(hardened)
# llhttp and stb_image_write, which encode.c is made of, are not ours to correct.
$(call objects,native,$(LLHTTP_SOURCES)): extra := -w $(hardened)
$(foreach kind,asan debug fuzz musl,$(call objects,$(kind),$(LLHTTP_SOURCES))): extra := -w
build/obj/%/tests/unit/encode.o: extra := -w -fno-sanitize=all

native_programs := $(programs) $(asan_programs) $(debug_programs) $(coverage_programs)
$(native_programs):
	@echo $@; mkdir -p $(@D); $(or $(linker),$(CC)) $(CFLAGS) $^ $(LDFLAGS) $(libs) -o $@
$(asan_programs) $(debug_programs): LDFLAGS += -fsanitize=address,undefined
$(coverage_programs): LDFLAGS += $(coverage)
$(coverage_programs): linker := clang
$(filter-out %/serve,$(native_programs)): libs := -fopenmp -lz -ljansson -lm
$(filter %/serve,$(native_programs)): libs := $(LLHTTP_LIBS)
build/serve: LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack
# What the container holds: needs nothing of the system around it. With musl it is a sixth of what it is with glibc, and
# takes a quarter of the memory. musl-gcc alone makes no static program that moves in memory: its parts are named here.
musl := /usr/lib/$(shell uname -m)-linux-musl
build/static/serve:
	@echo $@; mkdir -p $(@D); musl-gcc -nostartfiles -s \
	    -Wl,-static,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack,--gc-sections \
	    $(musl)/rcrt1.o $(musl)/crti.o $^ $(if $(LLHTTP_LIBS),$$($(CC) -print-file-name=libllhttp.a)) $(musl)/crtn.o -o $@
# A check that fails ends a test with all that it holds: no leak.
build/tidy/tests/%: tidy_checks := --checks=-clang-analyzer-unix.Malloc
# Checked again when it, what it includes, or the rules have changed. Left out: decode.c, which is mostly stb_image, and
# floor.c, which compiles for a browser alone.
tidied := $(patsubst %.c,build/tidy/%,$(filter-out src/image/decode.c %/floor.c,$(filter %.c,$(sources))))
build/tidy/%: %.c .clang-tidy mk/c.mk build/config.mk | $(stb)
	@echo "clang-tidy $<"; mkdir -p $(@D)
	@clang-tidy --quiet $(tidy_checks) $< -- $(flags) $(tidy_flags) >$@.log 2>&1 || { cat $@.log; exit 1; }
	@$(CC) $(flags) -MM -MP -MT $@ -MF $@.d $< && touch $@

$(fuzzers):
	@echo $@; mkdir -p $(@D); clang -fsanitize=fuzzer,address,undefined $^ $(LLHTTP_LIBS) -o $@

# What engine.js must know of digits.h.
build/layout: $(call objects,native,src/wasm/layout.c src/status.c)
	@echo $@; $(CC) $(CFLAGS) $^ $(LDFLAGS) -o $@
build/layout.js: build/layout
	@build/layout >$@

.PHONY: test-programs
test-programs: $(asan_programs) $(fuzzers)
